"""Answering what came back from Chorus Pro, and the files sent with an answer."""

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from invoicing import motives, replies
from invoicing.ball import viewer
from invoicing.lifecycle import TransitionError
from invoicing.models import Attachment, Invoice, Reply
from invoicing.reply_form import FORGOTTEN, ReplyForm, forget, store
from invoicing.story import return_reason
from invoicing.typography import french
from invoicing.views.files import open_stored

NOT_AWAITED = french("Cette facture n'attend pas de réponse pour le moment : voyez ci-dessous où elle en est.")


@require_http_methods(["GET", "POST"])
def reply(request: HttpRequest, pk: int) -> HttpResponse:
    """Documents, a comment or both, for the buyer who suspended the invoice."""
    invoice = _to_answer(request, pk)
    if not replies.may_reply(invoice):
        messages.info(request, NOT_AWAITED)
        return redirect("invoicing:detail", pk)
    ask_who = viewer(invoice, request.user).is_supplier
    form = ReplyForm(
        request.POST or None, request.FILES or None, invoice=invoice, ask_who=ask_who, initial=_initial(invoice)
    )
    if request.method == "POST" and form.is_valid():
        return _written(request, invoice, form)
    if request.FILES:
        messages.warning(request, FORGOTTEN)
    return render(request, "invoicing/reply.html", _context(invoice, form))


def _initial(invoice: Invoice) -> dict:
    """The text that Chorus Pro refused comes back to be corrected."""
    last = replies.current_reply(invoice)
    return {"revision": invoice.revision, "comment": last.comment if last else ""}


def _context(invoice: Invoice, form: ReplyForm) -> dict:
    reason = return_reason(invoice)
    return {
        "invoice": invoice,
        "form": form,
        "reason": reason,
        "advice": motives.advice(reason),
        "last": replies.current_reply(invoice),
    }


def _written(request: HttpRequest, invoice: Invoice, form: ReplyForm) -> HttpResponse:
    data = form.cleaned_data
    files = store(data["files"], data["file_kind"])
    try:
        replies.write(
            invoice,
            kind=Reply.Kind.ANSWER,
            by=request.user,
            seen_revision=data["revision"],
            comment=data["comment"],
            acted_as=data.get("acted_as", ""),
            files=files,
        )
    except TransitionError as moved:
        forget(files)
        messages.warning(request, str(moved))
    else:
        messages.success(request, french("Votre réponse est enregistrée : elle part vers Chorus Pro."))
    return redirect("invoicing:detail", invoice.pk)


def _to_answer(request: HttpRequest, pk: int) -> Invoice:
    """The invoice of a supplier, or of anybody for an agent who may decide. The buyer sees it and cannot answer it."""
    invoice = get_object_or_404(Invoice.objects.visible_to(request.user).with_people(), pk=pk)
    if not may_answer_buyer(invoice, request.user):
        raise Http404
    return invoice


def may_answer_buyer(invoice: Invoice, user) -> bool:
    return user.has_perm("invoicing.review_invoice") or viewer(invoice, user).is_supplier


@require_safe
def attachment(request: HttpRequest, pk: int, attachment_pk: int) -> FileResponse:
    """An untrusted file: the browser is told to save it, never to open or guess it."""
    invoices = Invoice.objects.visible_to(request.user)
    kept = get_object_or_404(Attachment, invoice__in=invoices, invoice_id=pk, pk=attachment_pk)
    answer = FileResponse(
        open_stored(kept.file), as_attachment=True, filename=kept.name, content_type="application/octet-stream"
    )
    answer["Cache-Control"] = "private, no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer

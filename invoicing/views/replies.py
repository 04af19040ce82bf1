"""Answering what came back from Chorus Pro, and the files sent with an answer."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from invoicing import billing, motives, replies
from invoicing.ball import viewer
from invoicing.lifecycle import TransitionError
from invoicing.models import Attachment, Invoice, Reply
from invoicing.reply_form import FORGOTTEN, ReplyForm, RerouteForm, ReturnForm, forget, store
from invoicing.story import return_reason
from invoicing.typography import french
from invoicing.views.access import acting_as, to_act_for
from suppliers.downloads import download

FORMS = {Reply.Kind.ANSWER: ReplyForm, Reply.Kind.REROUTE: RerouteForm}
NOT_AWAITED = french("Cette facture n'attend pas de réponse pour le moment : voyez ci-dessous où elle en est.")


@require_http_methods(["GET", "POST"])
def reply(request: HttpRequest, pk: int) -> HttpResponse:
    """The answer to what came back: documents and a comment for a suspension, another recipient for a lost one."""
    invoice = to_act_for(request, pk)
    if not replies.may_reply(invoice):
        messages.info(request, NOT_AWAITED)
        return redirect("invoicing:detail", pk)
    if replies.kind_for(invoice) == Reply.Kind.ACKNOWLEDGE:
        return redirect("invoicing:redo", pk)
    form = _form(request, invoice)
    if request.method == "POST" and form.is_valid():
        return _written(request, invoice, form)
    if request.FILES:
        messages.warning(request, FORGOTTEN)
    return render(request, f"invoicing/{replies.kind_for(invoice)}.html", _context(invoice, form))


def _form(request: HttpRequest, invoice: Invoice) -> ReturnForm:
    return FORMS[replies.kind_for(invoice)](
        request.POST or None,
        request.FILES or None,
        invoice=invoice,
        ask_who=viewer(invoice, request.user).is_supplier,
        initial=_initial(invoice),
    )


def _initial(invoice: Invoice) -> dict:
    """What Chorus Pro refused comes back to be corrected; else what the orders say now, or the invoice."""
    last = replies.current_reply(invoice)
    ordered = billing.common_references([billed.order for billed in invoice.billed_orders.select_related("order")])
    said = last or invoice
    return {
        "revision": invoice.revision,
        "comment": last.comment if last else _first_comment(invoice, ordered),
        "buyer_siret": said.recipient.siret if said.recipient else "",
        "service_code": last.service_code if last else ordered.get("service_code") or invoice.service_code,
        "engagement_number": last.engagement_number
        if last
        else ordered.get("engagement_number") or invoice.engagement_number,
    }


def _first_comment(invoice: Invoice, ordered: dict[str, str]) -> str:
    """Only an answer needs the words: a corrected recipient says it in its own fields."""
    is_answer = replies.kind_for(invoice) == Reply.Kind.ANSWER
    return motives.correction(return_reason(invoice), invoice, ordered) if is_answer else ""


def _context(invoice: Invoice, form: ReturnForm) -> dict:
    reason = return_reason(invoice)
    return {
        "invoice": invoice,
        "form": form,
        "reason": reason,
        "advice": motives.advice(reason),
        "last": replies.current_reply(invoice),
    }


def _written(request: HttpRequest, invoice: Invoice, form: ReturnForm) -> HttpResponse:
    data = form.cleaned_data
    files = store(form.uploads(), data.get("file_kind", ""))
    try:
        replies.write(
            invoice,
            kind=replies.kind_for(invoice),
            by=request.user,
            seen_revision=data["revision"],
            acted_as=acting_as(invoice, request.user, data.get("acted_as", "")),
            files=files,
            **form.columns(),
        )
    except TransitionError as moved:
        forget(files)
        messages.warning(request, str(moved))
    else:
        what = "correction" if replies.kind_for(invoice) == Reply.Kind.REROUTE else "réponse"
        messages.success(request, french(f"Votre {what} est enregistrée : elle part vers Chorus Pro."))
    return redirect("invoicing:detail", invoice.pk)


@require_POST
def ask_buyer(request: HttpRequest, pk: int) -> HttpResponse:
    """« Demander le bon numéro ou service à l'acheteur », who reads it on the invoice's page."""
    invoice = to_act_for(request, pk)
    if not replies.may_reply(invoice):
        messages.info(request, NOT_AWAITED)
        return redirect("invoicing:detail", pk)
    if replies.ask_buyer(invoice, by=request.user, acted_as=acting_as(invoice, request.user)):
        messages.success(request, french("La demande est notée : l'acheteur la voit sur la page de la facture."))
    else:
        messages.info(request, french("C'est déjà demandé : appelez l'acheteur si c'est urgent."))
    return redirect("invoicing:reply", pk)


def rejected_to_treat(request: HttpRequest, pk: int) -> tuple[Invoice, bool]:
    """The invoice, and whether it is a rejected one that nobody redid or gave up."""
    invoice = to_act_for(request, pk)
    return invoice, replies.may_reply(invoice) and replies.kind_for(invoice) == Reply.Kind.ACKNOWLEDGE


@require_safe
def attachment(request: HttpRequest, pk: int, attachment_pk: int) -> HttpResponse:
    """An untrusted file: the browser is told to save it, never to open or guess it."""
    invoices = Invoice.objects.visible_to(request.user)
    kept = get_object_or_404(Attachment, invoice__in=invoices, invoice_id=pk, pk=attachment_pk)
    return download(kept.file, kept.name)

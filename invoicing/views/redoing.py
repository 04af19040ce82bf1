"""After a rejection: a new invoice in place of the refused one, or none. Either way the rejection is acknowledged."""

import contextlib

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from invoicing import intake, motives, replies
from invoicing.ball import viewer
from invoicing.lifecycle import TransitionError
from invoicing.models import Invoice, Reply
from invoicing.reply_form import GiveUpForm, RedoForm
from invoicing.story import return_reason
from invoicing.typography import french
from invoicing.views.replies import NOT_AWAITED, rejected_to_treat


@require_http_methods(["GET", "POST"])
def redo(request: HttpRequest, pk: int) -> HttpResponse:
    """Drop the new PDF: a draft is made of it, to be read over like any other."""
    invoice, is_open = rejected_to_treat(request, pk)
    if not is_open:
        messages.info(request, NOT_AWAITED)
        return redirect("invoicing:detail", pk)
    form = RedoForm(
        request.POST or None, request.FILES or None, initial={"revision": invoice.revision}, **_who(request, invoice)
    )
    if request.method == "POST" and form.is_valid():
        try:
            return _redone(request, invoice, form)
        except (intake.NotTaken, TransitionError) as refusal:
            form.add_error("document", str(refusal))
        except intake.AlreadyReceived as known:
            form.add_error("document", _already_received(invoice, known.invoice))
    give_up = GiveUpForm(prefix="abandon", initial={"revision": invoice.revision}, **_who(request, invoice))
    return render(request, "invoicing/redo.html", _context(invoice, form) | {"give_up": give_up})


def _who(request: HttpRequest, invoice: Invoice) -> dict:
    return {"invoice": invoice, "ask_who": viewer(invoice, request.user).is_supplier}


def _context(invoice: Invoice, form: RedoForm) -> dict:
    reason = return_reason(invoice)
    return {"invoice": invoice, "form": form, "reason": reason, "advice": motives.advice_to_redo(reason)}


def _redone(request: HttpRequest, invoice: Invoice, form: RedoForm) -> HttpResponse:
    """Raises TransitionError when the page is aged, before anything is stored."""
    data, acted_as = form.cleaned_data, form.cleaned_data.get("acted_as", "")
    if data["revision"] != invoice.revision:
        raise TransitionError(replies.ALREADY)
    orders = list(invoice.orders.all()[:2])
    claim = intake.Claim(
        supplier=invoice.supplier,
        order=orders[0] if len(orders) == 1 else None,
        acted_as=acted_as,
        instead_of=invoice,
    )
    new = intake.take_in(data["document"], claim, by=request.user)
    new.note(french(f"Refait la {invoice}, rejetée par l'acheteur : « {return_reason(invoice)} »"), by=request.user)
    # Somebody treated the rejection in the same instant: the new draft stands on its own.
    with contextlib.suppress(TransitionError):
        replies.write(
            invoice,
            kind=Reply.Kind.ACKNOWLEDGE,
            by=request.user,
            seen_revision=data["revision"],
            acted_as=acted_as,
            redone_as=new,
        )
    messages.success(request, french("La nouvelle facture est prête : vérifiez ce qui a été lu, puis transmettez-la."))
    page = "confirm" if viewer(invoice, request.user).is_supplier else "detail"
    return redirect(f"invoicing:{page}", new.pk)


def _already_received(rejected: Invoice, known: Invoice) -> str:
    if known.pk == rejected.pk:
        return intake.STILL_REJECTED
    return french(f"Ce fichier a déjà été déposé : {known}. Choisissez le PDF de la nouvelle facture.")


@require_POST
def give_up(request: HttpRequest, pk: int) -> HttpResponse:
    """« Ne pas refaire »: final, and written down."""
    invoice, is_open = rejected_to_treat(request, pk)
    form = GiveUpForm(request.POST, prefix="abandon", **_who(request, invoice))
    if not is_open:
        messages.info(request, NOT_AWAITED)
    elif not form.is_valid():
        messages.error(request, " ".join(error for errors in form.errors.values() for error in errors))
        return redirect("invoicing:redo", pk)
    else:
        _given_up(request, invoice, form.cleaned_data)
    return redirect("invoicing:detail", pk)


def _given_up(request: HttpRequest, invoice: Invoice, data: dict) -> None:
    try:
        replies.write(
            invoice,
            kind=Reply.Kind.ACKNOWLEDGE,
            by=request.user,
            seen_revision=data["revision"],
            comment=data["comment"],
            acted_as=data.get("acted_as", ""),
        )
        messages.success(request, french("C'est noté : cette facture ne sera pas refaite."))
    except TransitionError as moved:
        messages.warning(request, str(moved))

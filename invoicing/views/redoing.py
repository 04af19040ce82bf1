"""After a rejection: a new invoice in place of the refused one, or none. Either way the rejection is acknowledged."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from invoicing import motives, replies
from invoicing.ball import viewer
from invoicing.lifecycle import TransitionError
from invoicing.models import Deposit, Invoice, Reply
from invoicing.reply_form import GiveUpForm, RedoForm
from invoicing.story import return_reason
from invoicing.views.access import acting_as
from invoicing.views.deposits import take
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
        leads_to = _redone(request, invoice, form)
        if leads_to:
            return leads_to
    give_up = GiveUpForm(prefix="abandon", initial={"revision": invoice.revision}, **_who(request, invoice))
    return render(request, "invoicing/redo.html", _context(invoice, form) | {"give_up": give_up})


def _who(request: HttpRequest, invoice: Invoice) -> dict:
    return {"invoice": invoice, "ask_who": viewer(invoice, request.user).is_supplier}


def _context(invoice: Invoice, form: RedoForm) -> dict:
    reason = return_reason(invoice)
    return {"invoice": invoice, "form": form, "reason": reason, "advice": motives.advice_to_redo(reason)}


def _redone(request: HttpRequest, invoice: Invoice, form: RedoForm) -> HttpResponse | None:
    """The new draft, or None when the form says why there is none."""
    data = form.cleaned_data
    if data["revision"] != invoice.revision:
        form.add_error("document", invoice.tell(replies.ALREADY))
        return None
    orders = list(invoice.orders.all()[:2])
    deposit = Deposit(
        by=request.user,
        supplier=invoice.supplier,
        order=orders[0] if len(orders) == 1 else None,
        acted_as=acting_as(invoice, request.user, data.get("acted_as", "")),
        instead_of=invoice,
        seen_revision=data["revision"],
    )
    return take(request, form, deposit)


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
            acted_as=acting_as(invoice, request.user, data.get("acted_as", "")),
        )
        messages.success(request, replies.not_redone(invoice))
    except TransitionError as moved:
        messages.warning(request, str(moved))

"""What people say of an invoice its supplier carries himself: deposited, where it stands, sent, or given to us."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from invoicing.ball import label, viewer
from invoicing.declare_form import DayForm, DeclareForm
from invoicing.lifecycle import Status, TransitionError
from invoicing.models import Invoice
from invoicing.views.access import acting_as, acts_for_supplier, own, seen_revision, to_act_for, visible

NOTED = "C'est noté : {la_facture} est déclaré{e} « {label} »."
ALREADY = "C'était déjà noté."
NOT_DECLARED_HERE = "Il n'y a rien à déclarer pour {cette_facture} : voyez ci-dessous où {elle} en est."


@require_POST
def deposited(request: HttpRequest, pk: int) -> HttpResponse:
    """« Je l'ai déposée le … »"""
    invoice = to_act_for(request, pk)
    form = DayForm(request.POST, invoice=invoice, ask_who=viewer(invoice, request.user).is_supplier)
    if invoice.status != Status.TO_SELF_DEPOSIT:
        messages.info(request, invoice.tell(ALREADY if invoice.is_declared else NOT_DECLARED_HERE))
    elif not form.is_valid():
        return render(request, "invoicing/declare.html", _context(invoice, form), status=422)
    else:
        _declare(request, invoice, Status.DEPOSITED, form.cleaned_data)
    return redirect("invoicing:detail", pk)


@require_http_methods(["GET", "POST"])
def declare(request: HttpRequest, pk: int) -> HttpResponse:
    """The steps that follow, as they are read on Chorus Pro."""
    invoice = visible(request, pk)
    reader = viewer(invoice, request.user)
    if not (reader.is_buyer or reader.acts_for_supplier):
        raise Http404
    if not invoice.is_declared:
        messages.info(request, invoice.tell(NOT_DECLARED_HERE))
        return redirect("invoicing:detail", pk)
    form = DeclareForm(
        request.POST or None,
        invoice=invoice,
        ask_who=reader.is_supplier,
        is_buyer=not reader.acts_for_supplier,
    )
    if request.method == "POST" and form.is_valid():
        _declare(request, invoice, Status(form.cleaned_data["status"]), form.cleaned_data)
        return redirect("invoicing:detail", pk)
    return render(request, "invoicing/declare.html", _context(invoice, form))


def _declare(request: HttpRequest, invoice: Invoice, status: Status, data: dict) -> None:
    try:
        invoice.declare(
            status,
            on=data["on"],
            by=request.user,
            acted_as=_in_whose_name(request, invoice, data),
            comment=data.get("comment", ""),
            seen_revision=data["revision"],
        )
        said = label(invoice, status, viewer(invoice, request.user))
        messages.success(request, invoice.tell(NOTED, label=said))
    except TransitionError as moved:
        messages.warning(request, str(moved))


def _in_whose_name(request: HttpRequest, invoice: Invoice, data: dict) -> str:
    """A buyer speaks for himself."""
    if not acts_for_supplier(invoice, request.user):
        return ""
    return acting_as(invoice, request.user, data.get("acted_as", ""))


def _context(invoice: Invoice, form) -> dict:
    return {"invoice": invoice, "form": form}


@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """« Je ne l'ai pas déposée »: the declaration was a mistake."""
    invoice = to_act_for(request, pk)
    try:
        invoice.take_declaration_back(
            by=request.user, acted_as=acting_as(invoice, request.user), seen_revision=seen_revision(request)
        )
        messages.success(request, invoice.tell("La déclaration est retirée : {la_facture} reste à déposer."))
    except TransitionError as moved:
        messages.warning(request, str(moved))
    return redirect("invoicing:detail", pk)


@require_POST
def sent(request: HttpRequest, pk: int) -> HttpResponse:
    """« Je l'ai envoyée le … », to a buyer who is not on Chorus Pro."""
    invoice = to_act_for(request, pk)
    form = DayForm(request.POST, invoice=invoice, ask_who=viewer(invoice, request.user).is_supplier)
    if invoice.status != Status.OUTSIDE:
        messages.info(request, invoice.tell(NOT_DECLARED_HERE))
    elif invoice.sent_outside_on:
        messages.info(request, ALREADY)
    elif not form.is_valid():
        return render(request, "invoicing/declare.html", _context(invoice, form), status=422)
    else:
        data = form.cleaned_data
        invoice.declare_sent(
            on=data["on"], by=request.user, acted_as=acting_as(invoice, request.user, data.get("acted_as", ""))
        )
        messages.success(request, invoice.tell("C'est noté : {la_facture} est envoyé{e} à l'acheteur."))
    return redirect("invoicing:detail", pk)


@require_POST
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """« Déposez-la pour moi »: with a mandate in force, the Département looks it over once more and we deposit it."""
    invoice = own(request, pk)
    try:
        invoice.hand_over(by=request.user, seen_revision=seen_revision(request))
        messages.success(
            request, invoice.tell("{La_facture} est transmis{e} au Département : il {la} vérifie avant son dépôt.")
        )
    except TransitionError as moved:
        messages.warning(request, str(moved))
    return redirect("invoicing:detail", pk)

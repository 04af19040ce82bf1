"""What the buyer answers on the page of an invoice « hors commande »."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from invoicing import off_order
from invoicing.lifecycle import Status, TransitionError
from invoicing.models import Invoice
from invoicing.off_order import AttachForm, DisownForm
from invoicing.typography import french
from invoicing.views.access import seen_revision

ATTACHED = "La commande {order} est rattachée à la facture."
NUMBER_FIRST = "Donnez d'abord le numéro d'engagement de la commande {order}, puis rattachez-la à la facture."
DISOWNED = french("C'est noté : le fournisseur et le Département lisent que vous ne connaissez pas cette livraison.")
RECOGNISED = french("C'est noté : vous reconnaissez cette livraison.")


@require_POST
def attach(request: HttpRequest, pk: int) -> HttpResponse:
    invoice = _received(request, pk)
    form = AttachForm(request.POST, invoice=invoice)
    if not form.is_valid():
        messages.error(request, french("Choisissez la commande dans la liste, puis rattachez-la."))
        return redirect("invoicing:detail", pk)
    order = form.cleaned_data["order"]
    if invoice.status == Status.TO_REVIEW and not invoice.engagement_number and order.lacks_engagement:
        messages.info(request, NUMBER_FIRST.format(order=order.reference))
        return redirect(f"{reverse('orders:references', args=[order.pk])}?champ=engagement_number")
    return _act(request, invoice, off_order.attach, ATTACHED.format(order=order), order=order, **_seen(form))


@require_POST
def disown(request: HttpRequest, pk: int) -> HttpResponse:
    invoice = _received(request, pk)
    form = DisownForm(request.POST)
    if not form.is_valid():
        messages.error(request, french("Votre message est trop long : 1 000 caractères au plus."))
        return redirect("invoicing:detail", pk)
    if invoice.disowned_at:
        messages.info(request, french("C'était déjà noté."))
        return redirect("invoicing:detail", pk)
    return _act(request, invoice, off_order.disown, DISOWNED, reason=form.cleaned_data["reason"], **_seen(form))


@require_POST
def recognise(request: HttpRequest, pk: int) -> HttpResponse:
    invoice = _received(request, pk)
    return _act(request, invoice, off_order.recognise, RECOGNISED, seen_revision=seen_revision(request))


def _received(request: HttpRequest, pk: int) -> Invoice:
    return get_object_or_404(Invoice.objects.for_buyers_of(request.user).with_people(), pk=pk)


def _seen(form) -> dict[str, int]:
    return {"seen_revision": form.cleaned_data["revision"]}


def _act(request: HttpRequest, invoice: Invoice, verb, done: str, **values) -> HttpResponse:
    try:
        verb(invoice, by=request.user, **values)
        messages.success(request, done)
    except TransitionError as moved:
        messages.warning(request, str(moved))
    return redirect("invoicing:detail", invoice.pk)

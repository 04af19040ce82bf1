"""One order: read by both sides, its references given by its buyer, asked for by its supplier."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from orders.differences import Received
from orders.forms import ChangeForm, DeliveryForm, ReferencesForm
from orders.mails import NOBODY_READS
from orders.models import Order
from orders.views.access import buyers_order
from suppliers.days import date_format

ONCE_A_DAY = "\u00a0: vous pourrez le redemander un jour plus tard."


@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One page for both sides: what each may do differs, what each reads does not."""
    order = get_object_or_404(Order.objects.visible_to(request.user).with_people().with_differences(), pk=pk)
    context = {
        "order": order,
        "received": Received.of(order),
        "is_buyer": order.buyer.members.filter(user=request.user).exists(),
        "is_supplier": order.supplier.members.filter(user=request.user).exists(),
        "billings": billings_shown(order, request.user),
        "changes": order.changes.select_related("by"),
    }
    return render(request, "orders/detail.html", context)


def billings_shown(order: Order, user):
    """The part of each invoice that bills this order, for the invoices this person may open."""
    mine = order.invoices.visible_to(user)
    fields = [f"invoice__{name}" for name in ("kind", "number", "issue_date", "status", "declared_at")]
    shown = order.billings.filter(invoice__in=mine.values("pk")).select_related("invoice")
    return shown.only("order", "amount_ht", *fields).order_by("invoice_id")


@require_http_methods(["GET", "POST"])
def references(request: HttpRequest, pk: int) -> HttpResponse:
    """Engagement, service, contract: at any time. `?champ=` shows one of them alone, as the reminders do."""
    order = buyers_order(request, pk)
    only = request.GET.get("champ", "")
    only = only if only in ReferencesForm.Meta.fields else ""
    form = ReferencesForm(request.POST or None, instance=order, only=only)
    return _change(request, form, "orders/references.html", only=only)


@require_http_methods(["GET", "POST"])
def delivery(request: HttpRequest, pk: int) -> HttpResponse:
    """Where the goods go: at any time."""
    form = DeliveryForm(request.POST or None, instance=buyers_order(request, pk))
    return _change(request, form, "orders/delivery.html")


def _change(request, form: ChangeForm, template: str, **context) -> HttpResponse:
    pk = form.instance.pk
    if request.method == "POST" and form.is_valid():
        changes = form.change(by=request.user)
        if changes is not None:
            messages.success(request, "C'est enregistré." if changes else "Rien n'a changé.")
            return redirect("orders:detail", pk)
    return render(request, template, {"form": form, "order": buyers_order(request, pk), **context})


@require_POST
def ask_engagement(request: HttpRequest, pk: int) -> HttpResponse:
    """The supplier asks the buyer for the number, once a day at most."""
    order = get_object_or_404(Order.objects.for_suppliers_of(request.user).with_people(), pk=pk)
    if not order.lacks_engagement:
        messages.info(request, f"La commande {order.reference} n'attend pas de numéro d'engagement.")
    elif order.ask_engagement(by=request.user):
        messages.success(request, f"Le numéro d'engagement de la commande {order.reference} est demandé à l'acheteur.")
        if not order.buyer.people().exists():
            messages.warning(request, NOBODY_READS)
    else:
        asked = date_format(timezone.localtime(order.engagement_asked_at), "d/m/Y à H:i")
        messages.info(request, f"Ce numéro est déjà demandé depuis le {asked}{ONCE_A_DAY}")
    return redirect("orders:to_bill") if "liste" in request.POST else redirect("orders:detail", pk)

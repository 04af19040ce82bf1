"""Lists: what the supplier must do, all his invoices, what a buyer received."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from invoicing import exports
from invoicing.exports import Sums
from invoicing.list_form import of_buyer, of_supplier
from invoicing.models import BilledOrder, Deposit, Invoice
from invoicing.models.querysets import InvoiceQuerySet
from orders.models import Buyer, Order
from orders.narrowing import page_of
from suppliers.models import Supplier

# The home page shows the latest of each part; the list shows all.
HOME_LENGTH, LATEST_PAID = 20, 5


def shown(parts: Iterable[InvoiceQuerySet]) -> list[list[Invoice]]:
    """The rows of each of these short lists. Their keys are read first: what a row shows is asked of no other row, and
    of those of all lists at once."""
    keys = [list(part.values_list("pk", flat=True)) for part in parts]
    rows = Invoice.objects.for_lists().in_bulk({key for part in keys for key in part})
    return [[rows[key] for key in part if key in rows] for part in keys]


@require_safe
def supplier_home(request: HttpRequest) -> HttpResponse:
    suppliers = Supplier.objects.for_user(request.user)
    if not suppliers:
        return redirect("home")
    invoices = Invoice.objects.for_suppliers_of(request.user)
    parts = [invoices.to_do()[:HOME_LENGTH], invoices.under_way()[:HOME_LENGTH], invoices.paid()[:LATEST_PAID]]
    to_do, under_way, paid = shown(parts)
    return render(
        request,
        "invoicing/supplier_home.html",
        {
            "suppliers": suppliers,
            "is_incomplete": any(supplier.missing_from_profile or supplier.lacks_account for supplier in suppliers),
            "deposits": _untold(request.user),
            "unbilled": _delivered_unbilled(request.user).count(),
            "to_do": to_do,
            "under_way": under_way,
            "paid": paid,
            "home_length": HOME_LENGTH,
        },
    )


def _untold(user):
    """Files that wait, and those that became nothing and nobody saw it."""
    deposits = Deposit.objects.for_suppliers_of(user).to_tell(timezone.now())
    return deposits.prefetch_related("uploads")[:HOME_LENGTH]


def _delivered_unbilled(user):
    """Orders that came, and of which no invoice counts anything yet; what is billed in part may never be more."""
    begun = BilledOrder.objects.counting().filter(order=OuterRef("pk"))
    return Order.objects.for_suppliers_of(user).filter(~Exists(begun), delivery_on__lte=timezone.localdate())


@require_safe
def supplier_list(request: HttpRequest) -> HttpResponse:
    form = of_supplier(request.GET, request.user)
    return render(request, "invoicing/list.html", {"form": form, **_page_and_sums(request, form.found())})


def _page_and_sums(request: HttpRequest, found: InvoiceQuerySet) -> dict:
    sums = Sums.of(found)
    page = page_of(request, found, count=sums.listed)
    [page.object_list] = shown([page.object_list])
    return {"page_obj": page, "sums": sums}


@require_safe
def supplier_export(request: HttpRequest, wanted: str) -> HttpResponse:
    return exports.of_supplier(of_supplier(request.GET, request.user).found(), wanted, by=request.user)


@require_safe
def received(request: HttpRequest) -> HttpResponse:
    """What reached a buyer, or is on its way to him."""
    form = of_buyer(request.GET, request.user)
    context = _page_and_sums(request, form.found())
    for invoice in context["page_obj"].object_list:
        invoice.label = invoice.buyer_label
    several = len(Buyer.objects.for_user(request.user)[:2]) > 1
    return render(request, "invoicing/received.html", {"form": form, **context, "has_several": several})


@require_safe
def received_export(request: HttpRequest, wanted: str) -> HttpResponse:
    return exports.of_buyer(of_buyer(request.GET, request.user).found(), wanted, by=request.user)

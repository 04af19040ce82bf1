"""Lists: what the supplier must do, all his invoices, what a buyer received."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from invoicing import exports
from invoicing.ball import buyer_label
from invoicing.exports import Sums
from invoicing.list_form import of_buyer, of_supplier
from invoicing.models import Deposit, Invoice
from invoicing.models.querysets import InvoiceQuerySet
from orders.models import Buyer
from suppliers.models import Supplier

PAGE_LENGTH = 25
# The home page shows the latest of each part; the list shows all.
HOME_LENGTH = 20


@require_safe
def supplier_home(request: HttpRequest) -> HttpResponse:
    invoices = Invoice.objects.for_suppliers_of(request.user).for_lists()
    suppliers = Supplier.objects.for_user(request.user)
    return render(
        request,
        "invoicing/supplier_home.html",
        {
            "suppliers": suppliers,
            "is_incomplete": any(supplier.missing_from_profile or supplier.lacks_account for supplier in suppliers),
            "deposits": _untold(request.user),
            "to_do": invoices.to_do()[:HOME_LENGTH],
            "under_way": invoices.under_way()[:HOME_LENGTH],
            "paid": invoices.paid()[:5],
            "home_length": HOME_LENGTH,
        },
    )


def _untold(user):
    """Files that wait, and those that became nothing and nobody saw it."""
    deposits = Deposit.objects.for_suppliers_of(user).to_tell(timezone.now())
    return deposits.prefetch_related("uploads")[:HOME_LENGTH]


@require_safe
def supplier_list(request: HttpRequest) -> HttpResponse:
    form = of_supplier(request.GET, request.user)
    context = {"form": form, "page_obj": _page(request, form.found().for_lists()), "sums": Sums.of(form.found())}
    return render(request, "invoicing/list.html", context)


@require_safe
def supplier_export(request: HttpRequest, wanted: str) -> HttpResponse:
    return exports.of_supplier(of_supplier(request.GET, request.user).found(), wanted)


@require_safe
def received(request: HttpRequest) -> HttpResponse:
    """What reached a buyer, or is on its way to him."""
    form = of_buyer(request.GET, request.user)
    page = _page(request, form.found().for_lists())
    for invoice in page.object_list:
        invoice.label = invoice.avoir_label(invoice.status) or buyer_label(invoice.status)
    several = len(Buyer.objects.for_user(request.user)[:2]) > 1
    context = {"form": form, "page_obj": page, "sums": Sums.of(form.found()), "has_several": several}
    return render(request, "invoicing/received.html", context)


@require_safe
def received_export(request: HttpRequest, wanted: str) -> HttpResponse:
    return exports.of_buyer(of_buyer(request.GET, request.user).found(), wanted)


def _page(request: HttpRequest, invoices: InvoiceQuerySet):
    return Paginator(invoices, PAGE_LENGTH).get_page(request.GET.get("page"))

"""The lists of orders, as buyers and suppliers see theirs."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from orders import exports
from orders.list_form import of_buyer, of_supplier
from orders.models import Order
from orders.narrowing import page_of


def page_of_orders(request: HttpRequest, keys):
    """A page of orders, in the order of these primary keys, with all that a list shows of them."""
    page = page_of(request, keys)
    shown = list(page.object_list)
    rows = Order.objects.with_people().with_billings().in_bulk(shown)
    page.object_list = [rows[pk] for pk in shown]
    return page


@require_GET
def buyer_home(request: HttpRequest) -> HttpResponse:
    """The orders of the buyers this person acts for."""
    if not request.user.buyer_memberships.exists():
        raise Http404
    mine = Order.objects.for_buyers_of(request.user)
    form = of_buyer(request.GET, request.user)
    context = {
        "form": form,
        "page_obj": page_of_orders(request, form.found().values_list("pk", flat=True)),
        "numberless": mine.lacking_engagement().count(),
        "asked": mine.lacking_engagement().filter(engagement_asked_at__isnull=False).count(),
    }
    return render(request, "orders/buyer_home.html", context)


@require_GET
def buyer_export(request: HttpRequest, wanted: str) -> HttpResponse:
    return exports.export(of_buyer(request.GET, request.user).found(), wanted, by=request.user)


@require_GET
def to_bill(request: HttpRequest) -> HttpResponse:
    """The orders of the suppliers this person acts for, those with something left to bill first."""
    if not request.user.supplier_memberships.exists():
        raise Http404
    form = of_supplier(request.GET, request.user)
    remaining = form.found().remaining_cents()
    page = page_of_orders(request, sorted(remaining, key=lambda pk: remaining[pk] <= 0))
    return render(request, "orders/to_bill.html", {"form": form, "page_obj": page})


@require_GET
def supplier_export(request: HttpRequest, wanted: str) -> HttpResponse:
    return exports.export(of_supplier(request.GET, request.user).found(), wanted, by=request.user)

"""The lists of orders, as buyers and suppliers see theirs."""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from orders.forms import one_line
from orders.models import Order

PAGE = 25
EVERY, TO_BILL, NUMBERLESS = "toutes", "a-facturer", "sans-numero"
FILTERS = ((EVERY, "Toutes"), (TO_BILL, "À facturer"), (NUMBERLESS, "Numéro d'engagement manquant"))


def page_of(request: HttpRequest, rows, size: int = PAGE):
    return Paginator(rows, size).get_page(request.GET.get("page"))


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
    state, text = request.GET.get("etat", EVERY), one_line(request.GET.get("q", ""))
    context = {
        "page_obj": page_of_orders(request, chosen(mine.search(text), state)),
        "filters": FILTERS,
        "state": state,
        "text": text,
        "numberless": mine.lacking_engagement().count(),
        "asked": mine.lacking_engagement().filter(engagement_asked_at__isnull=False).count(),
    }
    return render(request, "orders/buyer_home.html", context)


def chosen(orders, state: str):
    """The primary keys of the orders of one filter."""
    if state == TO_BILL:
        return [pk for pk, remaining in orders.remaining_by_key().items() if remaining > 0]
    return (orders.lacking_engagement() if state == NUMBERLESS else orders).values_list("pk", flat=True)


@require_GET
def to_bill(request: HttpRequest) -> HttpResponse:
    """The orders of the suppliers this person acts for, those with something left to bill first."""
    if not request.user.supplier_memberships.exists():
        raise Http404
    text = one_line(request.GET.get("q", ""))
    remaining = Order.objects.for_suppliers_of(request.user).search(text).remaining_by_key()
    page = page_of_orders(request, sorted(remaining, key=lambda pk: remaining[pk] <= 0))
    return render(request, "orders/to_bill.html", {"page_obj": page, "text": text})

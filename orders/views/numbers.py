"""The week's engagement numbers, typed one under the other."""

import re

from django.contrib import messages
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from orders.forms import ReferencesForm
from orders.models import Order
from orders.narrowing import page_of

FIELD = "engagement_number"
TYPED = re.compile(rf"commande-(\d{{1,18}})-{FIELD}")
ROWS = 50


@require_http_methods(["GET", "POST"])
def numbers(request: HttpRequest) -> HttpResponse:
    """One field for each order that lacks its number. Right rows are saved, wrong ones stay as they were typed."""
    if not request.user.buyer_memberships.exists():
        raise Http404
    mine = Order.objects.for_buyers_of(request.user).with_people()
    typed = _typed(request, mine)
    given = [form for form in typed if form.is_valid() and form.change(by=request.user)]
    faulty = [form for form in typed if form.errors]
    if given:
        messages.success(request, _said(len(given)))
    lacking = mine.lacking_engagement().order_by(F("engagement_asked_at").asc(nulls_last=True), "-ordered_on", "-pk")
    if request.method == "POST" and not faulty:
        return redirect("orders:numbers" if lacking.exists() else "orders:buyer_home")
    page = page_of(request, lacking.exclude(pk__in=[form.instance.pk for form in faulty]), ROWS)
    context = {"faulty": faulty, "forms": [*faulty, *(_form(order) for order in page)], "page_obj": page}
    return render(request, "orders/numbers.html", context)


def _typed(request, mine) -> list[ReferencesForm]:
    """A form for each row in which something was typed."""
    keys = [int(row[1]) for name, value in request.POST.items() if value.strip() and (row := TYPED.fullmatch(name))]
    return [_form(order, request.POST) for order in mine.filter(pk__in=keys)] if keys else []


def _form(order: Order, data=None) -> ReferencesForm:
    form = ReferencesForm(data, instance=order, only=FIELD, prefix=f"commande-{order.pk}")
    field = form.fields[FIELD]
    field.widget.attrs |= {"aria-label": f"{field.label}, commande {order.reference}", "autocomplete": "off"}
    field.help_text = ""
    return form


def _said(count: int) -> str:
    return f"{count} numéros sont enregistrés." if count > 1 else "Le numéro est enregistré."

"""What arrived of an order: written by its buyer, read by both sides."""

from pathlib import PurePath

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from orders.models import Order, OrderChanged, Reception
from orders.reception_form import forms_of
from orders.views.access import buyers_order, seen_revision
from suppliers.downloads import download

PHOTOS_FORGOTTEN = " Votre navigateur oublie les photos\u00a0: choisissez-les de nouveau."


@require_http_methods(["GET", "POST"])
def record(request: HttpRequest, pk: int) -> HttpResponse:
    """« Tout est conforme » in one press, or line by line."""
    order = buyers_order(request, pk)
    if request.method != "POST":
        return _show(request, order, forms_of(order))
    if "all" in request.POST:
        said = [Reception.of(line, Reception.Outcome.CONFORM) for line in order.lines.all()]
        return _save(request, order, said, forms_of(order))
    lines = forms_of(order, request.POST, request.FILES)
    if not all(form.is_valid() for form in lines):
        return _show(request, order, lines, seen_revision(request))
    return _save(request, order, [said for form in lines if (said := form.said())], lines)


def _save(request, order, said, lines) -> HttpResponse:
    try:
        new = Reception.objects.record(order, said, by=request.user, seen_revision=seen_revision(request))
    except OrderChanged as error:
        messages.error(request, f"{error}{PHOTOS_FORGOTTEN * bool(request.FILES)}")
        return _show(request, order, lines)
    messages.success(request, "La réception est notée." if new else "Rien n'a changé.")
    return redirect("orders:detail", order.pk)


def _show(request, order, lines, seen: int | None = None) -> HttpResponse:
    context = {
        "order": order,
        "forms": lines,
        "faulty": [form for form in lines if form.is_bound and form.errors],
        "revision": order.revision if seen is None else seen,
        "photos_forgotten": bool(request.FILES),
    }
    return render(request, "orders/reception.html", context)


@require_safe
def photo(request: HttpRequest, pk: int, reception_pk: int) -> HttpResponse:
    orders = Order.objects.visible_to(request.user)
    kept = get_object_or_404(Reception.objects.exclude(photo=""), order__in=orders, order_id=pk, pk=reception_pk)
    return download(kept.photo, f"reception-{kept.pk}{PurePath(kept.photo.name).suffix}")

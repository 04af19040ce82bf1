"""« Mon établissement »: what a buyer's people say of their own house."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from orders.buyer_forms import BuyerForm, ClosureForm
from orders.models import Buyer

# Older ones stand in the Département's admin.
CHANGES_SHOWN = 30


def _own(request: HttpRequest, pk: int) -> Buyer:
    return get_object_or_404(Buyer.objects.for_user(request.user).select_related("recipient"), pk=pk)


@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """The page of the only buyer one acts for, or a choice between several."""
    buyers = list(Buyer.objects.for_user(request.user))
    if not buyers:
        raise Http404
    if len(buyers) == 1:
        return redirect("orders:buyer", buyers[0].pk)
    return render(request, "orders/my_buyers.html", {"buyers": buyers})


@require_http_methods(["GET", "POST"])
def buyer(request: HttpRequest, pk: int) -> HttpResponse:
    found = _own(request, pk)
    form = BuyerForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        form.write(by=request.user)
        messages.success(request, "C'est enregistré." if form.has_changed() else "Rien n'a changé.")
        return redirect("orders:buyer", pk)
    return _show(request, pk, form=form)


@require_POST
def add_closure(request: HttpRequest, pk: int) -> HttpResponse:
    closure = ClosureForm(request.POST, buyer=_own(request, pk))
    if not closure.is_valid():
        return _show(request, pk, closure=closure)
    closure.add(by=request.user)
    messages.success(request, "La fermeture est enregistrée.")
    return redirect("orders:buyer", pk)


@require_POST
def remove_closure(request: HttpRequest, pk: int, closure_pk: int) -> HttpResponse:
    _own(request, pk).reopen(closure_pk, by=request.user)
    messages.success(request, "La fermeture est retirée.")
    return redirect("orders:buyer", pk)


def _show(request, pk: int, **typed) -> HttpResponse:
    found = _own(request, pk)
    forms = {"form": BuyerForm(instance=found), "closure": ClosureForm(buyer=found), **typed}
    context = {
        "buyer": found,
        "closures": found.closures.filter(last_day__gte=timezone.localdate()),
        "changes": found.changes.select_related("by")[:CHANGES_SHOWN],
        "members": found.members.select_related("user").order_by("pk"),
    }
    return render(request, "orders/buyer.html", {**context, **forms})

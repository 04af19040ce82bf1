"""A new order, and other lines for one that nothing bills yet."""

from django.contrib import messages
from django.db.models import Case, Exists, OuterRef, Q, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from orders import requirements
from orders.forms import OrderForm, key_of
from orders.lines import LineFormSet, rates_of, rows_of, typed_rows
from orders.models import Buyer, LinesLocked, Order, OrderChanged
from orders.narrowing import page_of
from orders.views.access import buyers_order, seen_revision
from suppliers.identifiers import clean_digits, one_line
from suppliers.models import Establishment, Supplier

# What an order has in common with the one it repeats, besides its lines.
KEPT = ("service_code", "contract_number", "delivery_place")


@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """A new order: for whom, from whom, then what."""
    buyers = Buyer.objects.for_user(request.user).select_related("recipient")
    buyer = one_of(buyers, request.GET.get("acheteur", "")) or sole(buyers)
    if buyer is None:
        return render(request, "orders/choose_buyer.html", {"buyers": buyers})
    named = one_of(Supplier.objects.filter(validated_at__isnull=False), request.GET.get("fournisseur", ""))
    if named is None:
        return choose_supplier(request, buyer)
    if (supplier := to_order_from(named)) is None:
        return stopped(request, named, buyer)
    return new_order(request, buyer=buyer, supplier=supplier)


@require_http_methods(["GET", "POST"])
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """A new order of the same goods from the same supplier, or from who took over his farm."""
    model = buyers_order(request, pk)
    supplier = to_order_from(model.supplier)
    if supplier is None:
        return stopped(request, model.supplier, model.buyer)
    return new_order(request, model=model, buyer=model.buyer, supplier=supplier)


def one_of(rows, pk: str):
    """The row that the address names; another person's is not found. None when it names nothing."""
    return get_object_or_404(rows, pk=int(pk) if pk.isdecimal() and len(pk) < 18 else 0) if pk else None


def sole(rows):
    """The only row, when there is no question to ask; None when there are several."""
    found = list(rows[:2])
    if not found:
        raise Http404
    return found[0] if len(found) == 1 else None


def orderable():
    return Supplier.objects.filter(validated_at__isnull=False, successor__isnull=True)


def to_order_from(supplier: Supplier) -> Supplier | None:
    """Itself, or who took over its farm; None when nobody takes orders any more."""
    return orderable().filter(pk=supplier.heir.pk).first()


def stopped(request, supplier: Supplier, buyer: Buyer) -> HttpResponse:
    messages.error(request, f"{supplier} ne prend plus de commandes\u00a0: choisissez un autre fournisseur.")
    return redirect(f"{reverse('orders:create')}?acheteur={buyer.pk}")


def choose_supplier(request, buyer):
    """Those this buyer has ordered from come first, themselves or as who was before them; there may be thousands of
    others, so they are searched."""
    text = one_line(request.GET.get("q", ""))
    # Read first: asked of each supplier in turn, a large buyer's orders would be gone through thousands of times.
    ordered_from = (
        Order.objects.filter(buyer=buyer).order_by().values_list("supplier", "supplier__successor").distinct()
    )
    usual = {key for pair in ordered_from for key in pair if key}
    is_usual = Case(When(pk__in=usual, then=True), default=False)
    rows = orderable().annotate(is_usual=is_usual).order_by("-is_usual", "name", "pk")
    rows = rows.prefetch_related("establishments", "predecessors")
    if text:
        digits = clean_digits(text)
        by_number = Q(siren__startswith=digits[:9]) if digits.isdecimal() else Q()
        in_city = Exists(Establishment.objects.filter(supplier=OuterRef("pk"), city__icontains=text))
        before = Exists(Supplier.objects.filter(successor=OuterRef("pk"), name__icontains=text))
        rows = rows.filter(Q(name__icontains=text) | Q(in_city) | Q(before) | by_number)
    context = {"buyer": buyer, "text": text, "page_obj": page_of(request, rows)}
    return render(request, "orders/choose_supplier.html", context)


def new_order(request, *, model: Order | None = None, **partners):
    """A blank form; with a model it begins with its goods and references, and with neither its number nor its days."""
    rates = {"further_rates": rates_of(model) if model else ()}
    if request.method != "POST":
        kept = {name: getattr(model, name) for name in KEPT} if model else {}
        lines = LineFormSet(initial=rows_of(model) if model else None, form_kwargs=rates)
        return show_new(request, OrderForm(initial=kept, **partners), lines, model)
    if made := already_made(request):
        messages.info(request, f"Cette commande est déjà enregistrée, sous la référence {made.reference}.")
        return redirect("orders:detail", made.pk)
    if "more" in request.POST:
        form = OrderForm(initial=request.POST.dict(), **partners)
        return show_new(request, form, LineFormSet(initial=typed_rows(request.POST), form_kwargs=rates), model)
    form, lines = OrderForm(request.POST, **partners), LineFormSet(request.POST, form_kwargs=rates)
    if form.is_valid() & lines.is_valid() and (order := form.place(lines.lines(), by=request.user)):
        messages.success(request, f"La commande {order.reference} est enregistrée.")
        return redirect("orders:detail", order.pk)
    return show_new(request, form, lines, model)


def show_new(request, form, lines, model):
    buyer, supplier = form.instance.buyer, form.instance.supplier
    context = {"form": form, "lines": lines, "buyer": buyer, "supplier": supplier, "model": model}
    return render(request, "orders/create.html", {**context, "demand": requirements.demand(buyer.recipient)})


def already_made(request) -> Order | None:
    """The order that this very form made, when it is sent a second time."""
    key = key_of(request.POST.get("form_key", ""))
    return Order.objects.for_buyers_of(request.user).filter(form_key=key).first() if key else None


@require_http_methods(["GET", "POST"])
def edit_lines(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the lines while nothing is billed."""
    order = buyers_order(request, pk)
    if order.is_billed:
        messages.error(request, str(LinesLocked()))
        return redirect("orders:detail", pk)
    if request.method == "POST" and "more" not in request.POST:
        return save_lines(request, order)
    rows = typed_rows(request.POST) if request.method == "POST" else rows_of(order)
    lines = LineFormSet(initial=rows, form_kwargs={"further_rates": rates_of(order)})
    return show_lines(request, order, lines, seen_revision(request) or order.revision)


def save_lines(request, order):
    lines, seen = LineFormSet(request.POST, form_kwargs={"further_rates": rates_of(order)}), seen_revision(request)
    if not lines.is_valid():
        return show_lines(request, order, lines, seen)
    try:
        order.change_lines(lines.lines(order), by=request.user, seen_revision=seen)
    except (OrderChanged, LinesLocked) as error:
        messages.error(request, str(error))
        order = buyers_order(request, order.pk)
        return show_lines(request, order, lines, order.revision, changed_meanwhile=True)
    messages.success(request, "Les lignes sont enregistrées.")
    return redirect("orders:detail", order.pk)


def show_lines(request, order, lines, revision: int, **context):
    return render(request, "orders/lines.html", {"order": order, "lines": lines, "revision": revision, **context})

"""Orders as buyers and suppliers see them. Each view looks only among the orders of the person who asks."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from orders import requirements
from orders.forms import OrderForm, ReferencesForm, key_of, one_line
from orders.lines import LineFormSet, rates_of, rows_of, typed_rows
from orders.mails import NOBODY_READS
from orders.models import Buyer, LinesLocked, Order, OrderChanged
from suppliers.identifiers import clean_digits
from suppliers.models import Establishment, Supplier

PAGE = 25
ONCE_A_DAY = "\u00a0: vous pourrez le redemander un jour plus tard."
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


# --- Lists ---


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


# --- One order ---


@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One page for both sides: what each may do differs, what each reads does not."""
    order = get_object_or_404(Order.objects.visible_to(request.user).with_people().with_billings(), pk=pk)
    context = {
        "order": order,
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
    if request.method == "POST" and form.is_valid():
        changes = form.change(by=request.user)
        if changes is not None:
            messages.success(request, "C'est enregistré." if changes else "Rien n'a changé.")
            return redirect("orders:detail", pk)
    return render(request, "orders/references.html", {"form": form, "order": buyers_order(request, pk), "only": only})


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
        asked = timezone.localtime(order.engagement_asked_at)
        messages.info(request, f"Ce numéro est déjà demandé depuis le {asked:%d/%m/%Y à %H:%M}{ONCE_A_DAY}")
    return redirect("orders:to_bill") if "liste" in request.POST else redirect("orders:detail", pk)


# --- Writing an order ---


@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """A new order: for whom, from whom, then what."""
    buyers = Buyer.objects.for_user(request.user).select_related("recipient")
    buyer = one_of(buyers, request.GET.get("acheteur", "")) or sole(buyers)
    if buyer is None:
        return render(request, "orders/choose_buyer.html", {"buyers": buyers})
    supplier = one_of(orderable(), request.GET.get("fournisseur", ""))
    if supplier is None:
        return choose_supplier(request, buyer)
    return new_order(request, buyer=buyer, supplier=supplier)


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


def choose_supplier(request, buyer):
    """Those this buyer has ordered from come first; there may be thousands of others, so they are searched."""
    text = one_line(request.GET.get("q", ""))
    usual = Exists(Order.objects.filter(buyer=buyer, supplier=OuterRef("pk")))
    rows = orderable().annotate(is_usual=usual).order_by("-is_usual", "name", "pk").prefetch_related("establishments")
    if text:
        digits = clean_digits(text)
        by_number = Q(siren__startswith=digits[:9]) if digits.isdecimal() else Q()
        in_city = Exists(Establishment.objects.filter(supplier=OuterRef("pk"), city__icontains=text))
        rows = rows.filter(Q(name__icontains=text) | Q(in_city) | by_number)
    context = {"buyer": buyer, "text": text, "page_obj": page_of(request, rows)}
    return render(request, "orders/choose_supplier.html", context)


def new_order(request, **partners):
    if request.method != "POST":
        return show_new(request, OrderForm(**partners), LineFormSet())
    if made := already_made(request):
        messages.info(request, f"Cette commande est déjà enregistrée, sous la référence {made.reference}.")
        return redirect("orders:detail", made.pk)
    if "more" in request.POST:
        form = OrderForm(initial=request.POST.dict(), **partners)
        return show_new(request, form, LineFormSet(initial=typed_rows(request.POST)))
    form, lines = OrderForm(request.POST, **partners), LineFormSet(request.POST)
    if form.is_valid() & lines.is_valid() and (order := form.place(lines.lines(), by=request.user)):
        messages.success(request, f"La commande {order.reference} est enregistrée.")
        return redirect("orders:detail", order.pk)
    return show_new(request, form, lines)


def show_new(request, form, lines):
    buyer, supplier = form.instance.buyer, form.instance.supplier
    context = {"form": form, "lines": lines, "buyer": buyer, "supplier": supplier}
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


def seen_revision(request) -> int:
    text = request.POST.get("revision", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def buyers_order(request, pk: int) -> Order:
    return get_object_or_404(Order.objects.for_buyers_of(request.user).with_people().with_billings(), pk=pk)

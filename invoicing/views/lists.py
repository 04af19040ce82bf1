"""Lists: what the supplier must do, all his invoices, what a buyer received."""

from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Q, TextChoices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from invoicing.ball import buyer_label
from invoicing.lifecycle import Status
from invoicing.models import BilledOrder, Deposit, Invoice
from invoicing.models.querysets import InvoiceQuerySet
from orders.models import Buyer
from suppliers.identifiers import clean_digits
from suppliers.models import Supplier

PAGE_LENGTH = 25
# The home page shows the latest of each part; the list shows all.
HOME_LENGTH = 20
OFF_ORDER = "hors-commande"


class Show(TextChoices):
    """The parts of a supplier's list."""

    ALL = "", "Toutes"
    TO_DO = "a-faire", "À faire"
    UNDER_WAY = "en-cours", "En cours"
    PAID = "payees", "Payées"
    WITHDRAWN = "retirees", "Retirées"


@require_safe
def supplier_home(request: HttpRequest) -> HttpResponse:
    invoices = Invoice.objects.for_suppliers_of(request.user).for_lists()
    suppliers = Supplier.objects.for_user(request.user)
    return render(
        request,
        "invoicing/supplier_home.html",
        {
            "suppliers": suppliers,
            "is_incomplete": any(supplier.missing_from_profile for supplier in suppliers),
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
    shown = request.GET.get("etat", "")
    words = _words(request)
    invoices = search(part(Invoice.objects.for_suppliers_of(request.user), shown), words)
    context = {"page_obj": _page(request, invoices.for_lists()), "q": words, "shown": shown, "parts": Show.choices}
    return render(request, "invoicing/list.html", context)


@require_safe
def received(request: HttpRequest) -> HttpResponse:
    """What reached a buyer, or is on its way to him."""
    words, mine = _words(request), Invoice.objects.for_buyers_of(request.user)
    only_off_order = request.GET.get("etat") == OFF_ORDER
    shown = mine.awaiting_buyers_word() if only_off_order else mine
    page = _page(request, search(shown, words).for_lists())
    for invoice in page.object_list:
        invoice.label = invoice.avoir_label(invoice.status) or buyer_label(invoice.status)
    buyers = Buyer.objects.for_user(request.user)
    context = {
        "page_obj": page,
        "q": words,
        "has_several": len(buyers[:2]) > 1,
        "only_off_order": only_off_order,
    }
    return render(request, "invoicing/received.html", context)


def _words(request: HttpRequest) -> str:
    return request.GET.get("q", "").replace("\0", "").strip()[:100]


def part(invoices: InvoiceQuerySet, shown: str) -> InvoiceQuerySet:
    """The part of a list that was asked for; all of it when nobody knows the word."""
    return {
        Show.TO_DO: invoices.to_do,
        Show.UNDER_WAY: invoices.under_way,
        Show.PAID: invoices.paid,
        Show.WITHDRAWN: lambda: invoices.filter(status=Status.WITHDRAWN),
    }.get(shown, invoices.all)()


def search(invoices: InvoiceQuerySet, words: str) -> InvoiceQuerySet:
    """Invoices whose number, engagement number, order, partner or SIRET holds these words."""
    if not words:
        return invoices
    found = Q(number__icontains=words) | Q(engagement_number__icontains=words)
    found |= Q(supplier__name__icontains=words) | Q(buyer__name__icontains=words)
    found |= Exists(BilledOrder.objects.filter(invoice=OuterRef("pk"), order__reference__icontains=words))
    siret = clean_digits(words)
    if siret.isdigit() and len(siret) >= 9:
        found |= Q(recipient__siret__startswith=siret) | Q(establishment__siret__startswith=siret)
    return invoices.filter(found)


def _page(request: HttpRequest, invoices: InvoiceQuerySet):
    return Paginator(invoices, PAGE_LENGTH).get_page(request.GET.get("page"))

"""What the lists of invoices are narrowed to."""

from django.db.models import Q, TextChoices

from invoicing.lifecycle import Status
from invoicing.models import BilledOrder, Invoice
from invoicing.models.querysets import InvoiceQuerySet
from orders.models import Recipient
from orders.narrowing import Narrowing, with_partner_named
from suppliers.identifiers import clean_digits
from suppliers.lists import keys
from suppliers.models import Establishment


class Show(TextChoices):
    """The parts of a supplier's list."""

    ALL = "", "Toutes"
    TO_DO = "a-faire", "À faire"
    UNDER_WAY = "en-cours", "En cours"
    PAID = "payees", "Payées"
    WITHDRAWN = "retirees", "Retirées"


class Received(TextChoices):
    """The parts of a buyer's list."""

    ALL = "", "Toutes"
    OFF_ORDER = "hors-commande", "Hors commande"
    UNDER_WAY = "en-cours", "En cours"
    PAID = "payees", "Payées"
    REJECTED = "refusees", "Refusées"


PARTS = {
    Show.TO_DO: InvoiceQuerySet.to_do,
    Show.UNDER_WAY: InvoiceQuerySet.under_way,
    Show.PAID: InvoiceQuerySet.paid,
    Show.WITHDRAWN: lambda invoices: invoices.filter(status=Status.WITHDRAWN),
}
RECEIVED_PARTS = {
    Received.OFF_ORDER: InvoiceQuerySet.awaiting_buyers_word,
    Received.UNDER_WAY: lambda invoices: invoices.exclude(status__in=[Status.PAID, Status.REJECTED]),
    Received.PAID: lambda invoices: invoices.filter(status=Status.PAID),
    Received.REJECTED: lambda invoices: invoices.filter(status=Status.REJECTED),
}


def of_supplier(asked, user) -> Narrowing:
    return Narrowing(
        asked, Invoice.objects.for_suppliers_of(user), words="Numéro, commande, acheteur ou SIRET", states=Show,
        parts=PARTS, partner="buyer", day="issue_date", search=search,
    )  # fmt: skip


def of_buyer(asked, user) -> Narrowing:
    return Narrowing(
        asked, Invoice.objects.for_buyers_of(user), words="Numéro, commande, fournisseur ou engagement",
        states=Received, parts=RECEIVED_PARTS, partner="supplier", day="issue_date", search=search,
    )  # fmt: skip


def search(invoices: InvoiceQuerySet, words: str) -> InvoiceQuerySet:
    """Invoices whose number, engagement number, order, partner or SIRET holds these words.

    What words name elsewhere is looked up first: the invoices are asked by keys, through their indexes.
    """
    if not words:
        return invoices
    found = Q(number__icontains=words) | Q(engagement_number__icontains=words) | with_partner_named(invoices, words)
    billed = BilledOrder.objects.filter(invoice__in=invoices.order_by(), order__reference__icontains=words)
    found |= Q(pk__in=list(billed.values_list("invoice", flat=True)))
    siret = clean_digits(words)
    if siret.isdigit() and len(siret) >= 9:
        found |= Q(recipient__in=keys(Recipient.objects.filter(siret__startswith=siret)))
        found |= Q(establishment__in=keys(Establishment.objects.filter(siret__startswith=siret)))
    return invoices.filter(found)

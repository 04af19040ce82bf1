"""Lists of invoices as a file to keep, and what they come to."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Prefetch, Sum
from django.http import HttpResponse
from django.utils import timezone
from django.utils.text import capfirst

from invoicing.lifecycle import Status
from invoicing.models import Invoice, Kind
from invoicing.models.billed import signed_cents
from invoicing.models.querysets import InvoiceQuerySet
from orders.models import Order
from suppliers.models import User
from suppliers.spreadsheets import Cell, download

# Neither owed nor paid: listed, not added up.
UNCOUNTED = (Status.WITHDRAWN, Status.REJECTED)
AT_A_TIME = 500

HEADER = (
    "Type", "Numéro", "Facture d'origine", "Date", "Fournisseur", "SIRET du fournisseur", "Acheteur",
    "SIRET du destinataire", "Code service", "Numéro d'engagement", "Commandes", "Total HT", "TVA", "Total TTC",
    "Net à payer", "État", "Depuis le", "À payer avant le",
)  # fmt: skip
# What a line of the file is made of; nothing else of so many rows is read.
READ = (
    "kind", "number", "origin_number", "issue_date", "supplier__name", "establishment__siret", "buyer__name",
    "recipient__siret", "service_code", "engagement_number", "total_ht", "total_tva", "total_ttc", "net_to_pay",
    "status", "status_at", "pay_by",
)  # fmt: skip


@dataclass(frozen=True)
class Sums:
    """Of the invoices that count, in euros: avoirs are deducted, whatever sign their software writes."""

    invoices: int
    avoirs: int
    uncounted: int
    ht: Decimal
    ttc: Decimal

    @property
    def listed(self) -> int:
        return self.invoices + self.avoirs + self.uncounted

    @classmethod
    def of(cls, invoices: InvoiceQuerySet) -> "Sums":
        """Added up by the database in whole cents: SQLite has no decimal arithmetic."""
        amounts = {"count": Count("pk"), "ht": _sum("total_ht"), "ttc": _sum("total_ttc")}
        rows = list(invoices.order_by().values("kind", "status").annotate(**amounts))
        counted = [row for row in rows if row["status"] not in UNCOUNTED]
        avoirs = sum(row["count"] for row in counted if row["kind"] == Kind.CREDIT_NOTE)
        return cls(
            invoices=sum(row["count"] for row in counted) - avoirs,
            avoirs=avoirs,
            uncounted=sum(row["count"] for row in rows if row["status"] in UNCOUNTED),
            ht=Decimal(sum(row["ht"] or 0 for row in counted)) / 100,
            ttc=Decimal(sum(row["ttc"] or 0 for row in counted)) / 100,
        )


def _sum(amount: str) -> Sum:
    return Sum(signed_cents(amount, kind="kind"))


def signed(kind: str, amount: Decimal | None) -> Decimal:
    amount = amount or Decimal(0)
    return -abs(amount) if kind == Kind.CREDIT_NOTE else amount


def of_supplier(invoices: InvoiceQuerySet, wanted: str, *, by: User) -> HttpResponse:
    return _file("factures", invoices, wanted, Invoice.get_status_display, by)


def of_buyer(invoices: InvoiceQuerySet, wanted: str, *, by: User) -> HttpResponse:
    return _file("factures-recues", invoices, wanted, lambda invoice: invoice.buyer_label, by)


def _file(name: str, invoices: InvoiceQuerySet, wanted: str, label, by: User) -> HttpResponse:
    rows = (_row(invoice, label(invoice)) for invoice in _each(invoices))
    return download(f"{name}-{timezone.localdate():%Y-%m-%d}", wanted, HEADER, rows, by=by, of=Invoice)


def _each(invoices: InvoiceQuerySet) -> Iterator[Invoice]:
    rows = invoices.select_related("supplier", "establishment", "buyer", "recipient").only(*READ)
    orders = Prefetch("billed_orders__order", Order.objects.only("reference"))
    return rows.prefetch_related(orders).iterator(chunk_size=AT_A_TIME)


def _row(invoice: Invoice, label: str) -> list[Cell]:
    amounts = (invoice.total_ht, invoice.total_tva, invoice.total_ttc, invoice.net_to_pay)
    return [
        capfirst(invoice.get_kind_display()),
        invoice.number,
        invoice.origin_number,
        invoice.issue_date,
        str(invoice.supplier),
        invoice.establishment.siret if invoice.establishment else "",
        str(invoice.buyer or ""),
        invoice.recipient.siret if invoice.recipient else "",
        invoice.service_code,
        invoice.engagement_number,
        ", ".join(billed.order.reference for billed in invoice.billed_orders.all()),
        *(None if amount is None else signed(invoice.kind, amount) for amount in amounts),
        label,
        timezone.localdate(invoice.status_at),
        invoice.pay_by,
    ]

"""Lists of invoices as a file to keep, and what they come to."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.http import HttpResponse
from django.utils import timezone

from invoicing.ball import buyer_label
from invoicing.lifecycle import Status
from invoicing.models import Invoice, Kind
from invoicing.models.querysets import InvoiceQuerySet
from suppliers.spreadsheets import Cell, download

# Neither owed nor paid: listed, not added up.
UNCOUNTED = (Status.WITHDRAWN, Status.REJECTED)
AT_A_TIME = 500

HEADER = (
    "Type", "Numéro", "Facture d'origine", "Date", "Fournisseur", "SIRET du fournisseur", "Acheteur",
    "SIRET du destinataire", "Code service", "Numéro d'engagement", "Commandes", "Total HT", "TVA", "Total TTC",
    "Net à payer", "État", "Depuis le", "À payer avant le",
)  # fmt: skip


@dataclass(frozen=True)
class Sums:
    """Of the invoices that count, in euros: avoirs are deducted, whatever sign their software writes."""

    invoices: int
    avoirs: int
    uncounted: int
    ht: Decimal
    ttc: Decimal

    @classmethod
    def of(cls, invoices: InvoiceQuerySet) -> "Sums":
        """Added up here: SQLite has no decimal arithmetic."""
        rows = list(invoices.order_by().values_list("kind", "status", "total_ht", "total_ttc"))
        counted = [row for row in rows if row[1] not in UNCOUNTED]
        avoirs = sum(kind == Kind.CREDIT_NOTE for kind, *_ in counted)
        return cls(
            invoices=len(counted) - avoirs,
            avoirs=avoirs,
            uncounted=len(rows) - len(counted),
            ht=sum((signed(kind, ht) for kind, _, ht, _ in counted), Decimal(0)),
            ttc=sum((signed(kind, ttc) for kind, _, _, ttc in counted), Decimal(0)),
        )


def signed(kind: str, amount: Decimal | None) -> Decimal:
    amount = amount or Decimal(0)
    return -abs(amount) if kind == Kind.CREDIT_NOTE else amount


def of_supplier(invoices: InvoiceQuerySet, wanted: str) -> HttpResponse:
    return _file("factures", invoices, wanted, Invoice.get_status_display)


def of_buyer(invoices: InvoiceQuerySet, wanted: str) -> HttpResponse:
    return _file(
        "factures-recues",
        invoices,
        wanted,
        lambda invoice: invoice.avoir_label(invoice.status) or buyer_label(invoice.status),
    )


def _file(name: str, invoices: InvoiceQuerySet, wanted: str, label) -> HttpResponse:
    rows = (_row(invoice, label(invoice)) for invoice in _each(invoices))
    return download(f"{name}-{timezone.localdate():%Y-%m-%d}", wanted, HEADER, rows)


def _each(invoices: InvoiceQuerySet) -> Iterator[Invoice]:
    return invoices.for_lists().select_related("establishment").iterator(chunk_size=AT_A_TIME)


def _row(invoice: Invoice, label: str) -> list[Cell]:
    amounts = (invoice.total_ht, invoice.total_tva, invoice.total_ttc, invoice.net_to_pay)
    return [
        invoice.kind,
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

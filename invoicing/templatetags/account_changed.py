"""What a new bank account leaves to be done elsewhere."""

from django import template

from invoicing.lifecycle import BEFORE_DEPOSIT, ON_CHORUS, SETTLED, Status
from invoicing.models import Kind
from suppliers.identifiers import clean_iban

register = template.Library()

MOST = 50
GONE = (ON_CHORUS - SETTLED) | {Status.SENDING}
NOT_GONE = BEFORE_DEPOSIT - {Status.SENDING, Status.WITHDRAWN}


@register.inclusion_tag("suppliers/_account_changed.html")
def account_changed(supplier):
    """Invoices under way that print another account than the profile's, or none that was read."""
    unpaid = supplier.invoices.filter(kind=Kind.INVOICE, received_on__isnull=True).select_related("buyer")
    waiting = _elsewhere(supplier, unpaid.filter(status__in=NOT_GONE))
    return {
        "supplier": supplier,
        "deposited": _elsewhere(supplier, unpaid.filter(status__in=GONE)),
        "waiting": [invoice for invoice in waiting if invoice.iban],
    }


def _elsewhere(supplier, invoices) -> list:
    before = invoices.filter(created_at__lt=supplier.iban_changed_at) if supplier.iban_changed_at else invoices.none()
    rows = before.order_by("status", "pk").defer("reading", "verdict")
    return [invoice for invoice in rows if clean_iban(invoice.iban) != supplier.iban][:MOST]

"""Invoices of Chorus Pro that are ours although no answer told us so: deposited by hand, or by an attempt in doubt."""

from chorus.api import InvoiceRow
from chorus.doubt import is_ours
from chorus.models import Submission
from chorus.translate import NOT_DEPOSITED
from invoicing.lifecycle import BEFORE_DEPOSIT, FREE_NUMBER, Status
from invoicing.models import Invoice

WAITING = BEFORE_DEPOSIT - FREE_NUMBER - {Status.OUTSIDE}


def adopt(row: InvoiceRow, environment: str) -> Invoice | None:
    """The waiting invoice that this row is, now deposited; None for a row that has nothing to do with us."""
    if row.status in NOT_DEPOSITED:
        return None
    candidates = Invoice.objects.filter(
        establishment__siret=row.supplier_code, number=row.number, kind=row.kind, status__in=WAITING
    ).select_related("recipient", "supplier")
    for invoice in candidates:
        if _is_this(invoice, row) and _link(invoice, row, environment):
            invoice.refresh_from_db()
            return invoice
    return None


def _is_this(invoice: Invoice, row: InvoiceRow) -> bool:
    """A supplier who deposits himself may have typed it a little differently; for the others, all must agree."""
    if row.invoice_date and row.invoice_date.year != invoice.issue_year:
        return False
    if invoice.status == Status.TO_SELF_DEPOSIT:
        return True
    return (
        row.invoice_date == invoice.issue_date
        and row.total_ttc == invoice.total_ttc
        and invoice.recipient is not None
        and row.recipient_siret == invoice.recipient.siret
    )


def _link(invoice: Invoice, row: InvoiceRow, environment: str) -> bool:
    """Through the submission that is open, if it is this invoice; else through one made for the purpose."""
    submission = invoice.submissions.filter(kind=Submission.Kind.DEPOSIT, status__in=Submission.OPEN).first()
    if submission and submission.attempt and not is_ours(submission, row):
        return False
    submission = submission or Submission.objects.create(invoice=invoice, environment=environment)
    return submission.record(cpp_id=row.cpp_id, answer=row.raw)

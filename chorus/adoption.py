"""Invoices of Chorus Pro that are ours although no answer told us so: deposited by hand, or by an attempt in doubt."""

from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Q

from chorus.api import InvoiceRow
from chorus.doubt import is_ours, same_amount
from chorus.models import AttachedStructure, Submission
from chorus.translate import NOT_DEPOSITED
from invoicing.checks import number_key
from invoicing.lifecycle import BEFORE_DEPOSIT, FREE_NUMBER, Status
from invoicing.models import Invoice
from invoicing.typography import euros, french
from suppliers.identifiers import format_siret

WAITING = BEFORE_DEPOSIT - FREE_NUMBER - {Status.OUTSIDE}


class Ambiguous(Exception):
    """Several invoices of ours could be this row: a person must tell."""


def adopt(row: InvoiceRow, environment: str) -> Invoice | None:
    """The waiting invoice that this row is, now deposited; None for a row that has nothing to do with us.

    Raises Ambiguous when several of our invoices fit.
    """
    fitting = [] if row.status in NOT_DEPOSITED else [one for one in _candidates(row) if fits(one, row)]
    if len(fitting) > 1:
        raise Ambiguous(french(f"Plusieurs factures attendent sous ce numéro : {', '.join(map(str, fitting))}"))
    if not fitting or not _link(fitting[0], row, environment):
        return None
    invoice = fitting[0]
    invoice.refresh_from_db()
    return invoice


def _candidates(row: InvoiceRow):
    """Our invoices that wait, of the same supplier, kind and number; the number as people write it, spaces aside."""
    key = number_key(row.number)
    if not key:
        return []
    return (
        Invoice.objects.filter(Q(number_key=key) | Q(search__number_key=key), establishment__siret=row.supplier_code)
        .filter(Q(status__in=WAITING) | Q(declared_at__isnull=False), kind=row.kind)
        .select_related("recipient", "supplier", "establishment")
    )


def fits(invoice: Invoice, row: InvoiceRow) -> bool:
    """What left is compared with what was sent; what its supplier types himself may differ in all but the year."""
    if invoice.status == Status.SENDING:
        submission = _open_submission(invoice)
        return bool(submission and is_ours(submission, row))
    if row.invoice_date and row.invoice_date.year != invoice.issue_year:
        return False
    return _left_to_supplier(invoice) or (row.invoice_date == invoice.issue_date and not differences(invoice, row))


def _left_to_supplier(invoice: Invoice) -> bool:
    return invoice.status == Status.TO_SELF_DEPOSIT or invoice.is_declared


def differences(invoice: Invoice, row: InvoiceRow) -> list[str]:
    """What Chorus Pro has otherwise than we: amount and recipient, as French words."""
    told = []
    if row.total_ttc is None or not same_amount(invoice.kind, row.total_ttc, invoice.total_ttc):
        told.append(f"total TTC {euros(row.total_ttc or Decimal(0))} au lieu de {euros(invoice.total_ttc)}")
    if invoice.recipient is None or row.recipient_siret != invoice.recipient.siret:
        ours = format_siret(invoice.recipient.siret) if invoice.recipient else "aucun"
        told.append(f"destinataire {format_siret(row.recipient_siret)} au lieu de {ours}")
    return told


def _open_submission(invoice: Invoice) -> Submission | None:
    return invoice.submissions.filter(kind=Submission.Kind.DEPOSIT, status__in=Submission.OPEN).first()


def _link(invoice: Invoice, row: InvoiceRow, environment: str) -> bool:
    try:
        return _record(invoice, row, environment)
    except IntegrityError:
        # In this very instant a worker queued it: its row is there now.
        return _record(invoice, row, environment)


def _record(invoice: Invoice, row: InvoiceRow, environment: str) -> bool:
    """Through the submission that is open, else through one made for the purpose; never through another environment's.

    In one transaction: no worker sees, between the two, a row that waits to be sent. A worker that has it already
    loses its claim, and sends nothing.
    """
    with transaction.atomic():
        submission = _open_submission(invoice) or Submission.objects.create(invoice=invoice, environment=environment)
        if submission.environment != environment:
            return False
        if _was_sent(invoice, environment):
            transaction.set_rollback(True)
        elif submission.record(cpp_id=row.cpp_id, answer=row.raw):
            _describe(submission, invoice, row)
            _tell_differences(invoice, row)
            return True
        else:
            return False
    invoice.flag(french(f"Chorus Pro a aussi, sous ce numéro, la facture {row.cpp_id} : à regarder."))
    return False


def _was_sent(invoice: Invoice, environment: str) -> bool:
    """Whether a worker carried it to its end since we looked. Asked once our own row keeps others from opening one."""
    return invoice.submissions.filter(
        kind=Submission.Kind.DEPOSIT, environment=environment, status=Submission.Status.DEPOSITED
    ).exists()


def _describe(submission: Submission, invoice: Invoice, row: InvoiceRow) -> None:
    """What a claim would have frozen: from here on it is followed and answered like any other."""
    if submission.account_id:
        return
    structure = AttachedStructure.objects.leading(invoice.establishment.siret, invoice.supplier_id).first()
    Submission.objects.filter(pk=submission.pk).update(
        account=structure.account if structure else None,
        structure_cpp_id=structure.cpp_id if structure else None,
        number=row.number[:20],
        invoice_kind=row.kind,
        issue_date=row.invoice_date,
        recipient_siret=row.recipient_siret[:14],
        total_ttc=row.total_ttc,
    )


def _tell_differences(invoice: Invoice, row: InvoiceRow) -> None:
    told = differences(invoice, row)
    if told:
        invoice.flag(french(f"Déposée par le fournisseur autrement que sur le portail : {', '.join(told)}."))

"""Settling what left without a clear answer: look, compare with what was frozen, and believe an absence only late.

Chorus Pro's search may lag behind its deposits. So an absence counts only after the settling delay, in two searches,
and when a later deposit is already visible to the same search, or a whole day has passed.
"""

import logging
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from chorus.accounts import watchers
from chorus.api import Chorus, ChorusError, Denied, InvoiceRow
from chorus.conf import Configuration, configuration
from chorus.models import Submission, TechnicalAccount, Transport
from chorus.reasons import NUMBER_TAKEN
from chorus.translate import NOT_DEPOSITED
from chorus.wiring import connect
from invoicing.models import Kind

logger = logging.getLogger(__name__)

ABSENCES_NEEDED = 2
# Searches a doubtful row makes before its settling delay is over: the answer is usually there within minutes.
LOOK_AGAIN = timedelta(minutes=2)
LONGEST_WAIT = timedelta(hours=1)


def settle_due(batch: int = 200) -> int:
    """Look once for every doubtful row whose time has come."""
    due = Submission.objects.here().deposits().filter(status=Submission.Status.IN_DOUBT, due_at__lte=timezone.now())
    settled = 0
    for submission in due.select_related("invoice__establishment", "account").order_by("due_at")[:batch]:
        try:
            settled += settle(submission)
        except ChorusError as error:
            logger.info("Submission %s stays in doubt: %s", submission.pk, error)
            look_later(submission, configuration())
        except Exception as error:
            hold_unforeseen(submission, error)
    return settled


def hold_unforeseen(submission: Submission, error: Exception) -> None:
    """One row that nobody foresaw keeps no other waiting: a person looks."""
    logger.error("Submission %s stopped", submission.pk, exc_info=error)
    submission.hold(type(error).__name__)


def settle(submission: Submission) -> bool:
    """One look. Returns whether the doubt is over."""
    config = configuration()
    seen = search_everywhere(submission)
    rows = [row for found in seen.values() for row in found]
    ours = next((row for row in rows if is_ours(submission, row)), None)
    if ours:
        submission.record(cpp_id=ours.cpp_id, answer=ours.raw)
        return True
    if rows and submission.said_duplicate:
        # The number is taken there by another invoice of this supplier: the refusal was true.
        return submission.settle_as_refused(reason=NUMBER_TAKEN)
    if not (seen and count_absence(submission, config) and _index_caught_up(submission, list(seen), config)):
        look_later(submission, config)
        return False
    return _give_back(submission)


def search_everywhere(submission: Submission) -> dict[TechnicalAccount, list[InvoiceRow]]:
    """What each account shows through which it may have left. One that is refused shows nothing, if another one does.

    Empty when no account of ours sees this supplier any more: then the doubt waits.
    """
    seen, refusal = {}, None
    for account in watchers(submission):
        try:
            with connect(account, submission=submission) as client:
                seen[account] = search(submission, client)
        except Denied as error:
            refusal = error
    if refusal and not seen:
        raise refusal
    return seen


def find_ours(submission: Submission, client: Chorus) -> InvoiceRow | None:
    """The invoice of Chorus Pro that an earlier attempt of this submission made, or None."""
    return next((row for row in search(submission, client) if is_ours(submission, row)), None)


def search(submission: Submission, client: Chorus) -> list[InvoiceRow]:
    """Every deposited invoice of this supplier under this very number."""
    return [
        row
        for row in client.every_invoice(supplier_id=submission.structure_cpp_id, number=submission.number)
        if row.cpp_id is not None and row.number == submission.number and row.status not in NOT_DEPOSITED
    ]


def is_ours(submission: Submission, row: InvoiceRow) -> bool:
    """Exactly what we sent: number, type, date, recipient and amount. Anything else proves nothing."""
    return (
        row.number == submission.number
        and row.kind == submission.invoice_kind
        and row.invoice_date == submission.issue_date
        and row.recipient_siret == submission.recipient_siret
        and same_amount(submission.invoice_kind, row.total_ttc, submission.total_ttc)
    )


def same_amount(kind: str, there: Decimal | None, here: Decimal) -> bool:
    """An avoir may be negative here and positive there: its type says which way the money goes."""
    return there is not None and (abs(there) == abs(here) if kind == Kind.CREDIT_NOTE else there == here)


def settling_delay(transport: str, config: Configuration) -> timedelta:
    """How long Chorus Pro may take to show a deposit: a file is made an invoice long after it was taken."""
    return config.flux_settling_delay if transport == Transport.FACTURX else config.settling_delay


def deadline(transport: str, config: Configuration) -> timedelta:
    """After so long an absence is believed although no later deposit is visible."""
    return config.doubt_deadline + settling_delay(transport, config) - config.settling_delay


def count_absence(submission: Submission, config: Configuration) -> bool:
    """Count this absence if the settling delay is over; True once there are enough."""
    if timezone.now() < submission.doubt_since + settling_delay(submission.transport, config):
        return False
    submission.absences += 1
    Submission.objects.filter(pk=submission.pk, status=Submission.Status.IN_DOUBT).update(absences=submission.absences)
    return submission.absences >= ABSENCES_NEEDED


def _index_caught_up(submission: Submission, accounts: list[TechnicalAccount], config: Configuration) -> bool:
    """Whether a search by the same accounts already shows a deposit made after ours could have been, and as ours."""
    if timezone.now() >= submission.doubt_since + deadline(submission.transport, config):
        return True
    latest_call = (submission.calling_since or submission.doubt_since) + timedelta(seconds=config.call_deadline)
    witness = (
        Submission.objects.here()
        .deposits()
        .filter(account__in=accounts, transport=submission.transport)
        .filter(status=Submission.Status.DEPOSITED, calling_since__gt=latest_call)
        .order_by("calling_since")
        .select_related("account")
        .first()
    )
    if witness is None:
        return False
    with connect(witness.account, submission=submission) as client:
        return any(row.cpp_id == witness.cpp_id for row in search(witness, client))


def look_later(submission: Submission, config: Configuration) -> None:
    """Soon while the answer may still show up; ever later when it takes hours, as a file does."""
    waited = (timezone.now() - submission.doubt_since) / 4
    wait = min(max(LOOK_AGAIN, waited), LONGEST_WAIT, settling_delay(submission.transport, config) / 4)
    Submission.objects.filter(pk=submission.pk, status=Submission.Status.IN_DOUBT).update(due_at=timezone.now() + wait)


def _give_back(submission: Submission) -> bool:
    """It is not there: try again, which looks first. Said to be a duplicate and yet nowhere: a person must look."""
    if submission.said_duplicate:
        return submission.hold("Chorus Pro dit cette facture déjà déposée, mais ne la montre pas.")
    return submission.requeue(source=Submission.Status.IN_DOUBT, at=timezone.now())

"""What became of a file that Chorus Pro took: its report is asked for until it says the end.

Looks grow apart, from CHORUS_FLUX_REPORT_DELAY (a minute) to sixty times that. A report that is not there, or a state
nobody knows, never pends for ever: after CHORUS_FLUX_REPORT_DEADLINE a person looks.
"""

import logging
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from chorus.api import Chorus, ChorusError, Denied, FluxReport
from chorus.api.flux import FAILED, INTEGRATED, PARTLY, REJECTED
from chorus.conf import configuration
from chorus.deposit import ATTEMPTS, next_try
from chorus.doubt import hold_unforeseen, is_ours, search
from chorus.facturx.motives import Fault, fault_of, reason_for
from chorus.models import Submission
from chorus.reasons import NUMBER_TAKEN
from chorus.wiring import connect
from invoicing.typography import french

logger = logging.getLogger(__name__)

ST = Submission.Status
# The longest wait between two looks, in first delays.
LONGEST_WAIT = 60

NO_END = (
    "Chorus Pro n'a pas dit la fin du fichier {flow} (dernier état : {state}). Cherchez-le dans « Suivi des flux »."
)
NOT_SHOWN = "Chorus Pro dit le fichier {flow} intégré, mais ne montre pas la facture. Cherchez-la sur Chorus Pro."
OUR_FAULT = "Chorus Pro a rejeté le fichier, sans que le fournisseur y puisse rien : « {reasons} »."
TAKEN_NOWHERE = "Chorus Pro dit cette facture déjà déposée, mais ne la montre pas."
NEVER_TREATED = "Chorus Pro n'a pas pu traiter le fichier, même après {attempts} envois."


def follow_due(budget: timedelta = timedelta(seconds=30)) -> int:
    """Ask for the reports that were due when we began. Returns how many were asked for."""
    start, asked = timezone.now(), 0
    while timezone.now() < start + budget:
        submission = take_next(start)
        if submission is None:
            break
        follow(submission)
        asked += 1
    return asked


def take_next(at: datetime) -> Submission | None:
    """The first row due by `at` whose look we win; None when there is none."""
    # A blocked account is mended, then asks; one that is no longer used may never be.
    works = Q(account__blocked_since__isnull=True) | Q(account__is_active=False)
    due = Submission.objects.here().deposits().filter(works, status=ST.AWAITING, due_at__lte=at)
    due = due.select_related("invoice", "account")
    return next((row for row in due.order_by("due_at", "pk")[:20] if row.take_look(next_at=next_look(row))), None)


def next_look(submission: Submission) -> datetime:
    """Half as long again as we have waited so far, between the first delay and sixty times that."""
    now, first = timezone.now(), configuration().flux_report_delay
    return now + min(max(first, (now - submission.awaiting_since) / 2), LONGEST_WAIT * first)


def follow(submission: Submission) -> None:
    """One look at one report. What it cannot tell yet waits for the next look."""
    try:
        with connect(submission.account, submission=submission) as client:
            report = client.flux_report(submission.flow_number)
            submission.keep_report(state=report.state, report=report.raw)
            conclude(submission, report, client)
    except Denied as error:
        submission.account.block(str(error))
        if not submission.account.is_active:
            _not_yet(submission)
    except ChorusError as error:
        logger.info("The report of submission %s is not there: %s", submission.pk, error)
        # An answer, whatever its code, says that there is no report; silence says nothing.
        if error.code is not None:
            _not_yet(submission)
    except Exception as error:
        hold_unforeseen(submission, error)


def conclude(submission: Submission, report: FluxReport, client: Chorus) -> None:
    """What a report means for the row: integrated, rejected, to send anew, or nothing yet."""
    reasons = reasons_in(report, submission.number)
    if report.state == INTEGRATED or (report.state == PARTLY and not reasons):
        _adopt(submission, client)
    elif report.state in (PARTLY, REJECTED):
        _reject(submission, reasons, client)
    elif report.state == FAILED:
        _send_anew(submission)
    else:
        _not_yet(submission)


def reasons_in(report: FluxReport, number: str) -> list[str]:
    """Why our invoice was not taken. Each file of ours holds one invoice, so an error without a number is its own."""
    ours = [error for error in report.errors if error.number in ("", number)]
    return [reason for error in ours for reason in error.reasons] + list(report.technical_errors)


def _adopt(submission: Submission, client: Chorus) -> None:
    """The invoice that came out of our file. The search may show it a while after the report."""
    page = client.search_invoices(
        supplier_id=submission.structure_cpp_id, number=submission.number, flow_number=submission.flow_number
    )
    ours = next((row for row in page.rows if row.cpp_id is not None and row.number == submission.number), None)
    if ours:
        submission.record(cpp_id=ours.cpp_id, answer=ours.raw)
    else:
        _not_yet(submission, NOT_SHOWN)


def _reject(submission: Submission, reasons: list[str], client: Chorus) -> None:
    match fault_of(reasons):
        case Fault.SUPPLIER:
            submission.settle_as_refused(source=ST.AWAITING, reason=french(reason_for(reasons)))
        case Fault.TAKEN:
            _settle_taken(submission, client)
        case Fault.PORTAL:
            told = " ; ".join(reasons) or "sans motif"
            submission.end_without_invoice(ST.HELD, french(OUR_FAULT.format(reasons=told)))


def _settle_taken(submission: Submission, client: Chorus) -> None:
    """« Already there » may be our own earlier attempt, whose answer was lost."""
    rows = search(submission, client)
    ours = next((row for row in rows if is_ours(submission, row)), None)
    if ours:
        submission.record(cpp_id=ours.cpp_id, answer=ours.raw)
    elif rows:
        submission.settle_as_refused(source=ST.AWAITING, reason=NUMBER_TAKEN)
    else:
        _not_yet(submission, TAKEN_NOWHERE)


def _send_anew(submission: Submission) -> None:
    """Not treated, Chorus Pro says: the whole file is to be sent again. The next attempt looks by number first."""
    if submission.attempt >= ATTEMPTS:
        submission.end_without_invoice(ST.HELD, NEVER_TREATED.format(attempts=submission.attempt))
    else:
        submission.requeue(source=ST.AWAITING, at=next_try(submission.attempt, None), error=submission.flow_state)


def _not_yet(submission: Submission, sentence: str = NO_END) -> None:
    """The next look is already due; past the deadline a person looks."""
    if timezone.now() >= submission.awaiting_since + configuration().flux_report_deadline:
        state = submission.flow_state or "aucun"
        submission.hold(french(sentence.format(flow=submission.flow_number, state=state)))

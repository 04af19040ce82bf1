"""Deposit: claim, commit, call, record. Exactly once is kept by four habits.

1. The claim moves invoice and submission together, or neither.
2. `calling_since` is committed before `soumettre` leaves: killed before, the row waits again; after, it is in doubt.
   The client gives up unsent when more than 5 s pass between the two.
3. Nothing is sent twice without looking first: every attempt after the first begins with a search.
4. What Chorus Pro answers is recorded however late it comes.

No transaction and no lock is held while we call.
"""

import hashlib
import logging
import re
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from chorus import directory
from chorus.accounts import route
from chorus.api import AnswerLost, Chorus, ChorusError, Denied, Refused, Submitted, Unavailable, submit_payload
from chorus.conf import configuration
from chorus.doubt import find_ours
from chorus.models import AttachedStructure, ClaimLost, Submission, TechnicalAccount
from chorus.reasons import reason_for
from chorus.wiring import connect
from invoicing.models import Invoice

logger = logging.getLogger(__name__)

# After this many attempts a row is held, if the account proved meanwhile that the fault is not everybody's.
ATTEMPTS = 5
LONGEST_WAIT = timedelta(hours=1)


class Unfit(Exception):
    """The invoice can no longer be sent as it is; the message is a French sentence for its supplier."""


def queue_ready(batch: int = 500) -> int:
    """Give every approved invoice whose time has come a submission. Run twice, the constraint makes it harmless."""
    environment, now = configuration().environment, timezone.now()
    open_ones = Submission.objects.filter(
        invoice=OuterRef("pk"), kind=Submission.Kind.DEPOSIT, status__in=Submission.OPEN
    )
    ready = Invoice.objects.ready_to_send(now).filter(~Exists(open_ones)).values_list("pk", flat=True)[:batch]
    queued = 0
    for invoice_id in ready:
        try:
            with transaction.atomic():
                Submission.objects.create(invoice_id=invoice_id, environment=environment)
            queued += 1
        except IntegrityError:
            continue  # another worker was faster
    return queued


def send_due(budget: timedelta = timedelta(seconds=50)) -> int:
    """Claim and send, one row after the other, until the time budget is used up or nothing is left of what was due.

    What falls due meanwhile waits for the next sweep: a row that fails at once would be tried without end.
    """
    start, sent = timezone.now(), 0
    while timezone.now() < start + budget:
        submission = claim_next(start)
        if submission is None:
            break
        send(submission)
        sent += 1
    return sent


def claim_next(at: datetime | None = None) -> Submission | None:
    """The first row due by `at` (now) that we win, now ours; None when there is none."""
    due = Submission.objects.due(at or timezone.now()).select_related("invoice__establishment", "invoice__recipient")
    for submission in due[:20]:
        structure = route(submission.invoice.establishment)
        if structure is None:
            wait_for_attachment(submission)
        elif not structure.account.blocked_since and submission.claim(frozen=freeze(submission.invoice, structure)):
            return submission
    return None


def freeze(invoice: Invoice, structure: AttachedStructure) -> dict:
    """What this attempt sends and what a later search compares with."""
    return {
        "account": structure.account,
        "structure_cpp_id": structure.cpp_id,
        "recipient_siret": invoice.recipient.siret,
        "number": invoice.number,
        "invoice_kind": invoice.kind,
        "issue_date": invoice.issue_date,
        "total_ttc": invoice.total_ttc,
        "sent_sha256": invoice.document_sha256,
        "payload": submit_payload(
            number=invoice.number,
            invoice_date=invoice.issue_date,
            supplier_id=structure.cpp_id,
            recipient_siret=invoice.recipient.siret,
            service_code=invoice.service_code,
            engagement_number=invoice.engagement_number,
            contract_number=invoice.contract_number,
            kind=invoice.kind,
            origin_number=invoice.origin_number,
            total_ht=invoice.total_ht,
            total_tva=invoice.total_tva,
            total_ttc=invoice.total_ttc,
            net_to_pay=invoice.net_to_pay if invoice.net_to_pay is not None else invoice.total_ttc,
        ),
    }


def wait_for_attachment(submission: Submission) -> None:
    """Nobody attached this supplier to an account of ours: nothing left, the invoice can still be taken back."""
    Submission.objects.filter(pk=submission.pk, status=Submission.Status.QUEUED).update(
        status=Submission.Status.BLOCKED, last_error="La structure du fournisseur n'est rattachée à aucun compte."
    )


def send(submission: Submission) -> None:
    """Carry one claimed deposit to its end."""
    carry(submission, _attempt)


def carry(submission: Submission, attempt: Callable[[Submission, Chorus], None]) -> None:
    """Never raises for what Chorus Pro does; what we do not foresee is held."""
    try:
        with connect(submission.account, submission=submission) as client:
            attempt(submission, client)
    except ClaimLost:
        logger.warning("Submission %s belongs to another worker now: nothing was sent", submission.pk)
    except Exception as error:
        # The process lives: no need to wait for the lease. What may have left is in doubt, else a person looks.
        logger.exception("Submission %s stopped", submission.pk)
        submission.doubt(type(error).__name__) if submission.calling_since else submission.hold(type(error).__name__)


def _attempt(submission: Submission, client: Chorus) -> None:
    try:
        submitted = _look_then_submit(submission, client)
    except Unfit as problem:
        submission.refuse("", reason=str(problem))
    except Refused as error:
        _believe(submission, error)
    except ChorusError as error:
        cope(submission, error)
    else:
        record(submission, submitted)


def cope(submission: Submission, error: ChorusError) -> None:
    """Anything but a refusal: later, our account, in doubt, or a person must look."""
    match error:
        case Unavailable():
            _retry(submission, error)
        case Denied():
            submission.account.block(str(error))
            submission.block(error)
        case AnswerLost():
            submission.doubt(error)
        case _:
            submission.hold(error)


def _look_then_submit(submission: Submission, client: Chorus) -> Submitted:
    """The calls of one attempt, in order. Returns what Chorus Pro stored, now or at an earlier attempt."""
    _still_fit(submission.invoice, client)
    if submission.attempt > 1 or submission.invoice.was_self_deposit:
        found = find_ours(submission, client)
        if found:
            return Submitted(
                cpp_id=found.cpp_id, number=found.number, status=found.status, deposit_date=None, raw=found.raw
            )
    name = file_name(submission.number)
    submission.keep_piece(client.add_file(name, _content(submission)))
    return client.submit(submission.payload, submission.piece_id, name, before_send=submission.about_to_call)


def _still_fit(invoice: Invoice, client: Chorus) -> None:
    """The recipient may have changed its demands since the review."""
    recipient = invoice.recipient
    directory.refresh_if_older(client, recipient, configuration().requirements_age)
    missing = directory.missing_reference(recipient, invoice.engagement_number, invoice.service_code)
    if missing:
        raise Unfit(missing)


def _content(submission: Submission) -> bytes:
    """The untouched original; bytes that are not those we received never leave."""
    with submission.invoice.document.open("rb") as document:
        content = document.read()
    if hashlib.sha256(content).hexdigest() != submission.sent_sha256:
        raise ValueError("the stored file is not the one that was received")
    return content


def file_name(number: str) -> str:
    """The number made a file name: at most 50 characters with its extension, as Chorus Pro wants."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", number).strip("-")[:40] + ".pdf"


def record(submission: Submission, submitted: Submitted) -> None:
    """Keep the ids and the raw answer; from here on the news tell the rest."""
    submission.record(cpp_id=submitted.cpp_id, answer=submitted.raw)
    TechnicalAccount.objects.filter(pk=submission.account_id).update(last_success_at=timezone.now())


def _retry(submission: Submission, error: Unavailable) -> None:
    """Chorus Pro never took it. An outage never holds a row; a row that alone keeps failing is shown to a person."""
    account = TechnicalAccount.objects.get(pk=submission.account_id)
    others_pass = account.last_success_at and account.last_success_at > submission.first_tried_at
    if submission.attempt >= ATTEMPTS and others_pass:
        submission.hold(error)
    else:
        submission.retry_later(error, at=next_try(submission.attempt, error.retry_after))


def next_try(attempt: int, retry_after: float | None) -> datetime:
    """Doubles from RETRY_DELAY up to an hour, or what the far side asked for if longer."""
    wait = min(configuration().retry_delay * 2 ** min(attempt - 1, 10), LONGEST_WAIT)
    return timezone.now() + max(wait, timedelta(seconds=min(retry_after or 0, 3600)))


def _believe(submission: Submission, error: Refused) -> None:
    """A refusal is the invoice's, unless it says « already there »: that may be our own earlier deposit."""
    if error.is_duplicate:
        submission.doubt(error, said_duplicate=True)
    else:
        submission.refuse(error, reason=reason_for(error))


def release_expired() -> int:
    """Rows whose worker is gone for longer than the lease."""
    gone = timezone.now() - configuration().lease
    stuck = Submission.objects.here().deposits().filter(status=Submission.Status.SENDING, claimed_at__lt=gone)
    return sum(submission.expire() for submission in stuck.select_related("invoice"))

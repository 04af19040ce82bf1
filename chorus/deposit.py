"""Deposit: claim, commit, call, record. Exactly once is kept by four habits.

1. The claim moves invoice and submission together, or neither.
2. `calling_since` is committed before the deposit leaves: killed before, the row waits again; after, it is in doubt.
   The client gives up unsent when more than 5 s pass between the two.
3. Nothing is sent twice without looking first: every attempt after the first begins with a search.
4. What Chorus Pro answers is recorded however late it comes.

No transaction and no lock is held while we call.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from chorus import directory, transports
from chorus.api import AnswerLost, Chorus, ChorusError, Denied, NotAllowed, Refused, Unavailable
from chorus.conf import configuration
from chorus.doubt import find_ours
from chorus.models import AttachedStructure, Breaker, ClaimLost, Submission, SubmissionQuerySet, TechnicalAccount
from chorus.models.breaker import with_jitter
from chorus.reasons import reason_for
from chorus.wiring import Clients, at_once
from invoicing.lifecycle import ON_CHORUS, TransitionError
from invoicing.models import Invoice
from invoicing.reading import Busy

logger = logging.getLogger(__name__)

# After this many attempts a row is held, if the account proved meanwhile that the fault is not everybody's.
ATTEMPTS = 5
MOST_DELAYS = 60  # the longest wait between two attempts, in RETRY_DELAY
ODD_WAIT = timedelta(hours=1)  # before a row that broke our own code is tried again
# A row is lost when its invoice moved between our look and our claim: then the next one is tried.
CLAIM_TRIES = 20
WORDING_KEPT = timedelta(seconds=5)
TOO_MANY = 429
ROWS_FOR_A_THREAD = 5
READERS_BUSY = "Le portail prépare déjà trop de fichiers à la fois : celui-ci attend son tour."


class Unfreezable(Exception):
    """What this row sends cannot even be put together."""

    def __init__(self, submission: Submission):
        super().__init__(submission.pk)
        self.submission = submission


class Unfit(Exception):
    """The invoice can no longer be sent as it is; the message is a French sentence for its supplier."""


def queue_ready(batch: int = 500) -> int:
    """Give every approved invoice whose time has come a submission. Where another worker was faster, the constraint
    leaves his. Returns how many had none when we looked."""
    environment, now = configuration().environment, timezone.now()
    _drop_overtaken()
    open_ones = Submission.objects.deposits().filter(invoice=OuterRef("pk"), status__in=Submission.OPEN)
    ready = Invoice.objects.ready_to_send(now).filter(~Exists(open_ones)).order_by("send_after", "pk")
    rows = [
        Submission(invoice_id=invoice_id, environment=environment)
        for invoice_id in ready.values_list("pk", flat=True)[:batch]
    ]
    return len(Submission.objects.bulk_create(rows, ignore_conflicts=True))


def _drop_overtaken() -> None:
    """Rows queued in the very instant in which their invoice was adopted: nothing was done with them, nor ever will."""
    queued = Submission.objects.here().deposits().filter(status=Submission.Status.QUEUED, attempt=0)
    queued.filter(invoice__status__in=ON_CHORUS).delete()


def send_due(budget: timedelta = timedelta(seconds=50)) -> int:
    """Claim and send until the time budget is used up or nothing is left of what was due; in threads if much is.

    What falls due meanwhile waits for the next sweep: a row that fails at once would be tried without end.
    """
    start, most = timezone.now(), configuration().deposit_threads
    due = Submission.objects.due(start)
    due.wait_for_attachment()
    threads = min(most, due[: most * ROWS_FOR_A_THREAD].count() // ROWS_FOR_A_THREAD)
    return sum(at_once(lambda _: _send_in_turn(start, budget), range(max(1, threads))))


def _send_in_turn(start: datetime, budget: timedelta) -> int:
    sent, due = 0, claims(start)
    with Clients() as clients:
        while timezone.now() < start + budget:
            submission = due.next()
            if submission is None:
                break
            send(submission, clients)
            sent += 1
    return sent


def claim_next(at: datetime | None = None) -> Submission | None:
    """The first row due by `at` (now) that we win, now ours; None when there is none."""
    return claims(at or timezone.now()).next()


def claims(at: datetime) -> "Claims":
    """The deposits due by `at`, one claim after the other."""
    rows = Submission.objects.select_related("invoice__establishment", "invoice__recipient")
    rows = rows.defer("invoice__reading", "invoice__verdict", "invoice__iban")
    return Claims(Submission.objects.due(at), rows, lambda row, structure: freeze(row.invoice, structure))


class Claims:
    """Takes one row after the other from `due`, each read as `rows` say. For one thread of one sweep.

    PostgreSQL passes over rows that other workers are claiming, SQLite lets one transaction in after the other. The
    claim compares and sets in any case: people do not lock what they change.

    Wording the query that finds the next row takes longer than asking it, so its text serves for some seconds. What it
    says of pauses is as old: we only wait a little longer than we must.
    """

    def __init__(
        self, due: SubmissionQuerySet, rows: SubmissionQuerySet, frozen: Callable[[Submission, AttachedStructure], dict]
    ):
        self._due, self._rows, self._frozen = due, rows, frozen
        self._worded_at: datetime | None = None

    def next(self) -> Submission | None:
        """The first that can leave and that we win; None when there is none."""
        for _ in range(CLAIM_TRIES):
            try:
                found, won = self._try_first()
            except Unfreezable as odd:
                # Data nobody foresaw must not keep those behind it from leaving.
                logger.exception("Submission %s could not be frozen", odd.submission.pk)
                odd.submission.postpone(odd.__cause__, at=timezone.now() + ODD_WAIT)
                continue
            if won or not found:
                return won
            # Its route may have gone since the question was worded.
            self._worded_at = None
        return None

    def _try_first(self) -> tuple[bool, Submission | None]:
        """Whether there is a row, and the row if we won it: one short transaction."""
        with transaction.atomic():
            found = next(iter(self._rows.model.objects.raw(*self._question())), None)
            if found is None:
                return False, None
            submission = self._rows.get(pk=found.pk)
            if self._take(submission, found.route):
                return True, submission
            transaction.set_rollback(True)
        return True, None

    def _take(self, submission: Submission, route: int) -> bool:
        structure = AttachedStructure.objects.select_related("account__breaker").filter(pk=route).first()
        if structure is None or not _may_leave(structure.account):
            return False
        try:
            frozen = self._frozen(submission, structure)
        except Exception as error:
            raise Unfreezable(submission) from error
        return submission.claim(frozen=frozen)

    def _question(self) -> tuple[str, tuple]:
        now = timezone.now()
        if self._worded_at is None or now > self._worded_at + WORDING_KEPT:
            first = self._due.sendable().select_for_update(skip_locked=True, of=("self",)).only("pk")[:1]
            self._worded, self._worded_at = first.query.sql_with_params(), now
        return self._worded


def _may_leave(account: TechnicalAccount) -> bool:
    """While all of them fail, one row at a time tries: this one, unless another worker's is under way."""
    breaker = getattr(account, "breaker", None)
    return breaker is None or not breaker.is_open or breaker.take_trial(timezone.now() + configuration().lease)


def freeze(invoice: Invoice, structure: AttachedStructure) -> dict:
    """What a later search compares with, and what this attempt sends."""
    return {
        "account": structure.account,
        "structure_cpp_id": structure.cpp_id,
        "recipient_siret": invoice.recipient.siret,
        "number": invoice.number,
        "invoice_kind": invoice.kind,
        "issue_date": invoice.issue_date,
        **transports.freeze(invoice, structure.cpp_id),
    }


def send(submission: Submission, clients: Clients) -> None:
    """Carry one claimed deposit to its end."""
    carry(submission, _attempt, clients)


def carry(submission: Submission, attempt: Callable[[Submission, Chorus], None], clients: Clients) -> None:
    """Never raises for what Chorus Pro does; what we do not foresee is held."""
    try:
        with clients.acting(submission.account, submission) as client:
            attempt(submission, client)
    except ClaimLost:
        logger.warning("Submission %s belongs to another worker now: nothing was sent", submission.pk)
    except Exception as error:
        # The process lives: no need to wait for the lease. What may have left is in doubt, else a person looks.
        logger.exception("Submission %s stopped", submission.pk)
        submission.doubt(type(error).__name__) if submission.calling_since else submission.hold(type(error).__name__)
    finally:
        submission.account.end_trial(timezone.now() + configuration().retry_delay)


def _attempt(submission: Submission, client: Chorus) -> None:
    try:
        _look_then_send(submission, client)
    except Unfit as problem:
        submission.refuse("", reason=str(problem))
    except Busy:
        # Our own want of processes says nothing about Chorus Pro, nor about this invoice.
        soon = timezone.now() + with_jitter(configuration().retry_delay)
        submission.retry_later(READERS_BUSY, at=soon, strikes=submission.strikes)
    except Refused as error:
        _believe(submission, error)
    except ChorusError as error:
        cope(submission, error)
    else:
        submission.account.works()


def cope(submission: Submission, error: ChorusError) -> None:
    """Anything but a refusal: later, our account, in doubt, or a person must look."""
    match error:
        case Unavailable():
            _retry(submission, error)
        case AnswerLost():
            _count_failure(submission)
            submission.doubt(error)
        case NotAllowed():
            AttachedStructure.objects.of(submission).get().not_allowed()
            submission.block(error)
        case Denied():
            submission.account.block(str(error))
            submission.block(error)
        case _:
            submission.hold(error)


def _look_then_send(submission: Submission, client: Chorus) -> None:
    """The calls of one attempt, in order; records what Chorus Pro stored, now or at an earlier attempt."""
    _still_fit(submission.invoice, client)
    found = find_ours(submission, client) if _may_be_there(submission) else None
    if found:
        submission.record(cpp_id=found.cpp_id, answer=found.raw)
    else:
        transports.send(submission, client)


def _may_be_there(submission: Submission) -> bool:
    """Whether an earlier attempt, one that an agent gave back, or the supplier himself may have deposited it."""
    if submission.attempt > 1 or submission.invoice.was_self_deposit:
        return True
    others = submission.invoice.submissions.deposits().exclude(pk=submission.pk)
    return others.filter(calling_since__isnull=False).exists()


def _still_fit(invoice: Invoice, client: Chorus) -> None:
    """The recipient may have changed its demands since the review."""
    recipient = invoice.recipient
    directory.refresh_if_older(client, recipient, configuration().requirements_age)
    missing = directory.missing_reference(recipient, invoice.engagement_number, invoice.service_code)
    if missing:
        raise Unfit(missing)


def _retry(submission: Submission, error: Unavailable) -> None:
    """Chorus Pro never took it. An outage never holds a row; a row that alone keeps failing is shown to a person."""
    too_many = error.http_status == TOO_MANY
    strikes = submission.strikes + (not too_many and _count_failure(submission))
    if strikes >= ATTEMPTS:
        submission.hold(error)
    else:
        submission.retry_later(error, at=next_try(submission.attempt, error.retry_after), strikes=strikes)


def _count_failure(submission: Submission) -> bool:
    """Tell the account's breaker. Returns whether it is this row's own trouble."""
    with Breaker.changing(submission.account) as breaker:
        return breaker.failed(
            submission.invoice_id, claimed_at=submission.claimed_at, pause=configuration().retry_delay
        )


def next_try(attempt: int, retry_after: float | None) -> datetime:
    """Doubles from RETRY_DELAY up to sixty times that, an hour by default, or what the far side asked for if longer; a
    little later by chance."""
    wait = configuration().retry_delay * min(2 ** min(attempt - 1, 10), MOST_DELAYS)
    return timezone.now() + with_jitter(max(wait, timedelta(seconds=min(retry_after or 0, 3600))))


def _believe(submission: Submission, error: Refused) -> None:
    """A refusal is the invoice's, unless it says « already there », which may be our own earlier deposit, or unless
    one supplier after the other hears the same."""
    if error.is_duplicate:
        submission.doubt(error, said_duplicate=True)
    else:
        _weigh(submission, error)


def _weigh(submission: Submission, error: Refused) -> None:
    """Its own fault goes to the supplier. A trial that hears the same refusal again is shown to a person, who may give
    it back; the others wait."""
    with Breaker.changing(submission.account) as breaker:
        was_paused, is_trial = breaker.paused_since, breaker.is_resuming
        believed = breaker.refuse(
            f"{error.operation} {error.message_code or error.code}",
            error.label,
            supplier_id=submission.invoice.supplier_id,
            invoice_id=submission.invoice_id,
        )
    if believed:
        submission.refuse(error, reason=reason_for(error))
    else:
        submission.hold(error) if is_trial else submission.block(error)
    if breaker.paused_since and not (was_paused or is_trial):
        _doubt_the_first(breaker, submission)


def _doubt_the_first(breaker: Breaker, submission: Submission) -> None:
    """Those that were believed before went back to their suppliers: staff may have to call them."""
    logger.error("Account %s is paused: %s", breaker.account_id, breaker.paused_reason)
    for invoice in Invoice.objects.filter(pk__in=breaker.refused.values()).exclude(pk=submission.invoice_id):
        invoice.flag(f"{breaker.paused_reason}. Cette facture n'est peut-être pas en cause.")


def release_expired() -> int:
    """Rows whose worker is gone for longer than the lease."""
    gone = timezone.now() - configuration().lease
    stuck = Submission.objects.here().deposits().filter(status=Submission.Status.SENDING, claimed_at__lt=gone)
    return sum(map(release, stuck.select_related("invoice")))


def release(submission: Submission) -> bool:
    """Ours again. One whose invoice moved meanwhile (a late answer to an earlier row) is shown to a person."""
    try:
        return submission.expire()
    except TransitionError as error:
        return submission.hold(error)

"""Returns: what suppliers answer to invoices that came back, carried as deposits are (claim, commit, call, record).

Our act never sets a Chorus status, it is read back as news. Whether an act arrived is seen in the invoice's history:
before anything leaves, the ids of the lines that are already there are committed; a line that is new since, and says
what our act causes, is its trace. No clock takes part in that. Every attempt after the first looks for it.
"""

import logging
from collections.abc import Callable
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from chorus import deposit, directory, plain
from chorus.accounts import watchers
from chorus.api import Chorus, ChorusError, History, Refused
from chorus.conf import configuration
from chorus.doubt import count_absence, hold_unforeseen, look_later
from chorus.models import AttachedStructure, Return, Submission
from chorus.reasons import NOT_AWAITED, reason_for_reply
from chorus.wiring import Clients, connect
from invoicing.models import Reply

logger = logging.getLogger(__name__)

Kind = Submission.Kind
KIND_OF = {
    Reply.Kind.ANSWER: Kind.COMPLETE,
    Reply.Kind.REROUTE: Kind.RECYCLE,
    Reply.Kind.ACKNOWLEDGE: Kind.ACKNOWLEDGE,
}
# What Chorus Pro writes in the history when it took the act. Which line follows `recycler` is told nowhere: any of
# those of an invoice on its way is one.
TRACES = {
    Kind.COMPLETE: frozenset({"COMPLETEE"}),
    Kind.RECYCLE: frozenset({"DEPOSEE", "EN_COURS_ACHEMINEMENT", "MISE_A_DISPOSITION"}),
    # No status follows `traiterRejet`; marking a rejection as treated twice is the same as once.
    Kind.ACKNOWLEDGE: frozenset(),
}


def returns():
    """Rows of this environment that carry a reply."""
    return Return.objects.here().exclude(kind=Kind.DEPOSIT)


def queue_written(batch: int = 500) -> int:
    """Give every reply a person wrote its row. Run twice, the constraints make it harmless."""
    deposits = Submission.objects.here().deposits().filter(status=Submission.Status.DEPOSITED)
    waiting = Reply.objects.filter(
        state=Reply.State.WAITING, submission__isnull=True, invoice__submissions__in=deposits
    ).distinct()
    return sum(_queue(reply, deposits.filter(invoice=reply.invoice_id).latest("pk")) for reply in waiting[:batch])


def _queue(reply: Reply, deposited: Submission) -> bool:
    try:
        with transaction.atomic():
            Return.objects.create(
                invoice_id=reply.invoice_id,
                reply=reply,
                kind=KIND_OF[reply.kind],
                environment=deposited.environment,
                cpp_id=deposited.cpp_id,
                number=deposited.number,
            )
    except IntegrityError:
        open_ones = Return.objects.filter(invoice=reply.invoice_id, kind=KIND_OF[reply.kind], status__in=Return.OPEN)
        if not open_ones.exists() and not Return.objects.filter(reply=reply).exists():
            # Not that another worker was faster: something is wrong with this one, and the others go on.
            logger.exception("Reply %s could not be queued", reply.pk)
        return False
    return True


def send_due(budget: timedelta = timedelta(seconds=30)) -> int:
    """Claim and carry, one row after the other, what was due when we began."""
    start, sent = timezone.now(), 0
    due = returns().waiting(start)
    due.wait_for_attachment()
    claims = deposit.Claims(due, returns().select_related("invoice__establishment", "reply"), frozen)
    with Clients() as clients:
        while timezone.now() < start + budget:
            act = claims.next()
            if act is None:
                break
            deposit.carry(act, _attempt, clients)
            sent += 1
    return sent


def frozen(_act: Return, structure: AttachedStructure) -> dict:
    """What the claim copies: through whom this attempt leaves."""
    return {"account": structure.account, "structure_cpp_id": structure.cpp_id}


def _attempt(act: Return, client: Chorus) -> None:
    try:
        answer = _look_then_act(act, client)
    except deposit.Unfit as problem:
        act.refuse("", reason=str(problem))
    except Refused as error:
        _believe(act, error)
    except ChorusError as error:
        deposit.cope(act, error)
    else:
        act.done(answer)
        act.account.works()


def _look_then_act(act: Return, client: Chorus) -> dict:
    history = client.history(act.cpp_id)
    if "lines" not in act.payload:
        act.remember(lines=[entry.id for entry in history.entries])
    elif has_trace(act, history):
        return {}
    return ACTS[act.kind](act, client)


def has_trace(act: Return, history: History) -> bool:
    """Whether the history holds a line that came since the first attempt and tells that our act was taken."""
    before = set(act.payload.get("lines", []))
    return any(entry.id not in before and entry.status in TRACES[act.kind] for entry in history.entries)


def _complete(act: Return, client: Chorus) -> dict:
    pieces = [plain.upload(attachment, client) for attachment in act.reply.attachments.all()]
    taken = client.complete(act.cpp_id, comment=act.reply.comment, attachments=pieces, before_send=act.about_to_call)
    return taken.raw


def _recycle(act: Return, client: Chorus) -> dict:
    reply = act.reply
    directory.refresh_if_older(client, reply.recipient, configuration().requirements_age)
    missing = directory.missing_reference(reply.recipient, reply.engagement_number, reply.service_code)
    if missing:
        raise deposit.Unfit(missing)
    taken = client.recycle(
        act.cpp_id,
        recipient_siret=reply.recipient.siret,
        service_code=reply.service_code,
        engagement_number=reply.engagement_number,
        comment=reply.comment,
        before_send=act.about_to_call,
    )
    return taken.raw


def _acknowledge(act: Return, client: Chorus) -> dict:
    client.acknowledge_rejections([act.cpp_id], before_send=act.about_to_call)
    return {}


ACTS: dict[str, Callable[[Return, Chorus], dict]] = {
    Kind.COMPLETE: _complete,
    Kind.RECYCLE: _recycle,
    Kind.ACKNOWLEDGE: _acknowledge,
}


def _believe(act: Return, error: Refused) -> None:
    """« Not suspended » after an attempt that may have left could be the fruit of that attempt: look once more."""
    if act.doubt_since and not act.said_duplicate:
        act.doubt(error, said_duplicate=True)
    else:
        act.refuse(error, reason=reason_for_reply(error))


def release_expired() -> int:
    """Rows whose worker is gone for longer than the lease."""
    gone = timezone.now() - configuration().lease
    stuck = returns().filter(status=Submission.Status.SENDING, claimed_at__lt=gone)
    return sum(map(deposit.release, stuck.select_related("invoice", "reply")))


def settle_due(batch: int = 200) -> int:
    """Look once for every doubtful row whose time has come. Returns how many doubts are over."""
    due = returns().filter(status=Submission.Status.IN_DOUBT, due_at__lte=timezone.now())
    settled = 0
    for act in due.select_related("invoice__establishment", "reply", "account").order_by("due_at")[:batch]:
        try:
            settled += settle(act)
        except ChorusError as error:
            logger.info("Return %s stays in doubt: %s", act.pk, error)
            look_later(act, configuration())
        except Exception as error:
            hold_unforeseen(act, error)
    return settled


def settle(act: Return) -> bool:
    """One look into the history. Its absence is believed after the settling delay only, then the act is tried again."""
    config = configuration()
    seeing = watchers(act)
    if not seeing:
        look_later(act, config)
        return False
    with connect(seeing[0], submission=act, config=config) as client:
        if has_trace(act, client.history(act.cpp_id)):
            return act.done({})
    if not count_absence(act, config):
        look_later(act, config)
        return False
    if act.said_duplicate:
        return act.settle_as_refused(reason=NOT_AWAITED)
    return act.requeue(source=Submission.Status.IN_DOUBT, at=timezone.now())

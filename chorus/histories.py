"""What Chorus Pro tells of one invoice, taken over: its history, where it stands now, or kept aside for people."""

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from chorus.api import Chorus, Denied, History, HistoryEntry, NotAllowed, Unavailable
from chorus.models import SetAside, Submission
from chorus.translate import to_status
from invoicing.lifecycle import OFFICIAL_LABELS
from invoicing.models import Invoice

logger = logging.getLogger(__name__)

HAIR = timedelta(microseconds=1)
# So many in a row that cannot be read are an outage: who asks stops and comes back.
MOST_SILENT_ROWS = 5


def invoice_of(cpp_id: int, environment: str) -> Invoice | None:
    deposit = Submission.objects.filter(environment=environment, cpp_id=cpp_id, kind=Submission.Kind.DEPOSIT)
    return Invoice.objects.filter(submissions__in=deposit).first()


def ask(cpp_id: int, client: Chorus, environment: str) -> None:
    """Read one invoice's history and take over where it stands."""
    invoice = invoice_of(cpp_id, environment)
    if invoice is None:
        return
    try:
        history = client.history(cpp_id)
        apply(invoice, cpp_id, history, environment, history.current_status, since(invoice, history))
    except Exception as error:
        if is_everybodys(error):
            raise
        logger.exception("News of %s could not be applied", cpp_id)
        set_aside(cpp_id, invoice.number, {}, environment, error)


def is_everybodys(error: Exception) -> bool:
    """Nobody answers, or our account is refused: not this row's fault. It comes back with a later sweep."""
    return isinstance(error, (Unavailable, Denied)) and not isinstance(error, NotAllowed)


def since(invoice: Invoice, history: History) -> datetime | None:
    """Since when it has the status its history ends with. Dates of the history stop at the minute, ours come from rows
    and are finer: a status that follows ours within our minute is dated a hair after ours, so that it counts, and yet
    no row read earlier comes before it. Whatever does not clearly follow keeps its date: nothing goes back."""
    last = max((entry for entry in history.entries if entry.at), key=lambda entry: (entry.at, entry.id), default=None)
    if last is None:
        return None
    known_at = invoice.chorus_status_at
    same_minute = known_at and last.at == known_at.replace(second=0, microsecond=0)
    return known_at + HAIR if same_minute and _follows(last, invoice, history) else last.at


def _follows(last: HistoryEntry, invoice: Invoice, history: History) -> bool:
    """Whether the history shows our status before its last line, which is a known one and still in force."""
    status = to_status(last.status)
    if status in (None, invoice.status) or last.status != history.current_status:
        return False
    alike = (entry for entry in history.entries if entry.at == last.at and to_status(entry.status) == invoice.status)
    return any(entry.id < last.id for entry in alike)


def apply(
    invoice: Invoice,
    cpp_id: int,
    history: History,
    environment: str,
    word: str,
    at: datetime | None,
    comment: str = "",
) -> None:
    """Keep the history lines we do not have, then the status: one short transaction."""
    latest = max((entry.at for entry in history.entries if entry.at), default=timezone.now())
    with transaction.atomic():
        for entry in sorted(history.entries, key=lambda entry: (entry.at or latest, entry.id)):
            status = to_status(entry.status)
            invoice.add_history(
                f"{environment}:{entry.id}",
                status,
                entry.at or latest,
                label=OFFICIAL_LABELS[status] if status else entry.status,
                comment=entry.comment,
            )
        invoice.apply_news(to_status(word), at or latest, word=word, comment=comment)
        Submission.objects.filter(environment=environment, cpp_id=cpp_id).update(heard_at=timezone.now())
        SetAside.objects.filter(environment=environment, cpp_id=cpp_id, solved_at__isnull=True).update(
            solved_at=timezone.now()
        )


def set_aside(cpp_id: int, number: str, raw: dict, environment: str, error: Exception) -> None:
    """Keep it for staff. What an agent filed stays filed while Chorus Pro tells nothing else about it."""
    reason = f"{type(error).__name__}: {error}"[:500]
    known = SetAside.objects.filter(environment=environment, cpp_id=cpp_id, filed_by__isnull=False).first()
    if known and known.solved_at and (known.row, known.reason) == (raw, reason):
        return
    SetAside.objects.update_or_create(
        environment=environment,
        cpp_id=cpp_id,
        defaults={
            "number": number[:60],
            "row": raw,
            "reason": reason,
            "solved_at": None,
            "filed_by": None,
            "filed_reason": "",
        },
    )


def those_that_answer(rows: Iterable, read: Callable) -> Iterator:
    """The rows that could be read. One whose history never comes keeps no other waiting; too many in a row are an
    outage, and the rest comes later."""
    silent = 0
    for row in rows:
        try:
            read(row)
        except (Unavailable, Denied) as error:
            logger.info("%s could not be asked for: %s", row, error)
            silent += 1
            if silent == MOST_SILENT_ROWS:
                return
        else:
            silent = 0
            yield row

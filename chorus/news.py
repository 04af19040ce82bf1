"""News: what changed on Chorus Pro since we last looked, at a cost that grows with what changed.

One search per account over « date of the present status », by Chorus Pro's own clock, read page by page from the last
to the first: a row that changes while we read leaves its place, and the ones behind it move towards the pages still to
be read. The overlap makes the search right even if its bounds count as whole days. Reading a row twice is harmless.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from chorus.adoption import adopt
from chorus.api import Chorus, Denied, History, InvoicePage, InvoiceRow, Unavailable
from chorus.conf import configuration
from chorus.models import Cursor, SetAside, Submission, TechnicalAccount
from chorus.translate import to_status
from chorus.wiring import accounts_in_use, connect
from invoicing.lifecycle import OFFICIAL_LABELS, ON_CHORUS, SETTLED
from invoicing.models import Invoice

logger = logging.getLogger(__name__)

PAGE_SIZE = 100
MAXIMUM = 5000
SWEEP_LEASE = timedelta(minutes=10)
# Chorus Pro's clock may be ahead of ours: the right end of a sweep leaves it this much room.
CLOCK_ROOM = timedelta(days=1)
SMALLEST_WINDOW = timedelta(minutes=1)
READS_OF_A_WINDOW = 3


class Overfull(Exception):
    """A window that cannot be halved any more still holds more rows than a search shows."""


@dataclass(frozen=True)
class Window:
    """The bounds of one search, aware."""

    start: datetime
    end: datetime

    def halves(self) -> tuple["Window", "Window"]:
        middle = self.start + (self.end - self.start) / 2
        return Window(self.start, middle), Window(middle, self.end)


def read_all() -> int:
    """Sweep every account once. Returns how many rows of ours changed."""
    changed = 0
    for account in accounts_in_use(configuration().environment).filter(blocked_since__isnull=True):
        cursor, _ = Cursor.objects.get_or_create(account=account)
        if cursor.take(SWEEP_LEASE):
            changed += _sweep(account, cursor)
    return changed


def _sweep(account: TechnicalAccount, cursor: Cursor) -> int:
    """Read and apply; on any error the position stays where it was."""
    cursor.refresh_from_db()
    try:
        with connect(account) as client:
            rows = read_window(client, window_of(cursor))
            changed = sum(take(row, client, account.environment) for row in rows)
            retry_set_aside(client, account.environment)
    except Exception as error:
        if isinstance(error, Denied):
            account.block(str(error))
        logger.warning("The news of account %s could not be read: %s", account.pk, error)
        cursor.release(error=error)
        return 0
    latest = max((row.status_at for row in rows if row.status_at), default=None)
    cursor.release(position=max(filter(None, (latest, cursor.position)), default=None))
    return changed


def window_of(cursor: Cursor) -> Window:
    """From a while before what was read last; older silent invoices are asked for one by one (`ask_silent`)."""
    now = timezone.now()
    position = cursor.position or now - timedelta(days=1)
    return Window(position - configuration().news_overlap, max(now, position) + CLOCK_ROOM)


def read_window(client: Chorus, window: Window) -> list[InvoiceRow]:
    """Every row of the window, each once, in the order in which their statuses came; halves it when it overflows."""
    for _ in range(READS_OF_A_WINDOW):
        rows, total = _read_pages(client, window)
        if total >= MAXIMUM:
            break
        if len(rows) >= total:
            return sorted(rows.values(), key=_when)
    if window.end - window.start <= SMALLEST_WINDOW:
        raise Overfull(f"{total} factures entre {window.start} et {window.end}")
    found = {row.cpp_id: row for half in window.halves() for row in read_window(client, half)}
    return sorted(found.values(), key=_when)


def _read_pages(client: Chorus, window: Window) -> tuple[dict[int, InvoiceRow], int]:
    """The rows by id, and the `total` that the last answer gave. Pages from last to first."""
    first = _page(client, window, 1)
    if first.pages <= 1 or first.total >= MAXIMUM:
        return _by_id(first.rows), first.total
    rows: dict[int, InvoiceRow] = {}
    for number in range(first.pages, 0, -1):
        page = _page(client, window, number)
        rows |= _by_id(page.rows)
    return rows, page.total


def _page(client: Chorus, window: Window, number: int) -> InvoicePage:
    return client.search_invoices(
        changed_from=window.start, changed_to=window.end, page=number, page_size=PAGE_SIZE, maximum=MAXIMUM
    )


def _by_id(rows: tuple[InvoiceRow, ...]) -> dict[int, InvoiceRow]:
    return {row.cpp_id: row for row in rows if row.cpp_id is not None}


def _when(row: InvoiceRow) -> tuple:
    """Sorts rows by date, those without one last."""
    return (False, row.status_at, row.cpp_id) if row.status_at else (True, row.cpp_id)


def take(row: InvoiceRow, client: Chorus, environment: str) -> bool:
    """Apply one row. A row that fails is set aside with its data and never stops the others. True if ours changed."""
    try:
        invoice = invoice_of(row.cpp_id, environment) or adopt(row, environment)
        if invoice is None or not is_new(invoice, row):
            return False
        apply(invoice, row.cpp_id, client.history(row.cpp_id), environment, row.status, row.status_at, row.comment)
    except (Unavailable, Denied):
        raise  # not this row's fault: the whole sweep comes back later
    except Exception as error:
        logger.exception("News of %s could not be applied", row.cpp_id)
        set_aside(row.cpp_id, row.number, row.raw, environment, error)
        return False
    return True


def invoice_of(cpp_id: int, environment: str) -> Invoice | None:
    deposit = Submission.objects.filter(environment=environment, cpp_id=cpp_id, kind=Submission.Kind.DEPOSIT)
    return Invoice.objects.filter(submissions__in=deposit).first()


def is_new(invoice: Invoice, row: InvoiceRow) -> bool:
    known_at = invoice.chorus_status_at
    if row.status_at is None or known_at is None:
        return True
    return row.status_at > known_at or (row.status_at == known_at and to_status(row.status) != invoice.status)


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
    SetAside.objects.update_or_create(
        environment=environment,
        cpp_id=cpp_id,
        defaults={
            "number": number[:60],
            "row": raw,
            "reason": f"{type(error).__name__}: {error}"[:500],
            "solved_at": None,
        },
    )


def retry_set_aside(client: Chorus, environment: str, batch: int = 20) -> None:
    """What was set aside once may fit today."""
    waiting = SetAside.objects.filter(environment=environment, solved_at__isnull=True).order_by("seen_at")
    for aside in waiting[:batch]:
        ask(aside.cpp_id, client, environment)


def ask_silent(batch: int = 200) -> int:
    """Ask directly for deposits that the sweeps told nothing about for a while. Returns how many were asked."""
    config = configuration()
    quiet = timezone.now() - config.silence_age
    silent = (
        Submission.objects.here()
        .deposits()
        .filter(Q(heard_at__lt=quiet) | Q(heard_at__isnull=True, deposited_at__lt=quiet), cpp_id__isnull=False)
        .filter(invoice__status__in=ON_CHORUS - SETTLED, account__blocked_since__isnull=True, account__is_active=True)
        .select_related("account")
        .order_by("heard_at", "pk")
    )
    asked = 0
    for submission in silent[:batch]:
        with connect(submission.account, submission=submission, config=config) as client:
            ask(submission.cpp_id, client, config.environment)
            asked += 1
    return asked


def ask(cpp_id: int, client: Chorus, environment: str) -> None:
    """Read one invoice's history and take over where it stands."""
    invoice = invoice_of(cpp_id, environment)
    if invoice is None:
        return
    try:
        history = client.history(cpp_id)
        at = max((entry.at for entry in history.entries if entry.at), default=None)
        apply(invoice, cpp_id, history, environment, history.current_status, at)
    except (Unavailable, Denied):
        raise
    except Exception as error:
        logger.exception("News of %s could not be applied", cpp_id)
        set_aside(cpp_id, invoice.number, {}, environment, error)

"""News: what changed on Chorus Pro since we last looked, at a cost that grows with what changed.

One search per account over « date of the present status », by Chorus Pro's own clock, read page by page from the last
to the first: a row that changes while we read leaves its place, and the ones behind it move towards the pages still to
be read. The overlap makes the search right even if its bounds count as whole days. Reading a row twice is harmless.
"""

import logging
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from chorus.adoption import adopt
from chorus.api import Chorus, Denied, History, HistoryEntry, InvoicePage, InvoiceRow, Unavailable
from chorus.conf import configuration
from chorus.models import AttachedStructure, Cursor, SetAside, Submission, TechnicalAccount
from chorus.translate import STATUSES_APART, to_status
from chorus.wiring import accounts_in_use, at_once, connect
from invoicing.lifecycle import OFFICIAL_LABELS, ON_CHORUS, SETTLED
from invoicing.models import Invoice
from invoicing.typography import french
from suppliers.models import Establishment

logger = logging.getLogger(__name__)

PAGE_SIZE = 100
MAXIMUM = 5000
SWEEP_LEASE = timedelta(minutes=10)
# Histories are read and applied so many at a time, by one thread more for every few of them.
ROWS_AT_ONCE = 200
ROWS_FOR_A_THREAD = 5
# Chorus Pro's clock may be ahead of ours: the right end of a sweep leaves it this much room.
CLOCK_ROOM = timedelta(days=1)
# Bounds may count as whole days: below one, shorter windows may show the same rows again.
SHORTEST_WORTH_HALVING = timedelta(days=1)
HAIR = timedelta(microseconds=1)
SMALLEST_WINDOW = timedelta(minutes=1)
READS_OF_A_WINDOW = 3
READS_OF_A_PAGE = 3
QUOTA_EXCEEDED = 429
# So many rows in a row that cannot be read are an outage: the sweep stops and comes back.
MOST_SILENT_ROWS = 5


class Overfull(Exception):
    """A window that cannot be divided any more still holds more rows than a search shows; a French sentence."""


@dataclass(frozen=True)
class Window:
    """What one search asks for: bounds (aware), and where even a day overflows one status of one supplier."""

    start: datetime
    end: datetime
    statuses: tuple[str, ...] = ()
    supplier_id: int | None = None

    def parts(self, suppliers: Sequence[int]) -> list["Window"]:
        """Smaller windows that together hold all of its rows; none when it cannot be divided.

        Halves down to a day, then each status, then each supplier, then halves again. A status that Chorus Pro's
        description does not name is in none of them: its invoice is asked for by `ask_silent`.
        """
        length = self.end - self.start
        if length > SHORTEST_WORTH_HALVING:
            return self._halves()
        if not self.statuses:
            return [replace(self, statuses=words) for words in STATUSES_APART]
        if self.supplier_id is None and suppliers:
            return [replace(self, supplier_id=supplier) for supplier in suppliers]
        return self._halves() if length > SMALLEST_WINDOW else []

    def _halves(self) -> list["Window"]:
        middle = self.start + (self.end - self.start) / 2
        return [replace(self, end=middle), replace(self, start=middle)]

    def __str__(self):
        bounds = f"entre le {_moment(self.start)} et le {_moment(self.end)}"
        of_supplier = f" du fournisseur {self.supplier_id}" if self.supplier_id is not None else ""
        return f"{bounds}{of_supplier}{' : ' * bool(self.statuses)}{', '.join(self.statuses)}"


def _moment(at: datetime) -> str:
    return f"{timezone.localtime(at):%d/%m/%Y à %H:%M}"


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
            rows = read_window(client, window_of(cursor), structures_of(account))
            changed, lost = take_all(readable(rows, account), client, cursor)
            retry_set_aside(client, account)
    except Exception as error:
        if isinstance(error, Denied):
            account.block(str(error))
        logger.warning("The news of account %s could not be read: %s", account.pk, error)
        cursor.release(error=error)
        return 0
    if lost and not cursor.last_error:
        cursor.release(error=lost[-1][1])
        return changed
    # Twice in a row, while others answer: these rows are set aside, and the position moves on without them.
    for row, error in lost:
        _cannot_apply(row, account.environment, error)
    latest = max((row.status_at for row in rows if row.status_at), default=None)
    cursor.release(position=max(filter(None, (latest, cursor.position)), default=None))
    return changed


def window_of(cursor: Cursor) -> Window:
    """From a while before what was read last; older silent invoices are asked for one by one (`ask_silent`)."""
    now = timezone.now()
    position = cursor.position or now - timedelta(days=1)
    # One row dated too far ahead must not hide what comes between now and then.
    return Window(min(position, now) - configuration().news_overlap, max(now, position) + CLOCK_ROOM)


def structures_of(account: TechnicalAccount) -> list[int]:
    """The suppliers whose news an account reads, as Chorus Pro's ids."""
    return list(account.structures.order_by("cpp_id").values_list("cpp_id", flat=True))


def read_window(client: Chorus, window: Window, suppliers: Sequence[int] = ()) -> list[InvoiceRow]:
    """Every row of the window, each once, in the order in which their statuses came; divides it when it overflows."""
    rows: dict[int, InvoiceRow] = {}
    for _ in range(READS_OF_A_WINDOW):
        read = _read_pages(client, window)
        if read.total >= MAXIMUM:
            break
        rows |= read.rows
        if read.is_whole and not read.moved:
            return sorted(rows.values(), key=_when)
    if read.is_whole and read.total < MAXIMUM:
        # Something moves each time: what the readings saw together is as good as it gets.
        return sorted(rows.values(), key=_when)
    parts = window.parts(suppliers)
    if not parts:
        raise Overfull(french(f"Plus de factures que Chorus Pro n'en montre, {window}"))
    found = {row.cpp_id: row for part in parts for row in _read_part_of_window(client, part, suppliers)}
    return sorted(found.values(), key=_when)


def _read_part_of_window(client: Chorus, part: Window, suppliers: Sequence[int]) -> list[InvoiceRow]:
    """Nothing of a supplier who took our rights back since his structure was listed; the search of all left him out."""
    try:
        return read_window(client, part, suppliers)
    except Denied as error:
        if part.supplier_id is None or error.code is None:
            raise  # the account itself
        return []


@dataclass(frozen=True)
class Reading:
    """All pages of a window, once: rows by id, the `total` that the last answer gave, whether anything moved."""

    rows: dict[int, InvoiceRow]
    total: int
    moved: bool = False

    @property
    def is_whole(self) -> bool:
        return len(self.rows) >= self.total


def _read_pages(client: Chorus, window: Window) -> Reading:
    """Pages from last to first. The first one is read at both ends: a row that came on it may have pushed another to a
    page already read, and one that vanished meanwhile would hide that from the count."""
    first = _page(client, window, 1)
    if first.pages <= 1 or first.total >= MAXIMUM:
        return Reading(_by_id(first.rows), first.total)
    rows: dict[int, InvoiceRow] = {}
    for number in range(first.pages, 0, -1):
        page = _page(client, window, number)
        rows |= _by_id(page.rows)
    moved = page.total != first.total or _by_id(page.rows).keys() != _by_id(first.rows).keys()
    return Reading(rows, page.total, moved)


def _page(client: Chorus, window: Window, number: int, reads: int = READS_OF_A_PAGE) -> InvoicePage:
    """Asked again when it fails: a window of many pages would else never be whole on a bad day. A quota is obeyed."""
    try:
        return client.search_invoices(
            changed_from=window.start,
            changed_to=window.end,
            statuses=window.statuses,
            supplier_id=window.supplier_id,
            page=number,
            page_size=PAGE_SIZE,
            maximum=MAXIMUM,
        )
    except Unavailable as error:
        if reads == 1 or error.http_status == QUOTA_EXCEEDED:
            raise
    return _page(client, window, number, reads - 1)


def _by_id(rows: tuple[InvoiceRow, ...]) -> dict[int, InvoiceRow]:
    return {row.cpp_id: row for row in rows if row.cpp_id is not None}


def _when(row: InvoiceRow) -> tuple:
    """Sorts rows by date, those without one last."""
    return (False, row.status_at, row.cpp_id) if row.status_at else (True, row.cpp_id)


def readable(rows: list[InvoiceRow], account: TechnicalAccount) -> list[InvoiceRow]:
    """Without what is none of our business: suppliers who unticked the box, and through a supplier's own account
    everybody else, whatever Chorus Pro lists."""
    known = Establishment.objects.filter(siret__in={row.supplier_code for row in rows})
    if account.is_own:
        his = set(known.filter(supplier=account.supplier_id).values_list("siret", flat=True))
        return [row for row in rows if row.supplier_code in his]
    unticked = set(known.filter(supplier__uses_chorus=False).values_list("siret", flat=True))
    return [row for row in rows if row.supplier_code not in unticked]


def take_all(
    rows: list[InvoiceRow], client: Chorus, cursor: Cursor
) -> tuple[int, list[tuple[InvoiceRow, Unavailable]]]:
    """How many rows of ours changed, and those that could not be read now: they come with the next sweep, and the
    others need not wait for them. Raises Unavailable after too many in a row."""
    environment = cursor.account.environment
    changed, lost, silent = 0, [], 0
    for some in batched(rows, ROWS_AT_ONCE):
        cursor.keep(SWEEP_LEASE)
        ours = [row for row in some if concerns_us(row, environment)]
        for row, history in read_histories(ours, client, cursor.account):
            try:
                if take(row, history, environment):
                    changed, silent = changed + 1, 0
            except Unavailable as error:
                lost.append((row, error))
                silent += 1
                if silent == MOST_SILENT_ROWS:
                    raise
    return changed, lost


def batched(rows: Sequence, size: int) -> Iterator[Sequence]:
    return (rows[start : start + size] for start in range(0, len(rows), size))


def concerns_us(row: InvoiceRow, environment: str) -> bool:
    """Whether the row is one of ours (adopted now, if it is) and tells something new. One that fails is set aside."""
    try:
        invoice = invoice_of(row.cpp_id, environment) or adopt(row, environment)
        return invoice is not None and is_new(invoice, row)
    except Exception as error:
        _cannot_apply(row, environment, error)
        return False


def read_histories(rows: list[InvoiceRow], client: Chorus, account: TechnicalAccount) -> Iterator[tuple]:
    """Each row with its history, or with what went wrong; several calls at once when there are many rows."""
    threads = min(configuration().news_threads, len(rows) // ROWS_FOR_A_THREAD)
    if threads < 2:
        return _read_in_turn(rows, client)
    parts = at_once(lambda part: _read_some(part, account), [rows[n::threads] for n in range(threads)])
    found = {row.cpp_id: history for part in parts for row, history in part}
    return ((row, found[row.cpp_id]) for row in rows)


def _read_some(rows: list[InvoiceRow], account: TechnicalAccount) -> list[tuple]:
    with connect(account) as client:
        return list(_read_in_turn(rows, client))


def _read_in_turn(rows: list[InvoiceRow], client: Chorus) -> Iterator[tuple]:
    """Once we are denied, or nobody answers many times in a row, the rest is not asked for."""
    stopped, silent = None, 0
    for row in rows:
        history = stopped or read_history(row, client)
        silent = silent + 1 if isinstance(history, Unavailable) else 0
        if isinstance(history, Denied) or silent == MOST_SILENT_ROWS:
            stopped = history
        yield row, history


def read_history(row: InvoiceRow, client: Chorus) -> History | Exception:
    try:
        return client.history(row.cpp_id)
    except Exception as error:
        return error


def take(row: InvoiceRow, history: History | Exception, environment: str) -> bool:
    """Apply one row. A row that fails is set aside with its data and never stops the others. True if ours changed."""
    try:
        if isinstance(history, Exception):
            raise history
        apply(
            invoice_of(row.cpp_id, environment),
            row.cpp_id,
            history,
            environment,
            row.status,
            row.status_at,
            row.comment,
        )
    except (Unavailable, Denied):
        raise  # not this row's fault: it comes back with a later sweep
    except Exception as error:
        _cannot_apply(row, environment, error)
        return False
    return True


def _cannot_apply(row: InvoiceRow, environment: str, error: Exception) -> None:
    logger.error("News of %s could not be applied", row.cpp_id, exc_info=error)
    set_aside(row.cpp_id, row.number, row.raw, environment, error)


def take_one(row: InvoiceRow, client: Chorus, environment: str) -> bool:
    """A row by itself."""
    return concerns_us(row, environment) and take(row, read_history(row, client), environment)


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


def retry_set_aside(client: Chorus, account: TechnicalAccount, batch: int = 20) -> None:
    """What was set aside once may fit today; each through the account that its supplier's invoices leave by."""
    environment = account.environment
    waiting = SetAside.objects.filter(environment=environment, solved_at__isnull=True).order_by("seen_at")
    known = Submission.objects.filter(
        environment=environment, cpp_id__in=list(waiting.values_list("cpp_id", flat=True)[: 10 * batch])
    )
    led = known.deposits().routed().filter(route__in=account.structures.all())
    asides = led.values_list("cpp_id", flat=True)[:batch]
    list(those_that_answer(asides, lambda cpp_id: ask(cpp_id, client, environment)))


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


def ask_silent(batch: int = 200) -> int:
    """Ask directly for deposits that the sweeps told nothing about for a while. Returns how many were asked."""
    config = configuration()
    quiet = timezone.now() - config.silence_age
    silent = (
        Submission.objects.here()
        .deposits()
        .filter(Q(heard_at__lt=quiet) | Q(heard_at__isnull=True, deposited_at__lt=quiet), cpp_id__isnull=False)
        .filter(invoice__status__in=ON_CHORUS - SETTLED, invoice__follow_stopped_at__isnull=True)
        .sendable()
        .order_by("heard_at", "pk")
    )
    found = list(silent[:batch])
    routes = AttachedStructure.objects.select_related("account").in_bulk([submission.route for submission in found])
    # Those that never answer must not always come first.
    random.shuffle(found)

    def read(submission):
        with connect(routes[submission.route].account, submission=submission, config=config) as client:
            ask(submission.cpp_id, client, config.environment)

    return len(list(those_that_answer(found, read)))


def ask(cpp_id: int, client: Chorus, environment: str) -> None:
    """Read one invoice's history and take over where it stands."""
    invoice = invoice_of(cpp_id, environment)
    if invoice is None:
        return
    try:
        history = client.history(cpp_id)
        apply(invoice, cpp_id, history, environment, history.current_status, since(invoice, history))
    except (Unavailable, Denied):
        raise
    except Exception as error:
        logger.exception("News of %s could not be applied", cpp_id)
        set_aside(cpp_id, invoice.number, {}, environment, error)


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

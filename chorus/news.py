"""News: what changed on Chorus Pro since we last looked, at a cost that grows with what changed.

One search per account over « date of the present status », by Chorus Pro's own clock. The overlap makes the search
right even if its bounds count as whole days. Reading a row twice is harmless.
"""

import logging
import random
from collections.abc import Iterator, Sequence
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from chorus import histories
from chorus.adoption import adopt
from chorus.api import Chorus, Denied, History, InvoiceRow, Unavailable
from chorus.conf import configuration
from chorus.models import AttachedStructure, Cursor, SetAside, Submission, TechnicalAccount
from chorus.translate import to_status
from chorus.windows import Window, read_window
from chorus.wiring import accounts_in_use, at_once, connect
from invoicing.lifecycle import ON_CHORUS, SETTLED
from invoicing.models import Invoice
from suppliers.models import Establishment

logger = logging.getLogger(__name__)

SWEEP_LEASE = timedelta(minutes=10)
# Histories are read and applied so many at a time, by one thread more for every few of them.
ROWS_AT_ONCE = 200
ROWS_FOR_A_THREAD = 5
# Chorus Pro's clock may be ahead of ours, the simulator's by as much as a person moved it: the right end of a sweep
# leaves it this much room. There is nothing to read there else.
CLOCK_ROOM = timedelta(days=31)


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
                if silent == histories.MOST_SILENT_ROWS:
                    raise
    return changed, lost


def batched(rows: Sequence, size: int) -> Iterator[Sequence]:
    return (rows[start : start + size] for start in range(0, len(rows), size))


def concerns_us(row: InvoiceRow, environment: str) -> bool:
    """Whether the row is one of ours (adopted now, if it is) and tells something new. One that fails is set aside."""
    try:
        invoice = histories.invoice_of(row.cpp_id, environment) or adopt(row, environment)
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
        denied = isinstance(history, Denied) and histories.is_everybodys(history)
        if denied or silent == histories.MOST_SILENT_ROWS:
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
        histories.apply(
            histories.invoice_of(row.cpp_id, environment),
            row.cpp_id,
            history,
            environment,
            row.status,
            row.status_at,
            row.comment,
        )
    except Exception as error:
        if histories.is_everybodys(error):
            raise
        _cannot_apply(row, environment, error)
        return False
    return True


def _cannot_apply(row: InvoiceRow, environment: str, error: Exception) -> None:
    logger.error("News of %s could not be applied", row.cpp_id, exc_info=error)
    histories.set_aside(row.cpp_id, row.number, row.raw, environment, error)


def take_one(row: InvoiceRow, client: Chorus, environment: str) -> bool:
    """A row by itself."""
    return concerns_us(row, environment) and take(row, read_history(row, client), environment)


def is_new(invoice: Invoice, row: InvoiceRow) -> bool:
    known_at = invoice.chorus_status_at
    if row.status_at is None or known_at is None:
        return True
    return row.status_at > known_at or (row.status_at == known_at and to_status(row.status) != invoice.status)


def retry_set_aside(client: Chorus, account: TechnicalAccount, batch: int = 20) -> None:
    """What was set aside once may fit today; each through the account that its supplier's invoices leave by."""
    environment = account.environment
    waiting = SetAside.objects.filter(environment=environment, solved_at__isnull=True).order_by("seen_at")
    known = Submission.objects.filter(
        environment=environment, cpp_id__in=list(waiting.values_list("cpp_id", flat=True)[: 10 * batch])
    )
    led = known.deposits().routed().filter(route__in=account.structures.all())
    asides = led.values_list("cpp_id", flat=True)[:batch]
    list(histories.those_that_answer(asides, lambda cpp_id: histories.ask(cpp_id, client, environment)))


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
            histories.ask(submission.cpp_id, client, config.environment)

    return len(list(histories.those_that_answer(found, read)))

"""Every row whose status changed within a window of time, read page by page from the last to the first.

A row that changes while we read leaves its place, and the ones behind it move towards the pages still to be read. A
window that holds more than a search shows is divided.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils import timezone

from chorus.api import Chorus, InvoicePage, InvoiceRow, NotAllowed, Unavailable
from chorus.translate import STATUSES_APART
from invoicing.typography import french
from suppliers.days import date_format

PAGE_SIZE = 100
MAXIMUM = 5000
# Bounds may count as whole days: below one, shorter windows may show the same rows again.
SHORTEST_WORTH_HALVING = timedelta(days=1)
SMALLEST_WINDOW = timedelta(minutes=1)
READS_OF_A_WINDOW = 3
READS_OF_A_PAGE = 3
QUOTA_EXCEEDED = 429


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
    return date_format(timezone.localtime(at), "d/m/Y à H:i")


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
    except NotAllowed:
        if part.supplier_id is None:
            raise
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

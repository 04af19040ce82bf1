"""A child: opens the file of an import, under limits, and ends. A spreadsheet may be made to have no end.

Its folder holds `table`; its answer is the first sheet's rows as texts, or the code of a refusal.
"""

import codecs
import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

from suppliers.confined.child import Refused, leave_answer, take_job

ZIP_START, XLS_START = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
TEXT_STARTS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
SEPARATORS = (";", "\t", ",")
# A quoted cell of a CSV may hold line ends, and a lone quote the rest of the file.
LARGEST_CELL = 10_000


def main(folder: str) -> None:
    place = Path(folder)
    bounds = take_job(place)["bounds"]

    def work() -> dict:
        return {"rows": list(bounded(rows_of((place / "table").read_bytes(), bounds), bounds))}

    leave_answer(place, work, too_heavy="too-heavy", broken="broken")


def rows_of(content: bytes, bounds: dict) -> Iterator[list[str]]:
    if content.startswith(ZIP_START):
        return _sheet(content, bounds)
    if content.startswith(XLS_START):
        raise Refused("old-excel")
    return _text(content)


def bounded(rows: Iterable[list[str]], bounds: dict) -> Iterator[tuple[int, list[str]]]:
    """Rows that say something, by the number a spreadsheet shows them under, without the empty cells at their end."""
    for number, row in enumerate(rows, 1):
        if number > bounds["rows"] + 1:
            raise Refused("too-many-rows")
        while row and not row[-1].strip():
            row.pop()
        if len(row) > bounds["columns"]:
            raise Refused("too-many-columns")
        if any(len(cell) > bounds["cell"] for cell in row):
            raise Refused("too-long-cell")
        if row:
            yield number, row


# --- CSV ---


def _text(content: bytes) -> Iterator[list[str]]:
    text = _decoded(content)
    if "\0" in text:
        raise Refused("not-a-table")
    csv.field_size_limit(LARGEST_CELL)
    first = text.lstrip().partition("\n")[0]
    separator = max(SEPARATORS, key=first.count)
    try:
        # Not `strict`: Excel itself writes quotes inside cells that strict reading refuses.
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    except csv.Error:
        raise Refused("too-long-cell") from None


def _decoded(content: bytes) -> str:
    """Unicode where the file says so or reads as such; else what French Excel writes."""
    for start, encoding in TEXT_STARTS:
        if content.startswith(start):
            return content.decode(encoding)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


# --- XLSX ---


def _sheet(content: bytes, bounds: dict) -> Iterator[list[str]]:
    _weigh(content, bounds)
    # Only here: a CSV needs nothing of it.
    from openpyxl import DEFUSEDXML, load_workbook

    if not DEFUSEDXML:
        raise Refused("broken")
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    sheet = book.active
    # What the sheet says of its own size may be anything; rows are counted as they come.
    sheet.reset_dimensions()
    for row in sheet.iter_rows(max_col=bounds["columns"] + 1, values_only=True):
        yield [_as_text(cell) for cell in row]


def _weigh(content: bytes, bounds: dict) -> None:
    """By what the archive announces: `zipfile` reads no more of a member than that."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = archive.infolist()
    if len(members) > bounds["members"] or sum(member.file_size for member in members) > bounds["unzipped"]:
        raise Refused("too-heavy")


def _as_text(cell: object) -> str:
    """As a French spreadsheet shows it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "oui" if cell else "non"
    if isinstance(cell, datetime | date):
        return f"{cell:%d/%m/%Y}"
    if isinstance(cell, time):
        return f"{cell:%H:%M}"
    if isinstance(cell, int | float):
        # Fifteen digits, as Excel: beyond them stands what the binary sum left.
        return f"{Decimal(f'{cell:.15g}'):f}".replace(".", ",")
    return str(cell)

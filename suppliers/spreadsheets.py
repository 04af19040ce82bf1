"""Tables that people open in their own spreadsheet: CSV as French Excel reads it, and XLSX.

Cells are texts, dates and amounts. Nothing that somebody typed becomes a formula.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from tempfile import TemporaryFile

from django.db import models
from django.http import HttpResponse
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from suppliers.entries import note
from suppliers.models import User

Cell = str | date | Decimal | int | None

# Those of a Japanese keyboard too, which Excel takes for the others.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
AMOUNT, DAY = "#,##0.00", "DD/MM/YYYY"
LONGEST_CELL = 32_000
WIDTH = 18


class Format(models.TextChoices):
    CSV = "csv", "CSV"
    XLSX = "xlsx", "XLSX"


CONTENT_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def download(
    name: str, wanted: str, header: Sequence[str], rows: Iterable[Sequence[Cell]], *, by: User, of: type[models.Model]
) -> HttpResponse:
    """The table as a file to keep; the journal says who has it."""
    response = as_file(name, wanted, header, rows)
    note(by, "Liste gardée en fichier", of=of, name=f"{name}.{wanted}")
    return response


def as_file(name: str, wanted: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> HttpResponse:
    """The table as a file called `name`, in one of the formats."""
    write = _xlsx if wanted == Format.XLSX else _csv
    response = HttpResponse(write(header, rows), content_type=CONTENT_TYPES[Format(wanted)])
    response["Content-Disposition"] = f'attachment; filename="{name}.{wanted}"'
    return response


def _csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Semicolons, commas in amounts, and the mark by which Excel knows UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(header)
    writer.writerows([as_text(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def as_text(cell: Cell) -> str:
    """As it stands in a CSV file."""
    if cell is None:
        return ""
    if isinstance(cell, Decimal):
        return f"{cell:.2f}".replace(".", ",")
    if isinstance(cell, date):
        return f"{cell:%d/%m/%Y}"
    # Excel drops signs that cannot be shown, and sees what stands behind them.
    text = ILLEGAL_CHARACTERS_RE.sub("", str(cell))
    # Excel reads a text that begins like a formula as one, quotes or not.
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


def _xlsx(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Row by row: memory does not grow with the table."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Export")
    sheet.freeze_panes = "A2"
    for column in range(1, len(header) + 1):
        sheet.column_dimensions[get_column_letter(column)].width = WIDTH
    sheet.append([_bold(sheet, title) for title in header])
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
    with TemporaryFile() as file:
        book.save(file)
        file.seek(0)
        return file.read()


def _bold(sheet, title: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, title)
    cell.font = Font(bold=True)
    return cell


def _cell(sheet, value: Cell) -> WriteOnlyCell:
    if isinstance(value, str):
        cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value)[:LONGEST_CELL])
        cell.data_type = "s"
        return cell
    cell = WriteOnlyCell(sheet, value)
    if isinstance(value, Decimal):
        cell.number_format = AMOUNT
    elif isinstance(value, date):
        cell.number_format = DAY
    return cell

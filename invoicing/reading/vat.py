"""VAT per rate: rows in which a rate, a base and a tax go together, whatever the table around them looks like."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import permutations

from invoicing.reading.layout import Cell, Place
from invoicing.reading.numbers import find_amounts
from invoicing.reading.result import Found
from invoicing.reading.search import Document, Proposal

# Rates that may stand without a percent sign in a column of their own.
RATES = {Decimal("2.1"), Decimal("5.5"), Decimal("10"), Decimal("20")}
HIGHEST_RATE = Decimal(30)
ROUNDING = Decimal("0.02")
_RATE = re.compile(r"(?<![\d.,])(\d{1,2}(?:[.,]\d{1,3})?) ?%")
# A row with more amounts than this is no row of a VAT table; trying all triples of it would take long.
AMOUNTS = 8
# A supplier of food has no more rates than these on one invoice.
TABLE = 5


@dataclass(frozen=True)
class VatRow:
    """One rate. `base` is None where only the tax is printed."""

    rate: Decimal
    base: Decimal | None
    tax: Decimal
    place: Place

    def __str__(self) -> str:
        return f"{self.rate.normalize():f}:{self.base}:{self.tax}"


def vat_rows(document: Document) -> list[VatRow]:
    return [row for cells in document.sheet.rows for row in _rows_of(document, cells)]


def recap(rows: Sequence[VatRow]) -> list[VatRow]:
    """The table that sums up: the last row of each rate, for lines of goods come before it."""
    return list({row.rate: row for row in rows}.values())


def sums(rows: Sequence[VatRow]) -> Iterator[Proposal]:
    """Totals of the tax these rows may add up to, shown at the last of them."""
    for chosen in (list(rows), recap(rows)):
        if chosen:
            yield Proposal(str(sum(row.tax for row in chosen)), chosen[-1].place, 2.2)


def agreeing(rows: Sequence[VatRow], ht: Decimal, tva: Decimal) -> Found | None:
    """The rows that add up to these totals, as « rate:base:tax » joined by semicolons."""
    if not rows:
        return None
    if len(rows) == 1 and abs(ht * rows[0].rate / 100 - rows[0].tax) <= ROUNDING:
        rows = [VatRow(rows[0].rate, ht, rows[0].tax, rows[0].place)]
    for chosen in (*reversed(list(_tables(rows))), list(rows)):
        if None not in [row.base for row in chosen] and _add_up(chosen, ht, tva):
            return Proposal(";".join(map(str, chosen)), chosen[0].place, 3).found(sure=True)
    return None


def _tables(rows: Sequence[VatRow]) -> Iterator[list[VatRow]]:
    """Neighbouring rows of different rates: what a table per rate looks like among lines of goods."""
    for start in range(len(rows)):
        for end in range(start + 1, min(start + TABLE, len(rows)) + 1):
            table = list(rows[start:end])
            if len({row.rate for row in table}) == len(table):
                yield table


def _add_up(rows: Sequence[VatRow], ht: Decimal, tva: Decimal) -> bool:
    allowed = ROUNDING * len(rows)
    return abs(sum(row.base for row in rows) - ht) <= allowed and abs(sum(row.tax for row in rows) - tva) <= allowed


def _rows_of(document: Document, cells: Sequence[Cell]) -> Iterator[VatRow]:
    amounts = [
        (amount.value, Place(cell, amount.start, amount.end)) for cell in cells for amount in find_amounts(cell.text)
    ]
    if not 1 <= len(amounts) <= AMOUNTS:
        return
    rates = [_decimal(match[1]) for cell in cells for match in _RATE.finditer(cell.text)]
    speaks_of_vat = any(hit.field == "total_tva" for cell in cells for hit in document.labels[cell])
    if len(rates) == 1:
        yield from _with_rate(rates[0], amounts, speaks_of_vat)
    elif not rates:
        yield from _with_column_rate(amounts)


def _with_rate(rate: Decimal, amounts: Sequence[tuple[Decimal, Place]], speaks_of_vat: bool) -> Iterator[VatRow]:
    for (base, place), (tax, _) in permutations(amounts, 2):
        if _goes_together(rate, base, tax):
            yield VatRow(rate, base, tax, place)
            return
    if speaks_of_vat and rate <= HIGHEST_RATE:
        yield VatRow(rate, None, *amounts[-1])


def _with_column_rate(amounts: Sequence[tuple[Decimal, Place]]) -> Iterator[VatRow]:
    for (rate, _), (base, place), (tax, _) in permutations(amounts, 3):
        if rate in RATES and _goes_together(rate, base, tax):
            yield VatRow(rate, base, tax, place)
            return


def _goes_together(rate: Decimal, base: Decimal, tax: Decimal) -> bool:
    return rate <= HIGHEST_RATE and abs(base) > abs(tax) and abs(base * rate / 100 - tax) <= ROUNDING


def _decimal(text: str) -> Decimal:
    return Decimal(text.replace(",", "."))

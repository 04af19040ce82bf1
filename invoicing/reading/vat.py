"""VAT per rate: rows in which a rate, a base and a tax go together, whatever the table around them looks like."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import chain, permutations

from invoicing.reading.layout import Cell, Place
from invoicing.reading.numbers import find_amounts
from invoicing.reading.search import Document
from invoicing.reading.wordings import AMOUNTS

# Rates that may stand without a percent sign in a column of their own.
RATES = {Decimal("2.1"), Decimal("5.5"), Decimal("10"), Decimal("20")}
HIGHEST_RATE = Decimal(30)
# Those of the islands and of former years besides; of another rate only a base and a tax that go together tell.
KNOWN = RATES | set(map(Decimal, ("0.9", "1.05", "1.75", "7", "8.5", "19.6")))
ROUNDING = Decimal("0.02")
_RATE = re.compile(r"(?<![\d.,])(\d{1,2}(?:[.,]\d{1,3})?) ?%")
_BARE = re.compile(r"(?<![\w.,/-])(?:2[.,]10?|5[.,]50?|10(?:[.,]00?)?|20(?:[.,]00?)?)(?![\w/-])(?![.,]\d)")
# « TVA 5,5 % (base 384,07 €) »: no tax.
_BASE = re.compile(r"(?:\bbases?(?: ht)?|\bsur|\bs/)[ :(]*$")
# A row with more amounts than this is no row of a VAT table; trying all triples of it would take long.
WIDEST = 8
# Labels of rates and amounts that are no tax.
NO_TAX = {"other_discount", "other_deposit", "other_penalty"}
# A supplier of food has no more rates than these on one invoice.
TABLE = 5


@dataclass(frozen=True)
class VatRow:
    """One rate. `base` is None where only the tax is printed; `named`: the row says that it is about VAT; `guessed`:
    « 10 | 12,95 | 129,50 » may be a quantity as well as a rate."""

    rate: Decimal
    base: Decimal | None
    tax: Decimal
    place: Place
    named: bool = False
    guessed: bool = False

    def __str__(self) -> str:
        return f"{self.rate.normalize():f}:{self.base}:{self.tax}"


@dataclass(frozen=True)
class Seen:
    """A rate or an amount of a row, at `position` from its left: cell, then place in the cell."""

    value: Decimal
    place: Place

    @property
    def position(self) -> tuple[int, int]:
        return self.place.cell.column, self.place.start


def vat_rows(document: Document) -> list[VatRow]:
    """All that is seen, from top to bottom."""
    seen = [row for cells in document.sheet.rows for row in (*_rows_of(document, cells), *_beneath(document, cells))]
    bases = {rate.value: base for cells in document.sheet.rows for rate, base in _told_bases(document, cells)}
    return [_with_base(row, bases.get(row.rate)) for row in seen]


def _told_bases(document: Document, cells: Sequence[Cell]) -> Iterator[tuple[Seen, Seen]]:
    """« Montant H.T. à 5,5 %    2 580,23 »: the base alone, its tax in a row of its own."""
    rates, amounts = rates_of(document, cells), amounts_of(cells)
    told = any(hit.field == "total_ht" for rate in rates for hit in document.labels[rate.place.cell])
    if told and len(rates) == len(amounts) == 1:
        yield rates[0], amounts[0]


def _with_base(row: VatRow, base: Seen | None) -> VatRow:
    if row.base is None and base and goes_together(row.rate, base.value, row.tax):
        return replace(row, base=base.value)
    return row


def _rows_of(document: Document, cells: Sequence[Cell]) -> Iterator[VatRow]:
    amounts = amounts_of(cells)
    if not 1 <= len(amounts) <= WIDEST:
        return
    rates = rates_of(document, cells)
    if len(rates) == 1:
        yield from _with_rate(rates[0], amounts, speaks_of_vat(document, cells))
    elif rates:
        yield from _with_rates(document, cells, rates, amounts)
    else:
        yield from _with_bare_rate(document, cells, amounts)


def amounts_of(cells: Sequence[Cell]) -> list[Seen]:
    return [
        Seen(amount.value, Place(cell, amount.start, amount.end))
        for cell in cells
        for amount in find_amounts(cell.text)
    ]


def rates_of(document: Document, cells: Sequence[Cell], *, zero: bool = False) -> list[Seen]:
    """Rates of a row, without those of a discount or a deposit: « Remise 10 % »."""
    seen = (_seen(cell, match, match[1]) for cell in cells for match in _RATE.finditer(cell.text))
    return [rate for rate in seen if (zero or rate.value) and not _is_of_something_else(document, rate.place)]


def _is_of_something_else(document: Document, place: Place) -> bool:
    before = [hit for hit in document.labels[place.cell] if hit.start <= place.start and hit.field in AMOUNTS]
    return bool(before) and before[-1].field in NO_TAX


def bare_rates(cells: Sequence[Cell]) -> list[Seen]:
    return [_seen(cell, match, match[0]) for cell in cells for match in _BARE.finditer(cell.text)]


def column_rates(cells: Sequence[Cell]) -> list[Seen]:
    """Of « 20 sacs » and « 5,50 » the second is a rate."""
    bare = bare_rates(cells)
    return [rate for rate in bare if {",", "."} & set(rate.place.text)] or bare


def _seen(cell: Cell, match: re.Match, text: str) -> Seen:
    return Seen(Decimal(text.replace(",", ".")), Place(cell, match.start(), match.end()))


def speaks_of_vat(document: Document, cells: Sequence[Cell]) -> bool:
    return any(hit.field == "total_tva" for cell in cells for hit in document.labels[cell])


def _with_rate(rate: Seen, amounts: Sequence[Seen], is_named: bool) -> Iterator[VatRow]:
    for base, tax in permutations(amounts, 2):
        if goes_together(rate.value, base.value, tax.value):
            yield replace(row_of(rate, base, tax), named=is_named)
            return
    if is_named and rate.value in KNOWN:
        taxes = [amount for amount in amounts if not _BASE.search(amount.place.cell.folded, 0, amount.place.start)]
        behind = [amount for amount in taxes if amount.position > rate.position]
        for tax in (behind or taxes[-1:])[:1]:
            yield VatRow(rate.value, None, tax.value, tax.place, named=True)


def _beneath(document: Document, cells: Sequence[Cell]) -> Iterator[VatRow]:
    """Rates side by side as heads, « TVA (5,5 %) | TVA (20 %) », and what stands beneath each: a tax, or a base too."""
    rates = [] if amounts_of(cells) else rates_of(document, cells)[:WIDEST]
    columns: dict[Decimal, list[Seen]] = {}
    for rate in rates:
        columns.setdefault(rate.value, []).extend(_column(document, label_before(document, rate.place) or rate.place))
    for rate, seen in ((rate, columns.pop(rate.value, [])) for rate in rates):
        whole = list(_with_rate(rate, seen, is_named=False))
        if whole:
            yield from whole
        elif seen and label_before(document, rate.place):
            yield VatRow(rate.value, None, seen[0].value, seen[0].place, named=True)


def _column(document: Document, head: Place) -> list[Seen]:
    """The amounts beneath a head, line by line."""
    first, seen = document.sheet.below(head.cell, head.start, head.end), []
    for place in chain([first], document.sheet.column(first)) if first else ():
        amounts = list(find_amounts(place.text))
        if not amounts or len(seen) == TABLE:
            break
        seen += [Seen(one.value, place.narrowed(one.start, one.end)) for one in amounts[:1]]
    return seen


def _with_rates(
    document: Document, cells: Sequence[Cell], rates: Sequence[Seen], amounts: Sequence[Seen]
) -> Iterator[VatRow]:
    """« TVA 5,5 % : 24,00    TVA 20 % : 12,00 » side by side: each with what stands between it and the next."""
    if len({rate.value for rate in rates}) < len(rates) or not speaks_of_vat(document, cells):
        return
    for rate, following in zip(rates, [*rates[1:], None], strict=True):
        mine = [
            amount
            for amount in amounts
            if rate.position < amount.position and (following is None or amount.position < following.position)
        ]
        if mine:
            yield from _with_rate(rate, mine, is_named=True)


def _with_bare_rate(document: Document, cells: Sequence[Cell], amounts: Sequence[Seen]) -> Iterator[VatRow]:
    """A column of rates without their sign, or « TVA 5,50 : »."""
    rates = bare_rates(cells)[:WIDEST]
    labelled = [rate for rate in rates if label_before(document, rate.place)]
    others = [amount for amount in amounts if not labelled or amount.position != labelled[0].position]
    if labelled and others:
        yield from _with_rate(labelled[0], others, is_named=True)
    else:
        yield from _with_column_rate(rates, amounts)


def label_before(document: Document, place: Place) -> Place | None:
    """« TVA à 5,5 % » whole, where this is the place of its rate."""
    for hit in document.labels[place.cell]:
        is_before = hit.field == "total_tva" and hit.start <= place.start
        if is_before and not place.cell.text[hit.end : place.start].strip(" :(à"):
            return replace(place, start=hit.start)
    return None


def _with_column_rate(rates: Sequence[Seen], amounts: Sequence[Seen]) -> Iterator[VatRow]:
    for rate in rates:
        others = [amount for amount in amounts if amount.position != rate.position]
        for base, tax in permutations(others, 2):
            if goes_together(rate.value, base.value, tax.value):
                yield replace(row_of(rate, base, tax), guessed=rate.place.text.isdigit())
                return


def row_of(rate: Seen, base: Seen, tax: Seen) -> VatRow:
    """A base in brackets, « TVA 20 % (150,00) : 30,00 », is not below zero."""
    return VatRow(rate.value, abs(base.value).copy_sign(tax.value), tax.value, base.place)


def goes_together(rate: Decimal, base: Decimal, tax: Decimal) -> bool:
    return rate <= HIGHEST_RATE and abs(base) > abs(tax) and abs(abs(base) * rate / 100 - abs(tax)) <= ROUNDING

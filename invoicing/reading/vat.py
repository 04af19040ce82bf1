"""VAT per rate: rows in which a rate, a base and a tax go together, whatever the table around them looks like."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import combinations, islice, permutations

from invoicing.reading.layout import Cell, Place
from invoicing.reading.numbers import find_amounts
from invoicing.reading.result import Found
from invoicing.reading.search import Document, Proposal
from invoicing.reading.wordings import AMOUNTS

# Rates that may stand without a percent sign in a column of their own.
RATES = {Decimal("2.1"), Decimal("5.5"), Decimal("10"), Decimal("20")}
HIGHEST_RATE = Decimal(30)
# Those of the islands and of former years besides; of another rate only a base and a tax that go together tell.
KNOWN = RATES | {Decimal("0.9"), Decimal("1.05"), Decimal("1.75"), Decimal("7"), Decimal("8.5"), Decimal("19.6")}
ROUNDING = Decimal("0.02")
_RATE = re.compile(r"(?<![\d.,])(\d{1,2}(?:[.,]\d{1,3})?) ?%")
_BARE = re.compile(r"(?<![\w.,/-])(?:2[.,]10?|5[.,]50?|10(?:[.,]00?)?|20(?:[.,]00?)?)(?![\w/-])(?![.,]\d)")
# « TVA 5,5 % (base 384,07 €) »: no tax.
_BASE = re.compile(r"(?:\bbases?(?: ht)?|\bsur|\bs/)[ :(]*$")
# A row with more amounts than this is no row of a VAT table; trying all triples of it would take long.
WIDEST = 8
# Amounts of a document that are tried with one another where no row tells, and choices among what goes together.
SCATTERED, TRIED = 150, 5000
# What a total loses whose rates may be quantities.
GUESS = 2
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
    return [row for cells in document.sheet.rows for row in (*_rows_of(document, cells), *_beneath(document, cells))]


def recap(rows: Sequence[VatRow]) -> list[VatRow]:
    """The table that sums up: the last row of each rate, for lines of goods come before it."""
    return list({row.rate: row for row in rows}.values())


def named(rows: Sequence[VatRow]) -> list[VatRow]:
    """« 10 sacs | 31,50 | 315,00 » goes together like 10 % of 315, but does not speak of VAT."""
    return [row for row in rows if row.named]


def taxes_told(rows: Sequence[VatRow]) -> Decimal:
    """What the rates' taxes make, signs aside, as far as the page tells that they are taxes."""
    told = named(rows) or [row for row in rows if not row.guessed]
    return sum((abs(row.tax) for row in recap(told)), Decimal(0))


def sums(rows: Sequence[VatRow]) -> Iterator[tuple[Proposal, list[Proposal]]]:
    """Totals of the tax and, where all are printed, of the bases these rows may make, shown at the last of them; then
    each tax that the page names, for it may be the only one."""
    for chosen in (list(rows), recap(rows), recap(named(rows))):
        if chosen:
            place, bases = chosen[-1].place, [row.base for row in chosen if row.base is not None]
            less = GUESS if any(row.guessed for row in chosen) else 0
            whole = [Proposal(str(sum(bases)), place, 1.2 - less)] if len(bases) == len(chosen) else []
            yield Proposal(str(sum(row.tax for row in chosen)), place, 2.2 - less), whole
    for row in recap(named(rows)):
        yield Proposal(str(row.tax), row.place, 1), []


def agreeing(document: Document, rows: Sequence[VatRow], ht: Decimal, tva: Decimal) -> Found | None:
    """The rows that add up to these totals, as « rate:base:tax » joined by semicolons."""
    rows = named(rows) if sum(row.tax for row in recap(named(rows))) == tva else rows
    if len(rows) == 1 and abs(ht * rows[0].rate / 100 - rows[0].tax) <= ROUNDING:
        rows = [replace(rows[0], base=ht)]
    with_goods = _with_bases_of_goods(document, recap(rows))
    for chosen in (*reversed(list(_tables(rows))), list(rows), recap(rows), *with_goods, *_only_rate(rows, ht, tva)):
        if chosen and None not in [row.base for row in chosen] and _add_up(chosen, ht, tva):
            return Proposal(";".join(map(str, chosen)), chosen[0].place, 3).found(sure=True)
    return _told_rate(document, ht, tva) or _scattered(document, ht, tva)


def _told_rate(document: Document, ht: Decimal, tva: Decimal) -> Found | None:
    """« TVA 5,5 % (base 384,07 €) » and no other rate: that of the whole, when the totals say so too."""
    seen = [rate for cells in document.sheet.rows for rate in _rates(document, cells)]
    told = {rate.value: rate.place for rate in seen if _label_before(document, rate.place)}
    if len(told) != 1:
        return None
    (rate, place), *_ = told.items()
    row = VatRow(rate, ht, tva, place)
    return Proposal(str(row), place, 1).found(sure=True) if tva and _goes_together(rate, ht, tva) else None


def _scattered(document: Document, ht: Decimal, tva: Decimal) -> Found | None:
    """Bases and taxes wherever they stand (a table on its side, a code for each rate): the only choice that adds up."""
    seen = {amount.value: amount for cells in document.sheet.rows for amount in _amounts(cells)}
    if len(seen) > SCATTERED:
        return None
    rates = {
        rate.value for cells in document.sheet.rows for rate in _rates(document, cells) or _bare_rates(cells)
    } & RATES
    rows = [
        _row(Seen(rate, base.place), base, tax)
        for rate in sorted(rates)
        for base, tax in permutations(seen.values(), 2)
        if abs(base.value) <= abs(ht) and abs(tax.value) <= abs(tva) and _goes_together(rate, base.value, tax.value)
    ]
    fitting = [
        chosen
        for count in range(1, len(rates) + 1)
        for chosen in islice(combinations(rows, count), TRIED)
        if len({row.rate for row in chosen}) == count and _add_up(chosen, ht, tva)
    ]
    if len(fitting) != 1:
        return None
    return Proposal(";".join(map(str, fitting[0])), fitting[0][0].place, 1).found(sure=False)


def _tables(rows: Sequence[VatRow]) -> Iterator[list[VatRow]]:
    """Neighbouring rows of different rates: what a table per rate looks like among lines of goods."""
    for start in range(len(rows)):
        for end in range(start + 1, min(start + TABLE, len(rows)) + 1):
            table = list(rows[start:end])
            if len({row.rate for row in table}) == len(table):
                yield table


def _only_rate(rows: Sequence[VatRow], ht: Decimal, tva: Decimal) -> Iterator[list[VatRow]]:
    """The whole at one rate, when a row of it bears the whole tax."""
    for row in rows:
        if row.tax == tva and _goes_together(row.rate, ht, tva):
            yield [replace(row, base=ht)]


def _with_bases_of_goods(document: Document, rows: Sequence[VatRow]) -> Iterator[list[VatRow]]:
    """Where only the tax of each rate is printed, the goods give its base: their last amount or that before."""
    if not rows or None not in [row.base for row in rows]:
        return
    for from_end in (1, 2):
        bases: dict[Decimal, Decimal] = {}
        for rate, amounts in _goods(document):
            if len(amounts) >= from_end:
                bases[rate] = bases.get(rate, Decimal(0)) + amounts[-from_end].value
        yield [replace(row, base=bases.get(row.rate)) for row in rows]


def _goods(document: Document) -> Iterator[tuple[Decimal, list[Seen]]]:
    """Rate and amounts of each row that has one rate and does not speak of tax itself."""
    for cells in document.sheet.rows:
        if not _speaks_of_vat(document, cells):
            rates, amounts = _rates(document, cells) or _column_rates(cells), _amounts(cells)
            rates = [rate for rate in rates if rate.value in RATES]
            if len({rate.value for rate in rates}) == 1:
                taken = {rate.position for rate in rates}
                yield rates[0].value, [amount for amount in amounts if amount.position not in taken]


def _add_up(rows: Sequence[VatRow], ht: Decimal, tva: Decimal) -> bool:
    allowed = ROUNDING * len(rows)
    return (
        abs(sum(row.base for row in rows) - ht) <= allowed
        and abs(sum(row.tax for row in rows) - tva) <= allowed
        and all(abs(row.base * row.rate / 100 - row.tax) <= ROUNDING * 5 for row in rows)
    )


def _rows_of(document: Document, cells: Sequence[Cell]) -> Iterator[VatRow]:
    amounts = _amounts(cells)
    if not 1 <= len(amounts) <= WIDEST:
        return
    rates = _rates(document, cells)
    if len(rates) == 1:
        yield from _with_rate(rates[0], amounts, _speaks_of_vat(document, cells))
    elif rates:
        yield from _with_rates(document, cells, rates, amounts)
    else:
        yield from _with_bare_rate(document, cells, amounts)


def _amounts(cells: Sequence[Cell]) -> list[Seen]:
    return [
        Seen(amount.value, Place(cell, amount.start, amount.end))
        for cell in cells
        for amount in find_amounts(cell.text)
    ]


def _rates(document: Document, cells: Sequence[Cell]) -> list[Seen]:
    """Rates of a row, without those of a discount or a deposit: « Remise 10 % »."""
    seen = (_seen(cell, match, match[1]) for cell in cells for match in _RATE.finditer(cell.text))
    return [rate for rate in seen if rate.value and not _is_of_something_else(document, rate.place)]


def _is_of_something_else(document: Document, place: Place) -> bool:
    before = [hit for hit in document.labels[place.cell] if hit.start <= place.start and hit.field in AMOUNTS]
    return bool(before) and before[-1].field in NO_TAX


def _bare_rates(cells: Sequence[Cell]) -> list[Seen]:
    return [_seen(cell, match, match[0]) for cell in cells for match in _BARE.finditer(cell.text)]


def _column_rates(cells: Sequence[Cell]) -> list[Seen]:
    """Of « 20 sacs » and « 5,50 » the second is a rate."""
    bare = _bare_rates(cells)
    return [rate for rate in bare if {",", "."} & set(rate.place.text)] or bare


def _seen(cell: Cell, match: re.Match, text: str) -> Seen:
    return Seen(Decimal(text.replace(",", ".")), Place(cell, match.start(), match.end()))


def _speaks_of_vat(document: Document, cells: Sequence[Cell]) -> bool:
    return any(hit.field == "total_tva" for cell in cells for hit in document.labels[cell])


def _with_rate(rate: Seen, amounts: Sequence[Seen], speaks_of_vat: bool) -> Iterator[VatRow]:
    for base, tax in permutations(amounts, 2):
        if _goes_together(rate.value, base.value, tax.value):
            yield replace(_row(rate, base, tax), named=speaks_of_vat)
            return
    if speaks_of_vat and rate.value in KNOWN:
        taxes = [amount for amount in amounts if not _BASE.search(amount.place.cell.folded, 0, amount.place.start)]
        behind = [amount for amount in taxes if amount.position > rate.position]
        for tax in (behind or taxes[-1:])[:1]:
            yield VatRow(rate.value, None, tax.value, tax.place, named=True)


def _beneath(document: Document, cells: Sequence[Cell]) -> Iterator[VatRow]:
    """Rates side by side as heads, « TVA (5,5 %) | TVA (20 %) », and what stands beneath each: a tax, or a base too."""
    rates = [] if _amounts(cells) else _rates(document, cells)[:WIDEST]
    columns: dict[Decimal, list[Seen]] = {}
    for rate in rates:
        columns.setdefault(rate.value, []).extend(_column(document, _label_before(document, rate.place) or rate.place))
    for rate, seen in ((rate, columns.pop(rate.value, [])) for rate in rates):
        whole = list(_with_rate(rate, seen, speaks_of_vat=False))
        if whole:
            yield from whole
        elif seen and _label_before(document, rate.place):
            yield VatRow(rate.value, None, seen[0].value, seen[0].place, named=True)


def _column(document: Document, head: Place) -> list[Seen]:
    """The amounts beneath a head, line by line."""
    seen = []
    for place in document.sheet.column(head.cell, head.start, head.end):
        amounts = list(find_amounts(place.text))
        if not amounts or len(seen) == TABLE:
            break
        seen += [Seen(one.value, place.narrowed(one.start, one.end)) for one in amounts[:1]]
    return seen


def _with_rates(
    document: Document, cells: Sequence[Cell], rates: Sequence[Seen], amounts: Sequence[Seen]
) -> Iterator[VatRow]:
    """« TVA 5,5 % : 24,00    TVA 20 % : 12,00 » side by side: each with what stands between it and the next."""
    if len({rate.value for rate in rates}) < len(rates) or not _speaks_of_vat(document, cells):
        return
    for rate, following in zip(rates, [*rates[1:], None], strict=True):
        mine = [
            amount
            for amount in amounts
            if rate.position < amount.position and (following is None or amount.position < following.position)
        ]
        if mine:
            yield from _with_rate(rate, mine, speaks_of_vat=True)


def _with_bare_rate(document: Document, cells: Sequence[Cell], amounts: Sequence[Seen]) -> Iterator[VatRow]:
    """A column of rates without their sign, or « TVA 5,50 : »."""
    rates = _bare_rates(cells)[:WIDEST]
    labelled = [rate for rate in rates if _label_before(document, rate.place)]
    others = [amount for amount in amounts if not labelled or amount.position != labelled[0].position]
    if labelled and others:
        yield from _with_rate(labelled[0], others, speaks_of_vat=True)
    else:
        yield from _with_column_rate(rates, amounts)


def _label_before(document: Document, place: Place) -> Place | None:
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
            if _goes_together(rate.value, base.value, tax.value):
                yield replace(_row(rate, base, tax), guessed=rate.place.text.isdigit())
                return


def _row(rate: Seen, base: Seen, tax: Seen) -> VatRow:
    """A base in brackets, « TVA 20 % (150,00) : 30,00 », is not below zero."""
    return VatRow(rate.value, abs(base.value).copy_sign(tax.value), tax.value, base.place)


def _goes_together(rate: Decimal, base: Decimal, tax: Decimal) -> bool:
    return rate <= HIGHEST_RATE and abs(base) > abs(tax) and abs(abs(base) * rate / 100 - abs(tax)) <= ROUNDING

"""The VAT table: which of the rows that were seen sum up the invoice, and whether they bear its totals out."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import combinations, islice, permutations

from invoicing.reading.result import Found
from invoicing.reading.search import Document, Proposal
from invoicing.reading.vat import (
    KNOWN,
    RATES,
    ROUNDING,
    TABLE,
    Seen,
    VatRow,
    amounts_of,
    bare_rates,
    column_rates,
    goes_together,
    label_before,
    rates_of,
    row_of,
    speaks_of_vat,
)

# Amounts of a document that are tried with one another where no row tells, and choices among what goes together.
SCATTERED, TRIED = 150, 5000
# What a total loses whose rates may be quantities.
GUESS = 2


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
    for chosen in (*reversed(list(_tables(rows))), _merged(rows), recap(rows), *with_goods, *_only_rate(rows, ht, tva)):
        if chosen and None not in [row.base for row in chosen] and _add_up(chosen, ht, tva):
            return Proposal(";".join(map(str, chosen)), chosen[0].place, 3).found(sure=True)
    return _told_rate(document, ht, tva) or _scattered(document, ht, tva)


def is_possible(document: Document, rows: Sequence[VatRow], ht: Decimal, tva: Decimal) -> bool:
    """Whether this tax of this total lies between what the lowest and the highest of the printed rates make."""
    seen = {row.rate for row in rows if row.base is not None}
    for cells in document.sheet.rows:
        seen |= {rate.value for rate in rates_of(document, cells, zero=True)}
        seen |= {rate.value for rate in bare_rates(cells) if not rate.place.text.isdigit()}
    rates = seen & KNOWN
    lowest = 0 if 0 in seen or not (rates or tva) else min(rates or RATES)
    allowed = ROUNDING * TABLE
    return lowest * abs(ht) / 100 - allowed <= abs(tva) <= max(rates or RATES) * abs(ht) / 100 + allowed


def _told_rate(document: Document, ht: Decimal, tva: Decimal) -> Found | None:
    """« TVA 5,5 % (base 384,07 €) » and no other rate: that of the whole, when the totals say so too."""
    seen = [rate for cells in document.sheet.rows for rate in rates_of(document, cells)]
    told = {rate.value: rate.place for rate in seen if label_before(document, rate.place)}
    if len(told) != 1:
        return None
    (rate, place), *_ = told.items()
    row = VatRow(rate, ht, tva, place)
    return Proposal(str(row), place, 1).found(sure=True) if tva and goes_together(rate, ht, tva) else None


def _scattered(document: Document, ht: Decimal, tva: Decimal) -> Found | None:
    """Bases and taxes wherever they stand (a table on its side, a code for each rate): the only choice that adds up."""
    seen = {amount.value: amount for cells in document.sheet.rows for amount in amounts_of(cells)}
    if len(seen) > SCATTERED:
        return None
    rates = {
        rate.value for cells in document.sheet.rows for rate in rates_of(document, cells) or bare_rates(cells)
    } & RATES
    rows = [
        row_of(Seen(rate, base.place), base, tax)
        for rate in sorted(rates)
        for base, tax in permutations(seen.values(), 2)
        if abs(base.value) <= abs(ht) and abs(tax.value) <= abs(tva) and goes_together(rate, base.value, tax.value)
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


def _merged(rows: Sequence[VatRow]) -> list[VatRow]:
    """Lines of goods that each tell their base and tax, added up for each rate."""
    merged: dict[Decimal, VatRow] = {}
    for row in rows:
        before = merged.get(row.rate)
        both = before and None not in (before.base, row.base)
        merged[row.rate] = replace(before, base=before.base + row.base, tax=before.tax + row.tax) if both else row
    return list(merged.values())


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
        if row.tax == tva and goes_together(row.rate, ht, tva):
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
        if not speaks_of_vat(document, cells):
            rates, amounts = rates_of(document, cells) or column_rates(cells), amounts_of(cells)
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

"""HT, TVA, TTC, net to pay, what was paid. The sum that must come out right picks among what the labels propose."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import product

from invoicing.reading import vat
from invoicing.reading.labels import GUESSED, Hit
from invoicing.reading.layout import Cell, Place, Sheet
from invoicing.reading.numbers import find_amounts
from invoicing.reading.result import Found
from invoicing.reading.search import Document, Proposal, Read, best
from invoicing.reading.wordings import HT, TTC

ROUNDING, CENT = Decimal("0.02"), Decimal("0.01")
# A font without the euro prints « e ».
_WHOLE = re.compile(r"[\s:=€]*(-?(?:\d{1,3}(?: \d{3})+|\d{1,7})(?:[.,]\d)?)(?: e|[\s€]*)")
# How many of the strongest proposals of each field are tried against one another.
TRIED = 8
SUMS = ("total_ht", "total_tva", "total_ttc")
_INCLUDED = re.compile(r"\bdont\b")
_TAX_ALONE = re.compile(rf"{HT}|{TTC}")
_THOUSANDS = re.compile(r"\d{1,3}")
Proposals = dict[str, list[Proposal]]


def totals(document: Document, *, untaxed: Found | None = None) -> dict[str, Found]:
    """total_ht, total_tva, total_ttc, net_to_pay, paid and vat_lines, as far as they are printed.

    `untaxed`: the wording that says why no VAT is charged, when there is one.
    """
    rows = vat.vat_rows(document)
    proposals = _all_proposals(document)
    for taxes, bases in vat.sums(rows):
        proposals["total_tva"].append(taxes)
        proposals["total_ht"] += bases
    fields = (
        _doubted(_that_add_up(proposals), proposals, rows)
        or (_untaxed(proposals, untaxed) if untaxed else {})
        or _alone(proposals)
    )
    fields |= _net_to_pay(document, proposals["net_to_pay"], fields.get("total_ttc"))
    if "total_ht" in fields and "total_tva" in fields:
        lines = vat.agreeing(document, rows, Decimal(fields["total_ht"].value), Decimal(fields["total_tva"].value))
        fields |= {"vat_lines": lines} if lines else {}
    return fields


def read_amount(place: Place) -> Read | None:
    """The last amount of the stretch: a quantity, a rate or a base may come before it, « (dont TVA 1,10 €) » behind."""
    amounts = list(find_amounts(place.text))
    included = _INCLUDED.search(place.folded)
    if included:
        amounts = [amount for amount in amounts if amount.start < included.start()] or amounts
    if not amounts:
        return None
    last = amounts[-1]
    return Read(str(last.value), place.narrowed(last.start, last.end), _may_be_less(place, last.start, last.end))


def _may_be_less(place: Place, start: int, end: int) -> bool:
    """« 3 | 049,70 », « 3 /049,70 »: nothing but a sum tells whether the digits before belong to the amount."""
    if "/" in place.text[start:end]:
        return True
    return not place.text[:start].strip() and place.start == 0 and bool(_THOUSANDS.fullmatch(place.cell.before))


def read_whole(place: Place) -> Read | None:
    """A number alone in its place, without cents or with a tenth: « 1250 », « 120,5 »."""
    match = _WHOLE.fullmatch(place.text)
    if not match:
        return None
    value = Decimal(match[1].replace(" ", "").replace(",", ".")).quantize(CENT)
    return Read(str(value), place.narrowed(match.start(1), match.end(1)))


def _all_proposals(document: Document) -> Proposals:
    proposals = {}
    for field in (*SUMS, "net_to_pay"):
        proposals[field] = document.proposals(field, read_amount, _no_rate, of_goods=False)
        if not proposals[field]:
            whole = document.proposals(field, read_whole, _is_listed, of_goods=False)
            proposals[field] = [replace(one, weight=one.weight - 1) for one in whole]
    for field, proposal in _under_headers(document):
        proposals[field].append(proposal)
    # Many small invoices print no other total than what is to pay.
    proposals["total_ttc"] += [Proposal(one.value, one.place, one.weight - 1.2) for one in proposals["net_to_pay"]]
    return proposals


def _no_rate(cell: Cell, hit: Hit) -> bool:
    """« TVA 5,5 % » announces one rate's tax, not the whole: vat.py reads those rows."""
    return "%" not in cell.text[hit.start :]


def _is_listed(cell: Cell, hit: Hit) -> bool:
    """« Conditions : net 30 » guesses a label; a number without cents is too little to go with it."""
    return hit.weight > GUESSED and _no_rate(cell, hit)


def _under_headers(document: Document) -> Iterator[tuple[str, Proposal]]:
    """Amounts of a row called « Total », named by the header of their column."""
    for cell, hit in document.hits("total_ttc"):
        if hit.weight > 1:
            continue
        for other in (cell, *document.sheet.right_of(cell)):
            for amount in find_amounts(other.text):
                place = Place(other, amount.start, amount.end)
                field = _header_above(document, place)
                if field:
                    yield field, Proposal(str(amount.value), place, 2.5)


def _header_above(document: Document, place: Place) -> str | None:
    left, _, right, _ = place.cell.span(place.start, place.end)
    sheet: Sheet = document.sheet
    for row in reversed(sheet.rows[: place.cell.row]):
        if row[0].page is not place.cell.page:
            return None
        for cell in row:
            for hit in document.labels[cell]:
                hit_left, _, hit_right, _ = cell.span(hit.start, hit.end)
                names = hit.weight > 1 or _TAX_ALONE.fullmatch(cell.folded)
                if hit.field in SUMS and names and min(right, hit_right) > max(left, hit_left):
                    return hit.field
    return None


def _that_add_up(proposals: Proposals) -> dict[str, Found]:
    """The strongest HT, TVA and TTC of which the third is the sum; of equals the largest, for a part is no total."""
    triples = [
        triple
        for triple in product(*(_strongest(proposals[field]) for field in SUMS))
        if abs(Decimal(triple[0].value) + Decimal(triple[1].value) - Decimal(triple[2].value)) <= ROUNDING
        and Decimal(triple[2].value)
    ]
    if not triples:
        return {}
    chosen = max(triples, key=lambda triple: (round(sum(one.weight for one in triple)), abs(Decimal(triple[2].value))))
    return {field: one.found(sure=True) for field, one in zip(SUMS, chosen, strict=True)}


def _doubted(fields: dict[str, Found], proposals: Proposals, rows: Sequence[vat.VatRow]) -> dict[str, Found]:
    """Not sure when something larger is called a total too, or when the rates' taxes make more: then it is a part."""
    if not fields:
        return fields
    tva, ttc = (abs(Decimal(fields[name].value)) for name in ("total_tva", "total_ttc"))
    named = [one for one in proposals["total_ttc"] + proposals["net_to_pay"] if one.weight > 1.5]
    taxes = sum(abs(row.tax) for row in vat.recap(vat.named(rows) or rows))
    is_part = any(abs(Decimal(one.value)) > ttc + ROUNDING for one in named) or taxes > tva + ROUNDING * 5
    return {name: replace(found, sure=found.sure and not is_part) for name, found in fields.items()}


def _strongest(proposals: Sequence[Proposal]) -> list[Proposal]:
    return sorted(proposals, key=lambda one: -one.weight)[:TRIED]


def _untaxed(proposals: Proposals, wording: Found) -> dict[str, Found]:
    """Where words say why there is no VAT, HT and TTC are one amount: the one most labels agree on."""
    seen = [one for one in proposals["total_ttc"] + proposals["total_ht"] if one.weight >= 0.5]
    if not seen:
        return {}
    support = {one.value: sum(other.weight for other in seen if other.value == one.value) for one in seen}
    chosen = max(seen, key=lambda one: (support[one.value], abs(Decimal(one.value)), one.weight))
    sure = all(abs(Decimal(value)) <= abs(Decimal(chosen.value)) for value in support) and "/" not in chosen.place.text
    found = chosen.found(sure=sure)
    return {"total_ht": found, "total_tva": Found("0.00", wording.page, wording.box, sure), "total_ttc": found}


def _alone(proposals: Proposals) -> dict[str, Found]:
    """Nothing adds up: each value for itself, none of them sure."""
    chosen = {field: best(proposals[field]) for field in SUMS}
    found = {field: replace(one, sure=False) for field, one in chosen.items() if one}
    return _without_tax(found) if len(found) == len(SUMS) else found


def _without_tax(found: dict[str, Found]) -> dict[str, Found]:
    """« Sous-total 462,01 | TVA 24,09 | Total TTC 462,01 »: that subtotal holds the tax; where, the person sees."""
    ht, tva, ttc = (Decimal(found[field].value) for field in SUMS)
    return found | {"total_ht": replace(found["total_ht"], value=str(ttc - tva))} if tva and ht == ttc else found


def _net_to_pay(document: Document, proposals: list[Proposal], total: Found | None) -> dict[str, Found]:
    """Sure when it is the total, or the total less a deposit that is printed too."""
    net = best(proposals)
    if not net:
        return {}
    left_out = Decimal(total.value) - Decimal(net.value) if total else None
    deposits = document.proposals("other_deposit", read_amount)
    paid = next((one for one in deposits if left_out and abs(Decimal(one.value)) == left_out), None)
    sure = bool(total and total.sure and (paid or left_out == 0))
    told = {"paid": replace(paid, value=str(left_out)).found(sure=sure)} if paid else {}
    return {"net_to_pay": replace(net, sure=sure), **told}

"""HT, TVA, TTC, net to pay, what was paid. The sum that must come out right picks among what the labels propose."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import product

from invoicing.reading import vat, vat_table
from invoicing.reading.result import Found
from invoicing.reading.search import LEAST, Document, Proposal, best
from invoicing.reading.sums import ROUNDING, SUMS, Proposals, all_proposals, deposits

# How many of the strongest proposals of each field are tried against one another.
TRIED = 12
# What a net to pay must weigh that no sum explains.
GUESSED_NET = 1.0


def totals(document: Document, *, untaxed: Found | None = None) -> dict[str, Found]:
    """total_ht, total_tva, total_ttc, net_to_pay, paid and vat_lines, as far as they are printed.

    `untaxed`: the wording that says why no VAT is charged, when there is one.
    """
    rows = vat.vat_rows(document)
    proposals = all_proposals(document)
    for taxes, bases in vat_table.sums(rows):
        proposals["total_tva"].append(taxes)
        proposals["total_ht"] += bases
    fields = (
        _doubted(document, _that_add_up(proposals), proposals, rows)
        or (_untaxed(proposals, untaxed) if untaxed else {})
        or _alone(proposals)
    )
    fields |= _net_to_pay(document, proposals["net_to_pay"], fields.get("total_ttc"))
    if "total_ht" in fields and "total_tva" in fields:
        ht, tva = fields["total_ht"], fields["total_tva"]
        lines = vat_table.agreeing(document, rows, Decimal(ht.value), Decimal(tva.value))
        fields |= {"vat_lines": replace(lines, sure=lines.sure and ht.sure and tva.sure)} if lines else {}
    return fields


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
    chosen = dict(zip(SUMS, chosen, strict=True))
    below_zero = any(f"-{one.value}" == other.value for field, one in chosen.items() for other in proposals[field])
    return {field: one.found(sure=not below_zero) for field, one in chosen.items()}


def _doubted(
    document: Document, fields: dict[str, Found], proposals: Proposals, rows: Sequence[vat.VatRow]
) -> dict[str, Found]:
    """Not sure when something larger is called a total too, or when the rates' taxes make more: then it is a part. Nor
    when no rate makes this tax of that total: both may have lost their thousands."""
    if not fields:
        return fields
    tva, ttc = (abs(Decimal(fields[name].value)) for name in ("total_tva", "total_ttc"))
    named = [one for one in proposals["total_ttc"] + proposals["net_to_pay"] if one.weight > 1.5]
    is_part = any(abs(Decimal(one.value)) > ttc + ROUNDING for one in named)
    is_part = is_part or vat_table.taxes_told(rows) > tva + ROUNDING * 5
    is_part = is_part or not vat_table.is_possible(document, rows, Decimal(fields["total_ht"].value), tva)
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
    chosen = {field: best([one for one in proposals[field] if one.weight >= LEAST]) for field in SUMS}
    found = {field: replace(one, sure=False) for field, one in chosen.items() if one}
    return _without_tax(found) if len(found) == len(SUMS) else found


def _without_tax(found: dict[str, Found]) -> dict[str, Found]:
    """« Sous-total 462,01 | TVA 24,09 | Total TTC 462,01 »: that subtotal holds the tax; where, the person sees."""
    ht, tva, ttc = (Decimal(found[field].value) for field in SUMS)
    return found | {"total_ht": replace(found["total_ht"], value=str(ttc - tva))} if tva and ht == ttc else found


def _net_to_pay(document: Document, proposals: list[Proposal], total: Found | None) -> dict[str, Found]:
    """Sure when it is the total, or the total less what is printed as paid. One that no known label announces and no
    sum explains is none."""
    net = best(proposals)
    if not net:
        return {}
    left_out = Decimal(total.value) - Decimal(net.value) if total else None
    paid = _paid(deposits(document), left_out) if left_out else None
    is_explained = bool(paid or left_out == 0)
    if not is_explained and max(one.weight for one in proposals) < GUESSED_NET:
        return {}
    sure = bool(total and total.sure and is_explained)
    told = {"paid": replace(paid, value=str(left_out)).found(sure=sure)} if paid else {}
    return {"net_to_pay": replace(net, sure=sure), **told}


def _paid(deposits: Sequence[Proposal], left_out: Decimal) -> Proposal | None:
    """The deposit, or the last of several, that make up what the net to pay leaves out."""
    distinct = {one.order: one for one in deposits}.values()
    whole = sum(abs(Decimal(one.value)) for one in distinct)
    return next((one for one in distinct if left_out in {abs(Decimal(one.value)), whole}), None)

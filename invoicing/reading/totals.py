"""HT, TVA, TTC, net to pay, what was paid. The sum that must come out right picks among what the labels propose."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import product

from invoicing.reading import vat, vat_table
from invoicing.reading.result import Found
from invoicing.reading.search import LEAST, Document, Proposal, best
from invoicing.reading.sums import SUMS, Proposals, all_proposals, asks_for_deposit, deposits
from invoicing.reading.vat import ROUNDING

# How many of the strongest proposals of each field are tried against one another.
TRIED = 12
# What each of three proposals must weigh to rival the chosen three.
PLAIN = 1.0
# What a net to pay must weigh that no sum explains.
GUESSED_NET = 1.0


def totals(document: Document, *, is_credit_note: bool = False, untaxed: Found | None = None) -> dict[str, Found]:
    """total_ht, total_tva, total_ttc, net_to_pay, paid and vat_lines, as far as they are printed.

    `untaxed`: the wording that says why no VAT is charged, when there is one.
    """
    rows = vat.vat_rows(document)
    proposals = all_proposals(document, is_credit_note=is_credit_note)
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
    chosen = max(triples, key=lambda triple: (round(sum(one.weight for one in triple)), *_size(triple[2])))
    named = dict(zip(SUMS, chosen, strict=True))
    is_signed = not any(_may_have_the_other_sign(one, proposals[field]) for field, one in named.items())
    sure = is_signed and not any(_is_rival(triple, chosen) for triple in triples)
    return {field: one.found(sure=sure) for field, one in named.items()}


def _size(one: Proposal) -> tuple[Decimal, Decimal]:
    """The larger comes first; of two that differ by their sign, that above zero."""
    return abs(Decimal(one.value)), Decimal(one.value)


def _may_have_the_other_sign(one: Proposal, others: Sequence[Proposal]) -> bool:
    opposite = one.value[1:] if one.value.startswith("-") else f"-{one.value}"
    return any(other.place is one.place and other.value == opposite for other in others)


def _is_rival(triple: Sequence[Proposal], chosen: Sequence[Proposal]) -> bool:
    """Totals told as plainly as the chosen ones, at the same rate: what was ordered, or billed so far. Of another rate
    they are a part."""
    (ht, tva, ttc), (own_ht, own_tva, own_ttc) = ([Decimal(one.value) for one in three] for three in (triple, chosen))
    is_other = abs(abs(ttc) - abs(own_ttc)) > ROUNDING and ht * tva
    return bool(
        is_other
        and all(one.weight >= PLAIN for one in triple)
        and abs(own_ht * tva - own_tva * ht) <= ROUNDING * (abs(ht) + abs(own_ht))
    )


def _doubted(
    document: Document, fields: dict[str, Found], proposals: Proposals, rows: Sequence[vat.VatRow]
) -> dict[str, Found]:
    """Not sure when something larger is called a total too, or when the rates' taxes make more: then it is a part. Nor
    when no rate makes this tax of that total (both may have lost their thousands), or when a deposit is asked for."""
    if not fields:
        return fields
    ht, tva, ttc = (abs(Decimal(fields[name].value)) for name in SUMS)
    named = [one for one in proposals["total_ttc"] + proposals["net_to_pay"] if one.weight > 1.5]
    asked = (*deposits(document), *proposals["net_to_pay"]) if asks_for_deposit(document) else ()
    less = [one for one in asked if abs(Decimal(one.value)) <= ttc]
    is_doubtful = (
        any(abs(Decimal(one.value)) > ttc + ROUNDING for one in named)
        or vat_table.taxes_told(rows) > tva + ROUNDING * 5
        or not vat_table.is_possible(document, rows, ht, tva)
        or (bool(less) and not any(_is_same(one, fields["total_ttc"]) for one in less))
    )
    return {name: replace(found, sure=found.sure and not is_doubtful) for name, found in fields.items()}


def _strongest(proposals: Sequence[Proposal]) -> list[Proposal]:
    return sorted(proposals, key=lambda one: -one.weight)[:TRIED]


def _untaxed(proposals: Proposals, wording: Found) -> dict[str, Found]:
    """Where words say why there is no VAT, HT and TTC are one amount: the one most labels agree on. What is to pay says
    it only where nothing else does."""
    seen = [one for one in proposals["total_ttc"] + proposals["total_ht"] if one.weight >= 0.5]
    to_pay = {one.place.box for one in proposals["net_to_pay"]}
    seen = [one for one in seen if one.place.box not in to_pay] or seen
    if not seen:
        return {}
    support = {one.value: sum(other.weight for other in seen if other.value == one.value) for one in seen}
    chosen = max(seen, key=lambda one: (support[one.value], *_size(one), one.weight))
    found = chosen.found(sure=len(support) == 1 and "/" not in chosen.place.text)
    return {"total_ht": found, "total_tva": Found("0.00", wording.page, wording.box, found.sure), "total_ttc": found}


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
    before = deposits(document)
    paid = {one: _paid(before, total, one) for one in proposals}
    explained = [one for one in proposals if paid[one]] or [one for one in proposals if _is_same(one, total)]
    net = max(explained or proposals, key=lambda one: one.weight, default=None)
    if not net or (not explained and net.weight < GUESSED_NET):
        return {}
    sure = bool(explained and total.sure)
    told = {"paid": paid[net].found(sure=sure)} if paid[net] else {}
    return {"net_to_pay": net.found(sure=sure), **told}


def _is_same(one: Proposal, total: Found | None) -> bool:
    return bool(total) and Decimal(one.value) == Decimal(total.value)


def _paid(deposits: Sequence[Proposal], total: Found | None, net: Proposal) -> Proposal | None:
    """The deposit, or the last of several, that make up what the net to pay leaves out of the total."""
    left_out = Decimal(total.value) - Decimal(net.value) if total else 0
    distinct = {one.order: one for one in deposits}.values()
    whole = sum(abs(Decimal(one.value)) for one in distinct)
    return next(
        (
            replace(one, value=str(left_out))
            for one in distinct
            if left_out and left_out in {abs(Decimal(one.value)), whole}
        ),
        None,
    )

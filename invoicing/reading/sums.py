"""What the page proposes for HT, TVA, TTC and the net to pay; totals.py chooses."""

import re
from bisect import bisect
from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from functools import partial

from invoicing.reading.labels import GUESSED, Hit
from invoicing.reading.layout import Cell, Place
from invoicing.reading.numbers import find_amounts
from invoicing.reading.search import BELOW, LOOSENESS, Document, Proposal, Read
from invoicing.reading.vat import amounts_of
from invoicing.reading.wordings import AMOUNTS, HT, TTC

CENT = Decimal("0.01")
SUMS = ("total_ht", "total_tva", "total_ttc")
Proposals = dict[str, list[Proposal]]
# A font without the euro prints « e ».
_WHOLE = re.compile(r"[\s:=€]*(-?(?:\d{1,3}(?: \d{3})+|\d{1,7})(?:[.,]\d)?)(?: e|[\s€]*)")
_INCLUDED = re.compile(r"\bdont\b")
_TAX = re.compile(rf"{HT}|{TTC}|\bt\.?v\.?a\b")
_TAX_ALONE = re.compile(rf"{HT}|{TTC}")
_THOUSANDS = re.compile(r"-?\d{1,3}(?: \d{3})*")
_HUNDREDS = re.compile(r"[-( €]*\d{3}[.,]")
_DASHED = re.compile(r"[^\W\d_][€%)(. ]* - [€ ]*$")
_TO_PAY = re.compile(r"pay|regl|vers|sold|acquit|du\b")
_DAY = re.compile(r"\b\d{1,2}(?:er)?[/. -](?:\d{1,2}\b|[a-z]{3,9})")
# A label of its own, whatever else its words may be: « Acompte facturé n° 12 du 26/02/2026 ».
_PAID = re.compile("|".join(rf"\W*(?:{wording})" for _, wording in AMOUNTS["other_deposit"]))
PAID = 3
_SETTLED = re.compile(r"facture de solde|\b(?:reste|solde) (?:du|a)\b")
_ASKED = re.compile(r"facture d'acompte|(?:acomptes?|arrhes) (?:demandee?s?|a (?:verser|payer|regler))")
# How much proves a row called « Total » under the heads of its columns, and one that sums up those above it.
CALLED_TOTAL, SUMS_UP = 2.5, 1.6


def all_proposals(document: Document, *, is_credit_note: bool) -> Proposals:
    """For each of SUMS and net_to_pay, what labels and heads say it is."""
    proposals, read = {}, partial(_read_broken, document)
    for field in (*SUMS, "net_to_pay"):
        proposals[field] = document.proposals(field, read, _no_rate, of_goods=False)
        if not proposals[field]:
            whole = document.proposals(field, read_whole, _is_listed, of_goods=False)
            proposals[field] = [replace(one, weight=one.weight - 1) for one in whole]
    for field, proposal in (*_further_right(document), *_under_heads(document)):
        proposals[field].append(proposal)
    proposals["net_to_pay"] += _behind_the_day_to_pay(document)
    for one in proposals.values():
        one += [whole for part in one for whole in _with_what_stands_before(document, part)]
        one += [] if is_credit_note else [replace(part, value=part.value[1:]) for part in one if _may_be_dashed(part)]
    # Many small invoices print no other total than what is to pay.
    proposals["total_ttc"] += [replace(one, weight=one.weight - 1.2) for one in proposals["net_to_pay"]]
    return proposals


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


def _read_broken(document: Document, place: Place) -> Read | None:
    """An amount, be it broken over two lines of a narrow column: « 3 » above « 049,70 »."""
    below = document.sheet.line(place.cell, 1) if _THOUSANDS.fullmatch(place.text) else None
    hundreds = _HUNDREDS.match(below.text) if below and not _is_named(below) else None
    end = next(find_amounts(below.text), None) if hundreds else None
    # « 150.123 » begins like hundreds and is no amount.
    if end is None or end.start >= hundreds.end():
        return read_amount(place)
    return Read(_joined(place.text, end.value), Place(below, end.start, end.end, place.distance))


def _is_named(cell: Cell) -> bool:
    """Whether words stand to its left: then its row is no second line of the one above."""
    return any(map(str.isalpha, cell.before))


def _joined(thousands: str, hundreds: Decimal) -> str:
    sign = "-" if thousands.startswith("-") or hundreds < 0 else ""
    return f"{sign}{thousands.strip('-').replace(' ', '')}{abs(hundreds)}"


def _may_be_less(place: Place, start: int, end: int) -> bool:
    """« 3 | 049,70 », « 3 /049,70 »: nothing but a sum tells whether the digits before belong to the amount."""
    if "/" in place.text[start:end]:
        return True
    return not place.text[:start].strip() and place.start == 0 and bool(_THOUSANDS.fullmatch(place.cell.before))


def _with_what_stands_before(document: Document, one: Proposal) -> Iterator[Proposal]:
    """« 3 | 049,70 », or « 3 » above « 049,70 » in a narrow column: perhaps one amount, if the sums say so."""
    cell = one.place.cell
    if cell.text[: one.place.start].strip(" -(€"):
        return
    above = None if _is_named(cell) else document.sheet.line(cell, -1)
    for before in {cell.before, above.text if above else ""}:
        if _THOUSANDS.fullmatch(before) and _HUNDREDS.match(one.place.text) and abs(Decimal(one.value)) < 1000:
            yield replace(one, value=_joined(before, Decimal(one.value)))
    # A sheet may put the sign at the other edge of its column.
    if cell.before == "-" and Decimal(one.value) > 0:
        yield replace(one, value=f"-{one.value}")


def _may_be_dashed(one: Proposal) -> bool:
    """« Total HT - 100,00 € »: the dash may part the two as well as sign the amount."""
    before = one.place.end - len(one.place.text.lstrip("-€ "))
    return bool(one.value.startswith("-") and _DASHED.search(one.place.cell.text, 0, before))


def read_whole(place: Place) -> Read | None:
    """A number alone in its place, without cents or with a tenth: « 1250 », « 120,5 »."""
    match = _WHOLE.fullmatch(place.text)
    if not match:
        return None
    value = Decimal(match[1].replace(" ", "").replace(",", ".")).quantize(CENT)
    return Read(str(value), place.narrowed(match.start(1), match.end(1)))


def _no_rate(cell: Cell, hit: Hit) -> bool:
    """« TVA 5,5 % » announces one rate's tax, not the whole: vat.py reads those rows."""
    until = next((amount.start for amount in find_amounts(cell.text[hit.start :])), None)
    return "%" not in cell.text[hit.start :][:until]


def _is_listed(cell: Cell, hit: Hit) -> bool:
    """« Conditions : net 30 » guesses a label; a number without cents is too little to go with it."""
    return hit.weight > GUESSED and _no_rate(cell, hit)


def _further_right(document: Document) -> Iterator[tuple[str, Proposal]]:
    """« Base HT | 20,00 | 30,00 | 50,00 »: a table with a column for each rate ends with the sum."""
    for field in SUMS:
        for cell, hit in document.hits(field):
            cells = document.sheet.right_of(cell)
            told = hit.weight >= 1 and not any(document.labels[other] for other in cells)
            for amount in amounts_of(cells)[1:] if told else ():
                yield field, Proposal(str(amount.value), amount.place, hit.weight - 1 / 20)


def _behind_the_day_to_pay(document: Document) -> list[Proposal]:
    """« Solde à payer avant le 25/02/2026 : 845,20 € », « À verser au plus tard le 12/03 : 312,00 € »."""
    asked = [
        (cell, hit)
        for cell, hit in (*document.hits("due_date"), *document.hits("net_to_pay"))
        if _TO_PAY.search(cell.folded, 0, hit.end) and _DAY.search(cell.folded, hit.end)
    ]
    return list(_in_the_row(document, asked))


def deposits(document: Document) -> list[Proposal]:
    """What was paid before: « Acompte reçu le 26/02/2026 (chèque 12)    165,17 »."""
    begun = ((cell, _PAID.match(cell.folded)) for cell in document.sheet.cells)
    labels = [(cell, Hit("other_deposit", PAID, match.start(), match.end())) for cell, match in begun if match]
    return [*document.proposals("other_deposit", read_amount), *_in_the_row(document, labels)]


def asks_for_deposit(document: Document) -> bool:
    """Whether a deposit is asked for and not settled: then the totals may be those of the order."""
    said = [cell.folded for cell in document.sheet.cells]
    return any(map(_ASKED.search, said)) and not any(map(_SETTLED.search, said))


def _in_the_row(document: Document, labels: Iterable[tuple[Cell, Hit]]) -> Iterator[Proposal]:
    """For each of these labels the first amount of its row, whatever words but another amount's label stand between; in
    a row of heads, what stands beneath."""
    for cell, hit in labels:
        for place in _behind(document, cell, hit):
            read = read_amount(place)
            if read:
                yield Proposal(read.value, read.place, hit.weight - place.distance / 20 - LOOSENESS * read.loose)
                break


def _behind(document: Document, cell: Cell, hit: Hit) -> Iterator[Place]:
    row = document.sheet.rows[cell.row]
    if len(row) > 1 and not any(next(find_amounts(other.text), None) for other in row):
        beneath = document.sheet.below(cell, hit.start, hit.end)
        yield from [replace(beneath, distance=BELOW)] if beneath else []
        return
    for distance, other in enumerate((cell, *document.sheet.right_of(cell))):
        start = hit.end if other is cell else 0
        following = (label.start for label in document.labels[other] if label.field in AMOUNTS)
        end = min((at for at in following if at >= start), default=len(other.text))
        yield Place(other, start, end, distance)
        if end < len(other.text):
            return


def _under_heads(document: Document) -> Iterator[tuple[str, Proposal]]:
    """Amounts named by the heads of their columns, in a row called « Total » or that sums up those above it."""
    heads = list(_heads(document))
    columns: dict[tuple[Cell, Hit], list[Decimal]] = {}
    for row in document.sheet.rows:
        is_total = any(_is_called_total(document, cell) for cell in row)
        for amount in amounts_of(row):
            place, value = amount.place, amount.value
            head = _head_above(heads, place) or (_head_of_column(document, heads, place.cell) if is_total else None)
            if head:
                above = columns.setdefault(head, [])
                if is_total or (len(above) > 1 and sum(above) == value):
                    yield head[1].field, Proposal(str(value), place, CALLED_TOTAL if is_total else SUMS_UP)
                above.append(value)


def _is_called_total(document: Document, cell: Cell) -> bool:
    """« Total », « TOTAUX », « Total général », without a word that names one of the columns."""
    hits = [hit for hit in document.labels[cell] if hit.field == "total_ttc" and hit.weight > GUESSED]
    return any(not _TAX.search(cell.folded, hit.start, hit.end) for hit in hits)


def _heads(document: Document) -> Iterator[tuple[Cell, Hit]]:
    for cell in document.sheet.cells:
        for hit in document.labels[cell]:
            if hit.field in SUMS and (hit.weight > 1 or _TAX_ALONE.fullmatch(cell.folded)):
                yield cell, hit


def _head_of_column(document: Document, heads: list[tuple[Cell, Hit]], cell: Cell) -> tuple[Cell, Hit] | None:
    """The nearest head as many columns from the right: where heads stand left and values right in wide columns."""
    rows = document.sheet.rows
    above = [head for head in heads if head[0].row < cell.row and head[0].page is cell.page]
    nearest = (head for head in above if head[0].row == above[-1][0].row)
    from_right = len(rows[cell.row]) - cell.column
    return next((head for head in nearest if len(rows[head[0].row]) - head[0].column == from_right), None)


def _head_above(heads: list[tuple[Cell, Hit]], place: Place) -> tuple[Cell, Hit] | None:
    """The nearest of the heads that stands above this place."""
    alone = len(list(find_amounts(place.cell.text))) == 1
    left, _, right, _ = place.cell.span() if alone else place.cell.span(place.start, place.end)
    for cell, hit in reversed(heads[: bisect(heads, place.cell.row - 1, key=lambda head: head[0].row)]):
        if cell.page is not place.cell.page:
            return None
        head_left, _, head_right, _ = cell.span(hit.start, hit.end)
        if min(right, head_right) > max(left, head_left):
            return cell, hit
    return None

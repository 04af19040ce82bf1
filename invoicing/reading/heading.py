"""What the document is, its number and its dates."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from invoicing.reading.dates import MONTHS, TOWN, find_dates
from invoicing.reading.doubts import announced_days
from invoicing.reading.labels import Hit
from invoicing.reading.layout import Cell, Place
from invoicing.reading.references import read_number
from invoicing.reading.result import Found
from invoicing.reading.search import BARE, LEAST, Document, Proposal, Read, Reader, best, is_parted, one_of

_INVOICE = re.compile(r"\b(?:factur[ea]|facture(?:tte)?|fact\.? ?(?:n|(?=:))|note d'honoraires|invoice)(?=\W|$)")
_CREDIT_NOTE = re.compile(r"^\W*(?:facture (?:d')?avoir|avoir|note de credit|credit note)\b(?!.* (?:a|de) deduire)")
# Documents that look like an invoice and are none.
_NO_INVOICE = re.compile(r"\b(?:pro ?-?forma|facture provisoire|projet de facture|modele de facture)\b")
_AFTER_NUMBER = re.compile(
    r"[\s,:(|/·-]*(?:du|en date du|datee? du|date de facture|date|emise? le|emis le|le)?[\s:]*"
    r"(?:(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche) )?"
)
_BEGUN_DATE = re.compile(rf"(?<!\d)\d{{1,2}}(?:er)?(?: (?:{'|'.join(MONTHS)}))?$")
# Labels of documents with a number and a date of their own.
OTHER_DOCUMENTS = frozenset(
    {
        *("origin_number", "delivery_note", "engagement_number", "order_reference", "contract_number"),
        *("other_quote", "other_invoice"),
    }
)
# « Escompte de 1 % pour tout règlement avant le … », « Pour tout paiement avant le …, escompte de 1 % »: « @ » is where
# the words of the day to pay begin.
_REBATE = r"\b(?:escompte|remise|rabais|ristourne)\b"
_IF_PAID = r"\b(?:pour|si|en cas de|sur)\b[^.;:,\d@]{0,30}@"
_FOR_A_REBATE = re.compile(rf"{_REBATE}(?:[^.;]|\.\d)*{_IF_PAID}|{_IF_PAID}(?:[^.;]|\.\d)*{_REBATE}")
# No sentence about a rebate is longer.
SENTENCE = 150
# What « facture » in large proves of a number or a date near it; and what stays of a number two words dispute.
TITLE, DOUBTFUL = 1.5, 1.0


def kind(document: Document) -> Found | None:
    """FACTURE or AVOIR. The title tells: the tallest of the words that can be one, the first of equals."""
    titles = []
    for cell in document.sheet.cells:
        match = _CREDIT_NOTE.search(cell.folded)
        value = "AVOIR" if match else "FACTURE"
        match = match or _INVOICE.search(cell.folded)
        if match:
            place = Place(cell, match.start(), match.end())
            _, top, _, bottom = cell.span(match.start(), match.end())
            titles.append(Proposal(value, place, round(bottom - top)))
    if not titles:
        return None
    tallest = max(titles, key=lambda one: (one.weight, -one.order[0]))
    # « Avoir n° 3 » in a heading counts, whatever stands there in larger letters.
    numbered = {one.place.cell.row for one in _numbers(document) if "avoir" in one.label}
    rivals = [
        one
        for one in titles
        if one.value != tallest.value
        and (one.weight >= tallest.weight or (one.value == "AVOIR" and one.place.cell.row in numbered))
    ]
    sure = all(_names_the_origin(document, one.place) for one in rivals)
    return tallest.found(sure=sure and not _NO_INVOICE.search(tallest.place.cell.folded))


def _names_the_origin(document: Document, place: Place) -> bool:
    """« Avoir sur la facture n° 12 »: that facture is not this document."""
    return any(
        hit.field in {"origin_number", "origin_date"} and hit.start <= place.start < hit.end
        for hit in document.labels[place.cell]
    )


def numbers(document: Document, *, is_credit_note: bool) -> dict[str, Found]:
    """number; of a credit note also origin_number and origin_date."""
    own = _numbers(document)
    if not is_credit_note:
        return _named(number=_best_number(own))
    own, origins = _own_and_origins(document, own)
    origin = _strongest(origins)
    return _named(
        number=_best_number(own),
        origin_number=best(origins),
        origin_date=_origin_date(document, origin) if origin else None,
    )


def _named(**fields: Found | None) -> dict[str, Found]:
    return {name: found for name, found in fields.items() if found}


def other_reference(document: Document, number: Found | None) -> Found | None:
    """« Référence : 26-118 » beside a number of another label: what the buyer gave, a guess."""
    others = [
        replace(one, weight=LEAST)
        for one in document.proposals("number", read_number)
        if number and one.value != number.value and one.label.startswith("ref") and "fact" not in one.label
    ]
    return best(others)


def _best_number(proposals: list[Proposal]) -> Found | None:
    """Whatever else is called the number, in other words even, makes it unsure."""
    return best(proposals, rival=TITLE)


def _own_and_origins(document: Document, proposals: list[Proposal]) -> tuple[list[Proposal], list[Proposal]]:
    """Which numbers of a credit note are its own, and which the invoice's it corrects."""
    origins = document.proposals("origin_number", read_number)
    invoices = [one for one in proposals if _names_an_invoice(one.label)]
    own = [one for one in proposals if one not in invoices and not one.label.startswith("ref")]
    if own:
        values = {one.value for one in own}
        return own, [one for one in origins + invoices if one.value not in values]
    titles = [one for one in origins if _CREDIT_NOTE.search(one.place.cell.folded)]
    rest = [one for one in origins + invoices if one.value not in {title.value for title in titles}]
    if titles and rest:
        # « Avoir sur facture 7 », and another invoice is named beneath: is 7 the one, or this very document?
        return _doubtful(titles), _doubtful(rest)
    return (invoices, origins) if origins else (_doubtful(proposals), [])


def _names_an_invoice(label: str) -> bool:
    return "fact" in label and "avoir" not in label


def _doubtful(proposals: list[Proposal]) -> list[Proposal]:
    return [replace(one, weight=min(one.weight, DOUBTFUL)) for one in proposals]


def _strongest(proposals: list[Proposal]) -> Proposal | None:
    return max(proposals, key=lambda one: (one.weight, -one.order[0]), default=None)


def _origin_date(document: Document, origin: Proposal) -> Found | None:
    labelled = document.proposals("origin_date", read_date)
    behind = dated_behind(document, origin)
    proposals = labelled + ([Proposal(behind.value, behind.place, origin.weight)] if behind else [])
    return best(proposals)


def _numbers(document: Document) -> list[Proposal]:
    """What the heading calls the number; a number among the goods is another invoice's."""
    proposals = document.proposals("number", read_number, of_goods=False) + list(_under_the_title(document))
    goods = min(document.heads_of_goods, default=len(document.sheet.rows))
    heading = [one for one in proposals if one.place.cell.row < goods]
    return heading if any(one.weight >= TITLE for one in heading) else proposals


def _under_the_title(document: Document) -> Iterator[Proposal]:
    """« FACTURE » in large, « N° 2026-12 » beside or beneath it: a bare « N° » counts there."""
    for cell, hit in document.hits("number"):
        if hit.weight <= BARE:
            continue
        beneath = document.sheet.below(cell, hit.start, hit.end)
        for other in (*document.sheet.right_of(cell)[:1], *([beneath.cell] if beneath else [])):
            bare = next((one for one in document.labels[other] if one.field == "number" and one.weight == 1), None)
            if bare and bare.start == 0 and other.row not in document.heads_of_goods:
                read = next(filter(None, map(read_number, document.places_after(other, bare))), None)
                if read and not read.loose:
                    yield Proposal(read.value, read.place, 2.5, cell.folded[hit.start : hit.end])


def issue_date(document: Document, *, is_credit_note: bool) -> Found | None:
    """The labelled date, the one right behind the number, or one that stands by itself."""
    own = _numbers(document)
    if is_credit_note:
        own, _ = _own_and_origins(document, own)
    proposals = document.proposals("issue_date", _date_reader(document), partial(_is_own, document), of_goods=False)
    proposals += [
        Proposal(read.value, read.place, 2.5)
        for one in own
        if one.weight >= TITLE and (read := dated_behind(document, one))
    ]
    return best(proposals) or best(list(_by_themselves(document)))


def _is_own(document: Document, cell: Cell, hit: Hit) -> bool:
    """« Facture d'origine : V26-104, émise le 01/09/2026 »: that date is the other document's."""
    before = [other for other in document.labels[cell] if other.end <= hit.start]
    return not before or before[-1].field not in OTHER_DOCUMENTS or bool(find_dates(cell.folded[: hit.start]))


def due_date(document: Document) -> Found | None:
    return best(document.proposals("due_date", _date_reader(document), partial(_is_unconditional, document)))


def _is_unconditional(document: Document, cell: Cell, hit: Hit) -> bool:
    """The day until which an early payment earns a rebate is not the last to pay."""
    above = document.sheet.line(cell, -1)
    before = f"{above.folded if above else ''} {cell.folded[: hit.start]}"[-SENTENCE:]
    return not _FOR_A_REBATE.search(f"{before}@{cell.folded[hit.start : hit.start + SENTENCE]}")


def _date_reader(document: Document) -> Reader:
    def read(place: Place) -> Read | None:
        """A date, even one that goes on on the next line: « 15 septembre », « 2026 »."""
        found = read_date(place)
        begun = _BEGUN_DATE.search(place.folded) if not found and place.end == len(place.cell.text) else None
        below = begun and document.sheet.below(place.cell, 0, place.end)
        return read_date(one_of((place.cell, below.cell), place.distance, place.start)) if below else found

    return read


def read_date(place: Place) -> Read | None:
    found = next(iter(find_dates(place.folded)), None)
    if not found:
        return None
    return Read(found.value.isoformat(), place.narrowed(found.start, found.end), is_parted(place, found.start))


def dated_behind(document: Document, one: Proposal) -> Read | None:
    """The date right behind a number: « 2026-045 du 12/05/2026 », on the next line even."""
    cell: Cell = one.place.cell
    after = _AFTER_NUMBER.match(cell.folded, one.place.end)
    start = after.end()
    below = document.sheet.below(cell, 0, start) if after[0].strip() and start == len(cell.text) else None
    if below:
        cell, start = below.cell, 0
    found = next((date for date in find_dates(cell.folded) if date.start == start), None)
    return Read(found.value.isoformat(), Place(cell, found.start, found.end)) if found else None


def _by_themselves(document: Document) -> Iterator[Proposal]:
    """Dates of the first page that nothing announces: beside the title or behind a town's name they prove something."""
    announced = set(announced_days(document))
    for cell in document.sheet.cells:
        if cell.page.number > 1:
            return
        for found in find_dates(cell.folded):
            if (cell, found.start) not in announced:
                place = Place(cell, found.start, found.end)
                weight = TITLE if _is_dated_line(document, place) else LEAST
                yield Proposal(found.value.isoformat(), place, weight)


def _is_dated_line(document: Document, place: Place) -> bool:
    """« Bourges, le 18/11/2026 », or the date alone to the right of the title or the number, or beneath it."""
    cell = place.cell
    if TOWN.search(cell.folded, 0, place.start):
        return True
    before = [one for one in document.sheet.rows[cell.row][: cell.column] if one.text != "|"]
    near = (*before[-1:], document.sheet.over(document.sheet.next_row(cell, -1), cell.left, cell.right))
    named = any(hit.field == "number" and hit.weight > BARE for one in near if one for hit in document.labels[one])
    return named and not is_parted(Place(cell, 0, len(cell.text)), place.start)

"""What the document is, its number and its dates."""

import re
from collections.abc import Iterator
from dataclasses import replace

from invoicing.reading.dates import find_dates
from invoicing.reading.layout import Cell, Place
from invoicing.reading.references import read_number
from invoicing.reading.result import Found
from invoicing.reading.search import LEAST, Document, Proposal, Read, best, is_parted

_INVOICE = re.compile(r"\b(?:factur[ea]|facture(?:tte)?|fact\.? ?n|note d'honoraires|invoice)\b")
_CREDIT_NOTE = re.compile(r"^\W*(?:facture d'avoir|avoir|note de credit|credit note)\b(?!.* (?:a|de) deduire)")
# Documents that look like an invoice and are none.
_NO_INVOICE = re.compile(r"\b(?:pro ?-?forma|facture provisoire|projet de facture|modele de facture)\b")
_AFTER_NUMBER = re.compile(
    r"[\s,:(-]*(?:du|en date du|date du|date de facture|date|emise? le|emis le|le)?[\s:]*"
    r"(?:(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche) )?"
)


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
    rivals = [one for one in titles if one.value != tallest.value and one.weight >= tallest.weight]
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
    own, others = _own_and_others(_numbers(document), is_credit_note)
    if not is_credit_note:
        return _named(number=best(own))
    origins = document.proposals("origin_number", read_number) + others
    origin = _strongest(origins)
    return _named(
        number=best(own),
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


def _own_and_others(proposals: list[Proposal], is_credit_note: bool) -> tuple[list[Proposal], list[Proposal]]:
    """« Avoir n° 3 » and « Facture n° 12 » on one credit note: the second is the origin."""
    if not is_credit_note:
        return proposals, []
    own = [one for one in proposals if "avoir" in one.label or "credit" in one.label]
    values = {one.value for one in own}
    others = [one for one in proposals if "fact" in one.label and one not in own and one.value not in values]
    return (own, others) if own and others else (proposals, [])


def _strongest(proposals: list[Proposal]) -> Proposal | None:
    return max(proposals, key=lambda one: (one.weight, -one.order[0]), default=None)


def _origin_date(document: Document, origin: Proposal) -> Found | None:
    labelled = document.proposals("origin_date", read_date)
    behind = dated_behind(origin)
    proposals = labelled + ([Proposal(behind.value, behind.place, origin.weight)] if behind else [])
    return best(proposals)


def _numbers(document: Document) -> list[Proposal]:
    return document.proposals("number", read_number) + list(_under_the_title(document))


def _under_the_title(document: Document) -> Iterator[Proposal]:
    """« FACTURE » in large, « N° 2026-12 » beside or beneath it: a bare « N° » counts there."""
    for cell, hit in document.hits("number"):
        beneath = document.sheet.below(cell, hit.start, hit.end)
        for other in (*document.sheet.right_of(cell)[:1], *([beneath.cell] if beneath else [])):
            bare = next((one for one in document.labels[other] if one.field == "number" and one.weight == 1), None)
            if bare and bare.start == 0:
                read = read_number(Place(other, bare.end, len(other.text)))
                if read:
                    yield Proposal(read.value, read.place, 2.5, cell.folded[hit.start : hit.end])


def issue_date(document: Document, *, is_credit_note: bool) -> Found | None:
    """The labelled date, else the one right behind the number, else the first of the first page."""
    proposals = document.proposals("issue_date", read_date)
    proposals += [
        Proposal(read.value, read.place, 2.5)
        for one in _own_and_others(_numbers(document), is_credit_note)[0]
        if one.weight >= 1.5 and (read := dated_behind(one))
    ]
    return best(proposals) or _first_date(document)


def due_date(document: Document) -> Found | None:
    return best(document.proposals("due_date", read_date))


def read_date(place: Place) -> Read | None:
    found = next(iter(find_dates(place.folded)), None)
    if not found:
        return None
    return Read(found.value.isoformat(), place.narrowed(found.start, found.end), is_parted(place, found.start))


def dated_behind(one: Proposal) -> Read | None:
    """The date right behind a number: « 2026-045 du 12/05/2026 »."""
    cell: Cell = one.place.cell
    start = _AFTER_NUMBER.match(cell.folded, one.place.end).end()
    found = next((date for date in find_dates(cell.folded) if date.start == start), None)
    return Read(found.value.isoformat(), Place(cell, found.start, found.end)) if found else None


def _first_date(document: Document) -> Found | None:
    """A date nothing announces, at the head of the first page: likely, never sure."""
    claimed = {"due_date", "delivery_dates", "delivery_note", "other_date", "other_quote", "engagement_number"}
    claimed |= {"other_lot", "origin_number", "origin_date", "other_article"}
    for cell in document.sheet.cells:
        if cell.page.number > 1:
            return None
        if not any(hit.field in claimed for hit in document.labels[cell]):
            read = read_date(Place(cell, 0, len(cell.text)))
            if read:
                return Proposal(read.value, read.place, 0.5).found(sure=False)
    return None

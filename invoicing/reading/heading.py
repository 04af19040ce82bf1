"""What the document is, its number, and its dates."""

import re
from collections.abc import Iterator
from datetime import date

from invoicing.reading.dates import find_dates
from invoicing.reading.layout import Cell, Place
from invoicing.reading.references import read_number
from invoicing.reading.result import Found
from invoicing.reading.search import Document, Proposal, Read, best

_INVOICE = re.compile(r"\b(?:factur[ea]|facture(?:tte)?|note d'honoraires|invoice)\b")
_CREDIT_NOTE = re.compile(r"^\W*(?:facture d'avoir|avoir|note de credit|credit note)\b(?!.* (?:a|de) deduire)")
_AFTER_NUMBER = re.compile(r"[\s,:(-]*(?:du|en date du|date du|emise? le|le|date ?:)?[\s:]*")


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
    sure = all(one.value == tallest.value or one.weight < tallest.weight for one in titles)
    return tallest.found(sure=sure)


def number(document: Document) -> Found | None:
    return best(_numbers(document))


def origin_number(document: Document) -> Found | None:
    return best(document.proposals("origin_number", read_number))


def _numbers(document: Document) -> list[Proposal]:
    return document.proposals("number", read_number) + list(_under_the_title(document))


def _under_the_title(document: Document) -> Iterator[Proposal]:
    """« FACTURE » in large, « N° 2026-12 » beside or beneath it: a bare « N° » counts there."""
    for cell, hit in document.hits("number"):
        beneath = document.sheet.below(cell, hit.start, hit.end)
        for other in (*document.sheet.right_of(cell)[:1], *([beneath] if beneath else [])):
            bare = next((one for one in document.labels[other] if one.field == "number" and one.weight == 1), None)
            if bare and bare.start == 0:
                read = read_number(Place(other, bare.end, len(other.text)))
                if read:
                    yield Proposal(read.value, read.place, 2.5)


def issue_date(document: Document) -> Found | None:
    """The labelled date, else the one right behind the number, else the first of the first page."""
    proposals = document.proposals("issue_date", read_date)
    proposals += [
        Proposal(read.value, read.place, 2.5)
        for one in _numbers(document)
        if one.weight >= 1.5 and (read := _dated(one))
    ]
    return best(proposals) or _first_date(document)


def due_date(document: Document) -> Found | None:
    return best(document.proposals("due_date", read_date))


def delivery_dates(document: Document) -> Found | None:
    """Every delivery date, in order, joined by commas; shown at the first."""
    proposals = document.proposals("delivery_dates", read_dates)
    proposals += [
        Proposal(read.value, read.place, 2.0)
        for one in document.proposals("delivery_note", read_number)
        if (read := _dated(one))
    ]
    if not proposals:
        return None
    days = sorted({day for one in proposals for day in one.value.split(",")})
    strongest = max(proposals, key=lambda one: (one.weight, -one.order[0]))
    return Proposal(",".join(days), strongest.place, strongest.weight).found(sure=strongest.weight >= 2)


def read_date(place: Place) -> Read | None:
    found = next(iter(find_dates(place.folded)), None)
    return Read(found.value.isoformat(), place.narrowed(found.start, found.end)) if found else None


def read_dates(place: Place) -> Read | None:
    found = find_dates(place.folded)
    if not found:
        return None
    days = sorted({one.value for one in found})
    return Read(",".join(map(date.isoformat, days)), place.narrowed(found[0].start, found[-1].end))


def _dated(one: Proposal) -> Read | None:
    """The date right behind a number: « 2026-045 du 12/05/2026 »."""
    cell: Cell = one.place.cell
    start = _AFTER_NUMBER.match(cell.folded, one.place.end).end()
    found = next((date for date in find_dates(cell.folded) if date.start == start), None)
    return Read(found.value.isoformat(), Place(cell, found.start, found.end)) if found else None


def _first_date(document: Document) -> Found | None:
    """A date nothing announces, at the head of the first page: likely, never sure."""
    claimed = {"due_date", "delivery_dates", "delivery_note", "other_date", "other_quote", "engagement_number"}
    for cell in document.sheet.cells:
        if cell.page.number > 1:
            return None
        if not any(hit.field in claimed for hit in document.labels[cell]):
            read = read_date(Place(cell, 0, len(cell.text)))
            if read:
                return Proposal(read.value, read.place, 0.5).found(sure=False)
    return None

"""What the pages print and no field explains makes the fields that may lack it unsure."""

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from invoicing.reading.dates import TOWN, DateFound, find_dates, find_days
from invoicing.reading.labels import Hit
from invoicing.reading.layout import Cell, Place
from invoicing.reading.references import shape
from invoicing.reading.result import Found
from invoicing.reading.search import BARE, BELOW, Document

DATES = ("issue_date", "due_date", "delivery_dates", "origin_date")
DELIVERIES = ("delivery_dates", "delivery_note")
# Days before the date of issue in which a delivery is likely: one further off is something else, as is one after it.
BEFORE = timedelta(days=100)
_UNTIL = re.compile(r"\s*au\s*(?:[a-z]{5,8} )?")
# « BL-1412 » is written as « BL-1439 » is; mere figures are written as anything is.
_TELLING = re.compile(r"[^\W\d].*\d{2}")
_WORD = re.compile(r"\w(?:[\w/-]*\w)?")


def doubted(document: Document, fields: dict[str, Found | None]) -> dict[str, Found | None]:
    """The fields, those of deliveries unsure where another day or another note is printed, the dates of issue and of
    payment where they stand the wrong way round."""
    lacking = {
        "delivery_dates": _another_day,
        "delivery_notes": _another_note,
        "issue_date": _is_due_before,
        "due_date": _is_due_before,
    }
    return fields | {
        name: replace(found, sure=found.sure and not lacks(document, fields))
        for name, lacks in lacking.items()
        if (found := fields.get(name))
    }


def _is_due_before(_document: Document, fields: dict[str, Found | None]) -> bool:
    """Nothing is to be paid before it is billed: one of the two days is another."""
    issued, due = fields.get("issue_date"), fields.get("due_date")
    return bool(issued and due and due.value < issued.value)


def _another_day(document: Document, fields: dict[str, Found | None]) -> bool:
    known = {value for name in DATES if (found := fields.get(name)) for value in found.value.split(",")}
    others = [one for one in _days(document, fields.get("issue_date")) if one[2].isoformat() not in known]
    return bool(others) and not {one[:2] for one in others} <= set(announced_days(document, but=DELIVERIES))


def _days(document: Document, issued: Found | None) -> Iterator[tuple[Cell, int, date]]:
    """Where a day is printed that may be a delivery's, and which."""
    last = date.fromisoformat(issued.value) if issued else None
    for cell in document.sheet.cells:
        found = find_dates(cell.folded)
        period = {
            day for pair in pairwise(found) if _UNTIL.fullmatch(cell.folded, pair[0].end, pair[1].start) for day in pair
        }
        if last and not found:
            found = [day for day in find_days(cell.folded, last) if day.start == 0]
        for day in found:
            if day not in period and (not last or last - BEFORE <= day.value <= last):
                yield cell, day.start, day.value


def announced_days(document: Document, *, but: Collection[str] = ()) -> Iterator[tuple[Cell, int]]:
    """Where days stand that a label announces, one of the fields in `but` excepted."""
    for cell, hits in document.labels.items():
        for hit in hits:
            of_goods = hit.field == "issue_date" and cell.row in document.heads_of_goods
            if hit.weight > BARE and hit.field not in but and not of_goods:
                yield from _days_after(document, cell, hit)


def _days_after(document: Document, cell: Cell, hit: Hit) -> Iterator[tuple[Cell, int]]:
    """The days nearest to a label; beneath it, those of its whole column."""
    for place in document.places_after(cell, hit):
        days = [day for day in find_dates(place.folded) if hit.field != "number" or _is_of_number(place, day)]
        if days:
            yield from ((place.cell, place.start + day.start) for day in days)
            for under in document.sheet.column(place) if place.distance >= BELOW else ():
                yield from ((under.cell, under.start + day.start) for day in find_dates(under.folded))
            return


def _is_of_number(place: Place, day: DateFound) -> bool:
    """A number's day stands right behind it, not behind a town's name."""
    return not place.distance and not TOWN.search(place.folded, 0, day.start)


def _another_note(document: Document, fields: dict[str, Found | None]) -> bool:
    notes = fields["delivery_notes"].value.split(",")
    shapes = {shape(note) for note in notes if _TELLING.search(note)}
    words = (word for cell in document.sheet.cells for word in _WORD.findall(cell.text)) if shapes else ()
    return any(shape(word) in shapes and word not in notes for word in words)

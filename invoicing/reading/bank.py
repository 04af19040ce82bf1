"""The account to pay to."""

import re
from collections.abc import Iterator
from dataclasses import replace

from invoicing.reading.layout import Place
from invoicing.reading.result import Found
from invoicing.reading.search import Document
from suppliers.identifiers import clean_iban, is_iban

_IBAN = re.compile(r"(?<![A-Z0-9])([A-Z]{2} ?\d{2}(?: ?[A-Z0-9]){11,30})(?!\w)")
_BEGUN = re.compile(r"(?<![A-Z0-9])[A-Z]{2} ?\d{2}(?: ?[A-Z0-9])*$")
# Lines on which a broken number may go on.
LINES = 2
# 27 signs in groups of four.
FRENCH_IBAN_PRINTED = 33


def iban(document: Document) -> Found | None:
    """The first valid IBAN, sure if it is the only one; one whose check digits are wrong is shown, never sure."""
    found = [*_in_rows(document), *_over_lines(document)]
    valid = [one for one in found if one.sure]
    if len({one.value for one in valid}) > 1:
        return replace(valid[0], sure=False)
    return next(iter(valid + found), None)


def _in_rows(document: Document) -> Iterator[Found]:
    for row in document.sheet.whole_rows():
        for match in _IBAN.finditer(row.text):
            value = _trimmed(match[1])
            if value or "iban" in row.folded:
                printed = value or match[1][:FRENCH_IBAN_PRINTED]
                yield _found(Place(row, match.start(), match.start() + len(printed)), clean_iban(printed))


def _over_lines(document: Document) -> Iterator[Found]:
    """« FR76 3000 6000 0112 » at the end of a line, the rest beneath."""
    for cell in document.sheet.cells:
        begun = _BEGUN.search(cell.text)
        first = Place(cell, begun.start(), len(cell.text)) if begun else None
        text, last = first.text if first else "", first
        for _ in range(LINES):
            last = last and _next_line(document, last)
            text = f"{text} {last.text}" if last else ""
            value = _trimmed(text)
            if value:
                yield _found(first, clean_iban(value))


def _next_line(document: Document, place: Place) -> Place | None:
    below = document.sheet.goes_on_below(place.cell)
    return Place(below, 0, len(below.text)) if below else document.sheet.below(place.cell, place.start, place.end)


def _found(place: Place, value: str) -> Found:
    return Found(value, place.cell.page.number, place.box, sure=is_iban(value))


def _trimmed(text: str) -> str:
    """The words behind may have been swallowed too: drop them one by one, until the number is right."""
    while text and not is_iban(clean_iban(text)):
        text = text.rpartition(" ")[0]
    return text

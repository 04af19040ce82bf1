"""Find the labels of a cell: where a value is announced, and which."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from invoicing.reading.layout import Cell
from invoicing.reading.wordings import LOOSE, WORDINGS


@dataclass(frozen=True, slots=True)
class Label:
    field: str
    weight: int
    pattern: re.Pattern


@dataclass(frozen=True, slots=True)
class Hit:
    """A label seen in a cell's text, from `start` to `end`; `above` is the cell in which it began, if it has two."""

    field: str
    weight: float
    start: int
    end: int
    above: Cell | None = None


# A label is a word of its own (« EJ-2026 » is a value), but for « N° » and the like, which may touch their number.
LABELS = tuple(
    Label(field, weight, re.compile(rf"(?<!\w)(?:{wording})(?:(?<=[°#.])|(?!\w|[-_]\w|/\d))"))
    for field, wordings in WORDINGS.items()
    for weight, wording in wordings
)


# Less than any listed wording, and too little to be sure of.
GUESSED = 0.9
LOOSE_LABELS = tuple((field, re.compile(pattern)) for field, pattern in LOOSE.items())


def find_labels(cell: Cell) -> list[Hit]:
    """The labels of a cell from left to right, none overlapping another; where two meet the longer holds.

    A cell that begins with no listed label may begin with guessed ones, of several fields.
    """
    kept: list[Hit] = []
    for hit in sorted(_all_hits(cell.folded), key=lambda hit: (hit.start - hit.end, -hit.weight)):
        if all(hit.end <= other.start or other.end <= hit.start for other in kept):
            kept.append(hit)
    kept = [hit for hit in kept if not any(_begins_its_value(other, hit) for other in kept)]
    guessed = [hit for hit in _guessed(cell.folded) if all(hit.end <= other.start for other in kept)]
    return sorted(kept + guessed, key=lambda hit: hit.start)


def _begins_its_value(label: Hit, hit: Hit) -> bool:
    """« engagement n° BC 2026-0331 »: that BC, a label too, is part of the number."""
    return label.field == hit.field and label.weight > hit.weight and label.end + 1 == hit.start


def _guessed(text: str) -> Iterator[Hit]:
    for field, pattern in LOOSE_LABELS:
        match = pattern.match(text)
        if match:
            yield Hit(field, GUESSED, 0, len(match.group().rstrip()))


def _all_hits(text: str) -> Iterator[Hit]:
    for label in LABELS:
        for match in label.pattern.finditer(text):
            end = match.start() + len(match.group().rstrip())
            if end > match.start():
                yield Hit(label.field, label.weight, match.start(), end)

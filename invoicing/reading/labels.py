"""Find the labels of a cell: where a value is announced, and which."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from invoicing.reading.layout import Cell
from invoicing.reading.wordings import WORDINGS


@dataclass(frozen=True, slots=True)
class Label:
    field: str
    weight: int
    pattern: re.Pattern


@dataclass(frozen=True, slots=True)
class Hit:
    """A label seen in a cell's text, from `start` to `end`."""

    field: str
    weight: int
    start: int
    end: int


# A label is a word of its own (« EJ-2026 » is a value), but for « N° » and the like, which may touch their number.
LABELS = tuple(
    Label(field, weight, re.compile(rf"(?<!\w)(?:{wording})(?:(?<=[°#.])|(?!\w|[-_]\w|/\d))"))
    for field, wordings in WORDINGS.items()
    for weight, wording in wordings
)


def find_labels(cell: Cell) -> list[Hit]:
    """The labels of a cell from left to right, none overlapping another; where two meet the longer holds."""
    kept: list[Hit] = []
    for hit in sorted(_all_hits(cell.folded), key=lambda hit: (hit.start - hit.end, -hit.weight)):
        if all(hit.end <= other.start or other.end <= hit.start for other in kept):
            kept.append(hit)
    return sorted(kept, key=lambda hit: hit.start)


def _all_hits(text: str) -> Iterator[Hit]:
    for label in LABELS:
        for match in label.pattern.finditer(text):
            end = match.start() + len(match.group().rstrip())
            if end > match.start():
                yield Hit(label.field, label.weight, match.start(), end)

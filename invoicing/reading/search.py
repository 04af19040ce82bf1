"""From a label to its value: behind it in the same cell, then to its right, then below."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from invoicing.reading.labels import Hit, find_labels
from invoicing.reading.layout import Cell, Place, Sheet
from invoicing.reading.result import Found

# Words between a label and its value that say nothing: « Total HT (en euros) : », « N° EJ Chorus Pro ».
_FILLER = re.compile(
    r"[\s:.,;()\[\]/=>*_|°-]|€|\beuros?\b|\beur\b|\ben\b|\bchorus\b|\bpro\b|\bn°|\bdu\b|\ble\b|\bnumero\b|\bcode\b"
)
BELOW, LABEL_TAIL = 10, 20

Reader = Callable[[Place], "Read | None"]


@dataclass(frozen=True)
class Read:
    """A value read at a place."""

    value: str
    place: Place


@dataclass(frozen=True)
class Proposal:
    """A value for a field, and how much speaks for it."""

    value: str
    place: Place
    weight: float

    @property
    def order(self) -> tuple[int, int]:
        return self.place.cell.row, self.place.start

    def found(self, *, sure: bool) -> Found:
        return Found(self.value, self.place.cell.page.number, self.place.box, sure)


@dataclass(frozen=True)
class Document:
    """The sheet with its labels."""

    sheet: Sheet

    @cached_property
    def labels(self) -> dict[Cell, list[Hit]]:
        return {cell: find_labels(cell) for cell in self.sheet.cells}

    def hits(self, field: str) -> Iterator[tuple[Cell, Hit]]:
        for cell, hits in self.labels.items():
            for hit in hits:
                if hit.field == field:
                    yield cell, hit

    def proposals(self, field: str, read: Reader, keep: Callable[[Cell, Hit], bool] | None = None) -> list[Proposal]:
        """For each label of a field (that `keep` accepts) the nearest value its reader accepts."""
        found = []
        for cell, hit in self.hits(field):
            if keep and not keep(cell, hit):
                continue
            for place in self.places_after(cell, hit):
                value = read(place)
                if value:
                    found.append(Proposal(value.value, value.place, hit.weight - place.distance / 20))
                    break
        return found

    def places_after(self, cell: Cell, hit: Hit) -> Iterator[Place]:
        behind = self._until_next_label(cell, hit.end)
        yield behind
        if _FILLER.sub("", behind.folded):
            return
        if behind.end == len(cell.text):
            yield from self._to_the_right(cell)
        yield from self._beneath(cell, hit.start, hit.end)

    def _to_the_right(self, cell: Cell) -> Iterator[Place]:
        for distance, other in enumerate(self.sheet.right_of(cell), 1):
            place = self._until_next_label(other, 0, distance)
            if place.text:
                yield place
            if place.end < len(other.text):
                return

    def _beneath(self, cell: Cell, start: int, end: int) -> Iterator[Place]:
        """The cell below; when that is the end of the label (« N° d'engagement / juridique »), the next too."""
        for distance in (BELOW, BELOW + 1):
            below = self.sheet.below(cell, start, end)
            place = self._until_next_label(below, 0, distance) if below else None
            if not place or not place.text:
                return
            yield place
            if any(sign.isdigit() for sign in place.text) or len(place.text) > LABEL_TAIL:
                return
            cell, start, end = below, 0, len(below.text)

    def _until_next_label(self, cell: Cell, start: int, distance: int = 0) -> Place:
        following = [hit.start for hit in self.labels[cell] if hit.start >= start]
        return Place(cell, start, min(following, default=len(cell.text)), distance)


def best(proposals: Sequence[Proposal], *, surely: float = 2.0) -> Found | None:
    """The proposal with most to say for itself, the first of equals; sure if nothing as strong says otherwise."""
    if not proposals:
        return None
    chosen = max(proposals, key=lambda one: (one.weight, (-one.order[0], -one.order[1])))
    rivals = [one for one in proposals if one.value != chosen.value and one.weight > chosen.weight - 0.9]
    return chosen.found(sure=chosen.weight > surely - 0.9 and not rivals)

"""From a label to its value: behind it in the same cell, then to its right, then below."""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from invoicing.reading.labels import GUESSED, Hit, find_labels
from invoicing.reading.layout import CELLS_TO_THE_RIGHT, Cell, Place, Sheet
from invoicing.reading.result import Found
from invoicing.reading.text import Word
from invoicing.reading.wordings import AMOUNTS

# Words between a label and its value that say nothing: « Total HT (en euros) : », « N° EJ Chorus Pro ».
_FILLER = re.compile(
    r"</?\w{1,6}>|[\s:.,;()\[\]/=>*_|°-]|€|\beuros?\b|\beur\b|\ben\b|\bchorus\b|\bpro\b|\bn°|\bdu\b|\ble\b|\bnumero\b|\bcode\b"
)
BELOW, WRAPPED, LABEL_TAIL = 10, 50, 20
# A number broken over two lines; « 84,84- » is an amount below zero.
_BROKEN = re.compile(r"(?<=\w)(?<![.,]\d\d)[-/_]$")
# Of the page's width: a line that comes so far is full.
RIGHT_MARGIN = 0.8
# The weight of « N° » or « Total » alone.
BARE = 1
# What a value loses when other words part it from its label, what the label proves of it at most before, and what it
# keeps at least.
LOOSENESS, LOOSELY, LEAST = 2.0, 3.0, 0.3

_BEFORE_DATE = re.compile(
    r"\b(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|les?|des?|effective|prevue?|et|au|a)\b"
)

_TAIL = re.compile(r" ?[a-z' ()./]{0,30} ?:? *")

# Half of a label: few words, no value.
_WORDS_ONLY = re.compile(r"[a-z'°./() -]{2,30}")

Reader = Callable[[Place], "Read | None"]


@dataclass(frozen=True)
class Read:
    """A value read at a place. `loose`: other words stand between it and its label."""

    value: str
    place: Place
    loose: bool = False


def is_parted(place: Place, end: int, start: int = 0) -> bool:
    """Whether words that say something stand from `start` to `end` in the place's text."""
    return any(sign.isalpha() for sign in _FILLER.sub("", _BEFORE_DATE.sub("", place.folded[start:end])))


@dataclass(frozen=True)
class Proposal:
    """A value for a field, and how much speaks for it. `label`: the folded words that announced it.

    `joined`: it goes on over two lines, and stands whole nowhere; never sure.
    """

    value: str
    place: Place
    weight: float
    label: str = ""
    joined: bool = False

    @property
    def order(self) -> tuple[int, int]:
        return self.place.cell.row, self.place.start

    def found(self, *, sure: bool) -> Found:
        return Found(self.value, self.place.cell.page.number, self.place.box, sure and not self.joined)


@dataclass(frozen=True)
class Document:
    """The sheet with its labels."""

    sheet: Sheet

    @cached_property
    def labels(self) -> dict[Cell, list[Hit]]:
        labels = {cell: find_labels(cell) for cell in self.sheet.cells}
        for cell in self.sheet.cells:
            below = self.sheet.goes_on_below(cell) if _WORDS_ONLY.fullmatch(cell.folded) else None
            # Two labels, each with its value beside it, are not one broken label.
            apart = below and labels[cell] and self._has_a_value_beside(cell) and self._has_a_value_beside(below)
            if below and not apart and _WORDS_ONLY.match(below.folded):
                self._join(labels, cell, below)
        return labels

    def _has_a_value_beside(self, cell: Cell) -> bool:
        return any(any(map(str.isdigit, beside.text)) for beside in self.sheet.right_of(cell)[:1])

    @staticmethod
    def _join(labels: dict[Cell, list[Hit]], cell: Cell, below: Cell) -> None:
        """A label broken over two lines, « Numéro de la / facture », counts in the second and replaces its pieces.

        Two labels one above the other are none: the first says nothing by itself, or is no such value once it is whole
        (« Livraison / souhaitée »). Sums stand one above the other.
        """
        speaks = any(hit.weight > BARE for hit in labels[cell])
        cut = len(cell.folded)
        for hit in find_labels(Cell.together((cell, below))):
            wanted = hit.field == "other_date" if speaks else hit.field not in AMOUNTS
            if hit.start < cut < hit.end and hit.weight > BARE and wanted:
                joined = replace(hit, start=0, end=hit.end - cut - 1, above=cell)
                labels[cell] = [one for one in labels[cell] if one.end <= hit.start]
                labels[below] = [joined, *(one for one in labels[below] if one.start >= joined.end)]

    @cached_property
    def _by_field(self) -> dict[str, list[tuple[Cell, Hit]]]:
        found: dict[str, list[tuple[Cell, Hit]]] = {}
        for cell, hits in self.labels.items():
            for hit in hits:
                found.setdefault(hit.field, []).append((cell, hit))
        return found

    def hits(self, field: str) -> list[tuple[Cell, Hit]]:
        return self._by_field.get(field, [])

    @cached_property
    def heads_of_goods(self) -> set[int]:
        """Rows that name the columns of goods: what stands beneath « Total HT » there is the first line's."""
        return {cell.row for cell, _ in self.hits("other_article") if len(self.sheet.rows[cell.row]) > 2}

    def lines(self, runs_on: Callable[[Cell], bool]) -> Iterator[tuple[Cell, str]]:
        """Each cell with its folded text, and with the line beneath where a wording may go on there."""
        for cell in self.sheet.cells:
            beneath = self.sheet.below(cell, 0, len(cell.text)) if runs_on(cell) else None
            yield cell, f"{cell.folded} {beneath.cell.folded}" if beneath else cell.folded

    def proposals(
        self, field: str, read: Reader, keep: Callable[[Cell, Hit], bool] | None = None, *, of_goods: bool = True
    ) -> list[Proposal]:
        """For each label of a field (that `keep` accepts) the nearest value its reader accepts.

        Without `of_goods` nothing is taken from beneath the names of the columns of goods.
        """
        found = []
        for cell, hit in self.hits(field):
            if keep and not keep(cell, hit):
                continue
            for place in self.places_after(cell, hit):
                if place.distance >= BELOW and not of_goods and cell.row in self.heads_of_goods:
                    break
                value = read(place)
                if value:
                    label = cell.folded[hit.start : hit.end]
                    told = min(hit.weight, LOOSELY) - LOOSENESS if value.loose else hit.weight
                    weight = told - place.distance / 20
                    joined = place.joined and value.value not in self._words
                    found.append(Proposal(value.value, value.place, max(weight, LEAST), label, joined))
                    break
        return found

    @cached_property
    def _words(self) -> set[str]:
        return {word.text.strip(".,;:()") for cell in self.sheet.cells for word in cell.words}

    def places_after(self, cell: Cell, hit: Hit) -> Iterator[Place]:
        if hit.above:
            yield from self._to_the_right(hit.above)
            beside = [*self.sheet.right_of(hit.above)[:1], *self.sheet.right_of(cell)[:1]]
            if len(beside) > 1:
                yield one_of(beside, 1)
        behind = self._until_next_label(cell, hit.end)
        yield behind
        if _FILLER.sub("", behind.folded) and not self._is_tail(cell, hit):
            return
        if behind.end == len(cell.text) or self._is_tail(cell, hit):
            yield from self._to_the_right(cell)
        yield from self._on_the_next_line(cell, hit)
        yield from self._beneath(cell, self._beginning(cell, hit), hit.end)

    def _on_the_next_line(self, cell: Cell, hit: Hit) -> Iterator[Place]:
        """What a line of text that is full goes on with, at the left margin."""
        row = self.sheet.next_row(cell)
        is_last = not self.sheet.right_of(cell) and cell.right > RIGHT_MARGIN * cell.page.width
        label = cell.span(hit.start, hit.end)
        if is_last and len(row) == 1 and row[0].right < label[0]:
            yield self._until_next_label(row[0], 0, WRAPPED)

    def _is_tail(self, cell: Cell, hit: Hit) -> bool:
        """« Total HT après remise »: what follows in the cell belongs to the label and announces nothing else."""
        if not _TAIL.fullmatch(cell.folded, hit.end):
            return False
        return all(other.field.startswith("other") for other in self.labels[cell] if other.start >= hit.end)

    def _beginning(self, cell: Cell, hit: Hit) -> int:
        """Where the label begins for the eye: « Marchandise livrée le » with its first word."""
        before = cell.folded[: hit.start]
        alone = all(other.start >= hit.start for other in self.labels[cell])
        return 0 if alone and not any(sign.isdigit() or sign in ":=" for sign in before) else hit.start

    def _to_the_right(self, cell: Cell) -> Iterator[Place]:
        for distance, other in enumerate(self.sheet.right_of(cell), 1):
            place = self._until_next_label(other, 0, distance)
            if place.text:
                yield self._with_its_end(place)
            if place.end < len(other.text):
                return
        if not self.sheet.right_of(cell):
            beside = list(self.sheet.a_little_higher_or_lower(cell))
            for other in beside:
                yield self._until_next_label(other, 0, CELLS_TO_THE_RIGHT)
            if len(beside) > 1:
                yield one_of(beside, CELLS_TO_THE_RIGHT)

    def _with_its_end(self, place: Place) -> Place:
        """« 0180035X- » and, close beneath, « RESTAU »: broken at its dash."""
        rest = self.sheet.line(place.cell, 1) if _BROKEN.search(place.text) else None
        return _glued(place, Place(rest, 0, len(rest.text))) if rest and not self.labels[rest] else place

    def _beneath(self, cell: Cell, start: int, end: int) -> Iterator[Place]:
        """The cell below; when that is the end of the label (« N° d'engagement / juridique »), the next too."""
        for distance in (BELOW, BELOW + 1):
            below = self.sheet.below(cell, start, end)
            place = self._until_next_label(below.cell, below.start, distance, below.end) if below else None
            if not place or not place.text:
                return
            rest = self.sheet.below(place.cell, place.start, place.end) if _BROKEN.search(place.text) else None
            yield _glued(place, rest) if rest else place
            if any(sign.isdigit() for sign in place.text) or len(place.text) > LABEL_TAIL:
                return
            cell, start, end = place.cell, place.start, place.end

    def _until_next_label(self, cell: Cell, start: int, distance: int = 0, end: int | None = None) -> Place:
        end = len(cell.text) if end is None else end
        following = [hit.start for hit in self.labels[cell] if hit.start >= start and hit.weight > GUESSED]
        return Place(cell, start, min([*following, end]), distance)


def one_of(lines: Sequence[Cell], distance: int, start: int = 0) -> Place:
    """The lines of a value as one."""
    whole = Cell.together(lines)
    return Place(whole, start, len(whole.text), distance)


def _glued(place: Place, rest: Place) -> Place:
    """« V26- », « 4471 »: a number broken behind its dash."""
    left, top, right, _ = place.cell.span(place.start, place.end)
    further_left, _, further_right, bottom = rest.cell.span(rest.start, rest.end)
    word = Word(place.text + rest.text, min(left, further_left), top, max(right, further_right), bottom)
    cell = Cell.of(place.cell.page, place.cell.row, place.cell.column, [word])
    return Place(cell, 0, len(word.text), place.distance, joined=True)


def first_said(lines: Iterable[tuple[Cell, str]], wording: re.Pattern, value: str, *, sure=True) -> Found | None:
    """`value`, where the wording begins in one of these cells first."""
    for cell, text in lines:
        match = wording.search(text)
        if match and match.start() < len(cell.text):
            place = Place(cell, match.start(), min(match.end(), len(cell.text)))
            return Found(value, cell.page.number, place.box, sure)
    return None


def best(proposals: Sequence[Proposal], *, surely: float = 2.0, rival: float = math.inf) -> Found | None:
    """The proposal with most to say for itself, the first of equals; sure if nothing as strong says otherwise, nor
    anything as strong as `rival`."""
    if not proposals:
        return None
    chosen = max(proposals, key=lambda one: (one.weight, (-one.order[0], -one.order[1])))
    rivals = [
        one
        for one in proposals
        if one.value != chosen.value and (one.weight > chosen.weight - 0.9 or one.weight >= rival)
    ]
    return chosen.found(sure=chosen.weight > surely - 0.9 and not rivals)

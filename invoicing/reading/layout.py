"""Words into rows and cells: what the eye sees side by side and one above the other."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from invoicing.reading.text import Page, Word

# In heights of the line (about 1.15 em): a wider gap starts a new cell, a smaller shift stays on the row.
CELL_GAP, ROW_SHIFT = 0.9, 0.5
# How far below a label its value may stand, in heights of the label.
REACH_BELOW = 3.0
# A cell to the right of a label is its value only when nothing else comes between.
CELLS_TO_THE_RIGHT = 6


def fold(text: str) -> str:
    """Lower case without accents, sign for sign, so that places in the result are places in the text."""
    return "".join((unicodedata.normalize("NFD", sign)[0].lower() or sign)[0] for sign in text)


@dataclass(frozen=True, eq=False)
class Cell:
    """Words of one row that stand close together. `starts`: where each word begins in `text`."""

    page: Page
    row: int
    words: tuple[Word, ...]
    text: str
    folded: str
    starts: tuple[int, ...]

    @classmethod
    def of(cls, page: Page, row: int, words: Sequence[Word]) -> "Cell":
        text = " ".join(word.text for word in words)
        starts, position = [], 0
        for word in words:
            starts.append(position)
            position += len(word.text) + 1
        return cls(page, row, tuple(words), text, fold(text), tuple(starts))

    @property
    def height(self) -> float:
        return max(word.height for word in self.words)

    @property
    def top(self) -> float:
        return min(word.top for word in self.words)

    @property
    def bottom(self) -> float:
        return max(word.bottom for word in self.words)

    def span(self, start: int = 0, end: int | None = None) -> tuple[float, float, float, float]:
        """Left, top, right, bottom in points of the words that hold text[start:end]."""
        end = len(self.text) if end is None else end
        pairs = zip(self.words, self.starts, strict=True)
        held = [word for word, at in pairs if at < end and at + len(word.text) > start] or self.words
        return (
            min(word.left for word in held),
            min(word.top for word in held),
            max(word.right for word in held),
            max(word.bottom for word in held),
        )


@dataclass(frozen=True, eq=False)
class Place:
    """A stretch of a cell's text: from `start` to `end`, at `distance` from the label that led there (0: same cell)."""

    cell: Cell
    start: int
    end: int
    distance: int = 0

    @property
    def text(self) -> str:
        return self.cell.text[self.start : self.end]

    @property
    def folded(self) -> str:
        return self.cell.folded[self.start : self.end]

    def narrowed(self, start: int, end: int) -> "Place":
        """A part of this place, `start` and `end` counted from its own beginning."""
        return Place(self.cell, self.start + start, self.start + end, self.distance)

    @property
    def box(self) -> tuple[float, float, float, float]:
        left, top, right, bottom = self.cell.span(self.start, self.end)
        page = self.cell.page
        return left / page.width, top / page.height, right / page.width, bottom / page.height


@dataclass(frozen=True)
class Sheet:
    """The whole document as rows of cells, top to bottom, page after page."""

    rows: tuple[tuple[Cell, ...], ...]

    @classmethod
    def of(cls, pages: Iterable[Page]) -> "Sheet":
        rows: list[tuple[Cell, ...]] = []
        for page in pages:
            for words in _rows(page.words):
                rows.append(tuple(Cell.of(page, len(rows), group) for group in _groups(words)))
        return cls(tuple(rows))

    @property
    def cells(self) -> Iterator[Cell]:
        return (cell for row in self.rows for cell in row)

    def whole_rows(self) -> Iterator[Cell]:
        """Each row as one cell, for what may be written with wide gaps."""
        for row in self.rows:
            yield Cell.of(row[0].page, row[0].row, [word for cell in row for word in cell.words])

    def right_of(self, cell: Cell) -> Sequence[Cell]:
        row = self.rows[cell.row]
        position = row.index(cell) + 1
        return row[position : position + CELLS_TO_THE_RIGHT]

    def below(self, cell: Cell, start: int, end: int) -> Cell | None:
        """The nearest cell under text[start:end], if it is near."""
        left, _, right, bottom = cell.span(start, end)
        for row in self.rows[cell.row + 1 :]:
            if row[0].page is not cell.page or row[0].top - bottom > REACH_BELOW * cell.height:
                return None
            for other in row:
                other_left, _, other_right, _ = other.span()
                if min(right, other_right) > max(left, other_left):
                    return other
        return None


def _rows(words: Iterable[Word]) -> Iterator[list[Word]]:
    row: list[Word] = []
    for word in sorted(words, key=lambda word: word.middle):
        if row and word.middle - row[0].middle > ROW_SHIFT * min(word.height, row[0].height):
            yield _in_order(row)
            row = []
        row.append(word)
    if row:
        yield _in_order(row)


def _in_order(row: list[Word]) -> list[Word]:
    """Left to right, letter-spaced titles joined, words printed twice (to look bold) kept once."""
    kept: list[Word] = []
    for word in sorted(row, key=lambda word: word.left):
        if not (kept and word.text == kept[-1].text and word.left - kept[-1].left < word.height / 4):
            kept.append(word)
    return list(_unspaced(kept))


def _unspaced(words: list[Word]) -> Iterator[Word]:
    """« F A C T U R E » is one word; four letters or more make sure it is a title."""
    position = 0
    while position < len(words):
        end = position
        while end < len(words) and len(words[end].text) == 1 and words[end].text.isalpha():
            end += 1
        if end - position >= 4:
            letters = words[position:end]
            yield Word(
                "".join(letter.text for letter in letters),
                letters[0].left,
                min(letter.top for letter in letters),
                letters[-1].right,
                max(letter.bottom for letter in letters),
            )
            position = end
        else:
            yield words[position]
            position += 1


def _groups(words: list[Word]) -> Iterator[list[Word]]:
    group = words[:1]
    for before, word in pairwise(words):
        if word.left - before.right > CELL_GAP * max(before.height, word.height) or "|" in (before.text, word.text):
            yield group
            group = []
        group.append(word)
    yield group

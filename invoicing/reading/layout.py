"""Cells of text and what the eye sees beside, above and beneath each."""

import math
import unicodedata
from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, takewhile

from invoicing.reading.rows import cells_of, rows_of
from invoicing.reading.text import Page, Word

# How much of a cell's height another shares that stands half beside it; how close a broken line follows.
BESIDE, NEXT_LINE = 0.15, 0.5
# A gap no program leaves between two words of one value.
PART_GAP = 0.45
# How far below a label its value may stand, in heights of the label.
REACH_BELOW, ROWS_BELOW = 3.0, 12
# No table has more rows on a page; a hostile page would have each of its labels look at them all.
ROWS_OF_A_TABLE = 120
# A cell to the right of a label is its value only when nothing else comes between.
CELLS_TO_THE_RIGHT = 6


def fold(text: str) -> str:
    """Lower case without accents, sign for sign, so that places in the result are places in the text."""
    return "".join((unicodedata.normalize("NFD", sign)[0].lower() or sign)[0] for sign in text)


@dataclass(frozen=True, eq=False)
class Cell:
    """Words of one row that stand close together, `column` cells from its left.

    `starts`: where each word begins in `text`; `before`: the text of the cell to the left.
    """

    page: Page
    row: int
    column: int
    words: tuple[Word, ...]
    text: str
    folded: str
    starts: tuple[int, ...]
    before: str = ""

    @classmethod
    def of(cls, page: Page, row: int, column: int, words: Sequence[Word], before: str = "") -> "Cell":
        text = " ".join(word.text for word in words)
        starts, position = [], 0
        for word in words:
            starts.append(position)
            position += len(word.text) + 1
        return cls(page, row, column, tuple(words), text, fold(text), tuple(starts), before)

    @classmethod
    def together(cls, cells: Sequence["Cell"]) -> "Cell":
        """Cells of one row, or lines of one text, as one, in place of the first."""
        first = cells[0]
        return cls.of(first.page, first.row, first.column, [word for cell in cells for word in cell.words])

    @cached_property
    def height(self) -> float:
        return max(word.height for word in self.words)

    @property
    def left(self) -> float:
        return self.words[0].left

    @cached_property
    def right(self) -> float:
        return max(word.right for word in self.words)

    @cached_property
    def top(self) -> float:
        return min(word.top for word in self.words)

    @cached_property
    def bottom(self) -> float:
        return max(word.bottom for word in self.words)

    @cached_property
    def parts(self) -> list[tuple[float, float, int, int]]:
        """Left, right (points), start and end (in the text) of what a wider gap than between words keeps apart."""
        parts = []
        for word, at in zip(self.words, self.starts, strict=True):
            if parts and word.left - parts[-1][1] < PART_GAP * self.height:
                parts[-1] = (parts[-1][0], word.right, parts[-1][2], at + len(word.text))
            else:
                parts.append((word.left, word.right, at, at + len(word.text)))
        return parts

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
    """A stretch of a cell's text: from `start` to `end`, at `distance` from the label that led there (0: same cell).

    `joined`: a word is supposed to go on here on the next line.
    """

    cell: Cell
    start: int
    end: int
    distance: int = 0
    joined: bool = False

    @property
    def text(self) -> str:
        return self.cell.text[self.start : self.end]

    @property
    def folded(self) -> str:
        return self.cell.folded[self.start : self.end]

    def narrowed(self, start: int, end: int) -> "Place":
        """A part of this place, `start` and `end` counted from its own beginning."""
        return replace(self, start=self.start + start, end=self.start + end)

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
            for row in rows_of(page.words):
                cells: list[Cell] = []
                for words in cells_of(row):
                    cells.append(Cell.of(page, len(rows), len(cells), words, cells[-1].text if cells else ""))
                rows.append(tuple(cells))
        return cls(tuple(rows))

    @property
    def cells(self) -> Iterator[Cell]:
        return (cell for row in self.rows for cell in row)

    def whole_rows(self) -> Iterator[Cell]:
        """Each row as one cell, for what may be written with wide gaps."""
        for row in self.rows:
            yield Cell.together(row)

    def right_of(self, cell: Cell) -> Sequence[Cell]:
        return self.rows[cell.row][cell.column + 1 : cell.column + 1 + CELLS_TO_THE_RIGHT]

    def a_little_higher_or_lower(self, cell: Cell) -> Iterator[Cell]:
        """Cells to the right in the rows next to this one that stand half beside it: lines broken in a table."""
        for row in (self.next_row(cell, -1), self.next_row(cell)):
            first = bisect(row, cell.right, key=lambda other: other.left)
            for other in row[first : first + 1]:
                if min(cell.bottom, other.bottom) - max(cell.top, other.top) > BESIDE * cell.height:
                    yield other

    def goes_on_below(self, cell: Cell) -> Cell | None:
        """The next line of a short text broken in two: same left edge, close beneath."""
        for other in self.next_row(cell)[: cell.column + 2]:
            near = other.top - cell.top > 0 and other.top - cell.bottom < NEXT_LINE * cell.height
            if near and abs(other.left - cell.left) < NEXT_LINE * cell.height:
                return other
        return None

    def line(self, cell: Cell, step: int) -> Cell | None:
        """The line above (-1) or beneath (1) in a narrow column: close, with the same left or right edge."""
        for other in self.next_row(cell, step):
            gap = max(cell.top, other.top) - min(cell.bottom, other.bottom)
            edge = min(abs(other.left - cell.left), abs(other.right - cell.right))
            if max(gap, edge) < NEXT_LINE * cell.height:
                return other
        return None

    def next_row(self, cell: Cell, step: int = 1) -> Sequence[Cell]:
        """The row beneath a cell's, or above it (-1); empty where the page ends."""
        number = cell.row + step
        row = self.rows[number] if 0 <= number < len(self.rows) else ()
        return row if row and row[0].page is cell.page else ()

    def below(self, cell: Cell, start: int, end: int) -> Place | None:
        """What stands nearest under text[start:end], if it is near: a cell, or the words of it in this column."""
        left, _, right, bottom = cell.span(start, end)
        for row in self._rows_under(cell, ROWS_BELOW):
            if row[0].top - bottom > REACH_BELOW * cell.height:
                return None
            under = self.over(row, left, right) or self._same_column(cell, row) or self._indented(cell, row)
            if under:
                return self._part_of(under, cell, end, left)
        return None

    def column(self, top: Place) -> Iterator[Place]:
        """What stands under a value or a head, row after row, to the end of its table or list."""
        left, _, right, bottom = top.cell.span(top.start, top.end)
        for row in self._rows_under(top.cell, ROWS_OF_A_TABLE):
            if row[0].top - bottom > REACH_BELOW * top.cell.height:
                return
            under = self.over(row, left, right)
            if under:
                yield self._part_of(under, top.cell, top.end, left)
            bottom = max(cell.bottom for cell in row)

    def _rows_under(self, cell: Cell, count: int) -> Iterator[Sequence[Cell]]:
        """The next rows of its page."""
        return takewhile(lambda row: row[0].page is cell.page, self.rows[cell.row + 1 : cell.row + 1 + count])

    @staticmethod
    def over(row: Sequence[Cell], left: float, right: float) -> Cell | None:
        """The cell of a row that shares most with this stretch of the page's width."""
        first = max(bisect(row, left, key=lambda cell: cell.left) - 1, 0)
        shared = [
            (min(right, cell.right) - max(left, cell.left), -cell.column, cell)
            for cell in takewhile(lambda cell: cell.left < right, row[first:])
        ]
        widest = max(shared, default=None, key=lambda one: one[:2])
        return widest[2] if widest and widest[0] > 0 else None

    def _same_column(self, cell: Cell, row: Sequence[Cell]) -> Cell | None:
        """In a table whose headers stand left and whose values right, the order of the cells tells."""
        heads = self.rows[cell.row]
        return row[cell.column] if len(row) == len(heads) > 1 else None

    def _indented(self, cell: Cell, row: Sequence[Cell]) -> Cell | None:
        """Under the names of columns, what stands a little to the right of one and before the next."""
        heads = self.rows[cell.row]
        if len(heads) < 3 or cell is heads[-1]:
            return None
        return next((one for one in row if cell.right <= one.left < heads[cell.column + 1].left), None)

    def _part_of(self, under: Cell, head: Cell, end: int, left: float) -> Place:
        """Of values so close that they make one cell, those from under this header to under the next."""
        behind = (word.left for word, at in zip(head.words, head.starts, strict=True) if at >= end)
        further = (cell.left for cell in self.right_of(head)[:1])
        limit = next(chain(behind, further), math.inf)
        parts = [part for part in under.parts if part[0] < limit and part[1] > left]
        return Place(under, parts[0][2], parts[-1][3]) if parts else Place(under, 0, len(under.text))

"""Words into rows and cells: what the eye sees side by side and one above the other."""

import math
import unicodedata
from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, pairwise, takewhile

from invoicing.reading.text import SEAM, Page, Word

# In heights of the line (about 1.15 em): a wider gap starts a new cell, a smaller shift stays on the row.
CELL_GAP, ROW_SHIFT = 0.9, 0.5
# How much of a cell's height another shares that stands half beside it; how close a broken line follows.
BESIDE, NEXT_LINE = 0.15, 0.5
# Two words nearer than this are pieces of one.
TOUCHING = 0.08
# A gap no program leaves between two words of one value.
PART_GAP = 0.45
# How far below a label its value may stand, in heights of the label.
REACH_BELOW, ROWS_BELOW = 3.0, 12
# No table has more rows on a page; a hostile page would have each of its labels look at them all.
ROWS_OF_A_TABLE = 120
# Letters of a spaced-out title stand at most so far apart, in heights; so many make sure it is one.
SPACED, TITLE = 1.2, 4
# A wider space between them, in their usual gaps, parts two words.
WORDS_APART = 1.6
# No cell of an invoice is longer; a hostile page is cut into such, so that the work grows with its length only.
WORDS_IN_CELL = 60
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
                cells: list[Cell] = []
                for group in _groups(words):
                    cells.append(Cell.of(page, len(rows), len(cells), group, cells[-1].text if cells else ""))
                rows.append(tuple(cells))
        return cls(tuple(rows))

    @property
    def cells(self) -> Iterator[Cell]:
        return (cell for row in self.rows for cell in row)

    def whole_rows(self) -> Iterator[Cell]:
        """Each row as one cell, for what may be written with wide gaps."""
        for row in self.rows:
            yield Cell.of(row[0].page, row[0].row, 0, [word for cell in row for word in cell.words])

    def right_of(self, cell: Cell) -> Sequence[Cell]:
        return self.rows[cell.row][cell.column + 1 : cell.column + 1 + CELLS_TO_THE_RIGHT]

    def a_little_higher_or_lower(self, cell: Cell) -> Iterator[Cell]:
        """Cells to the right in the rows next to this one that stand half beside it: lines broken in a table."""
        for number in (cell.row - 1, cell.row + 1):
            row = self.rows[number] if 0 <= number < len(self.rows) else ()
            if row and row[0].page is cell.page:
                first = bisect(row, cell.right, key=lambda other: other.left)
                for other in row[first : first + 1]:
                    if min(cell.bottom, other.bottom) - max(cell.top, other.top) > BESIDE * cell.height:
                        yield other

    def goes_on_below(self, cell: Cell) -> Cell | None:
        """The next line of a short text broken in two: same left edge, close beneath."""
        row = self.rows[cell.row + 1] if cell.row + 1 < len(self.rows) else ()
        for other in row[: cell.column + 2]:
            near = other.page is cell.page and other.top - cell.bottom < NEXT_LINE * cell.height
            if near and abs(other.left - cell.left) < NEXT_LINE * cell.height and other.top > cell.top:
                return other
        return None

    def line(self, cell: Cell, step: int) -> Cell | None:
        """The line above (-1) or beneath (1) in a narrow column: close, with the same left or right edge."""
        row = self.rows[cell.row + step] if 0 <= cell.row + step < len(self.rows) else ()
        for other in row:
            gap = max(cell.top, other.top) - min(cell.bottom, other.bottom)
            edge = min(abs(other.left - cell.left), abs(other.right - cell.right))
            if other.page is cell.page and max(gap, edge) < NEXT_LINE * cell.height:
                return other
        return None

    def below(self, cell: Cell, start: int, end: int) -> Place | None:
        """What stands nearest under text[start:end], if it is near: a cell, or the words of it in this column."""
        return next(self.column(cell, start, end), None)

    def column(self, cell: Cell, start: int, end: int) -> Iterator[Place]:
        """What stands under text[start:end], line by line, each near the one before."""
        left, _, right, bottom = cell.span(start, end)
        for row in self.rows[cell.row + 1 : cell.row + 1 + ROWS_BELOW]:
            if row[0].page is not cell.page or row[0].top - bottom > REACH_BELOW * cell.height:
                return
            under = self.over(row, left, right) or self._same_column(cell, row) or self._indented(cell, row)
            if under:
                yield self._part_of(under, cell, end, left)
                bottom = under.bottom

    def down_from(self, first: Place) -> Iterator[Place]:
        """What stands under a value, row after row, to the end of its table or list."""
        left, _, right, bottom = first.cell.span(first.start, first.end)
        for row in self.rows[first.cell.row + 1 : first.cell.row + 1 + ROWS_OF_A_TABLE]:
            if row[0].page is not first.cell.page or row[0].top - bottom > REACH_BELOW * first.cell.height:
                return
            under = self.over(row, left, right)
            if under:
                yield self._part_of(under, first.cell, first.end, left)
            bottom = max(cell.bottom for cell in row)

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
    """Left to right, words printed twice (to look bold) kept once, letters drawn one by one and titles joined."""
    kept: list[Word] = []
    for word in sorted(row, key=lambda word: word.left):
        if not (kept and word.text == kept[-1].text and kept[-1].right - word.left > (word.right - word.left) / 2):
            kept.append(word)
    return list(_unspaced(_rejoined(kept)))


def _rejoined(words: list[Word]) -> list[Word]:
    """Letters that a program drew one by one, in whatever order, are words again."""
    joined: list[Word] = []
    for word in words:
        if joined and abs(word.left - joined[-1].right) < TOUCHING * word.height and not _part(joined[-1], word):
            joined[-1] = _together([joined[-1], word])
        else:
            joined.append(word)
    return joined


def _part(before: Word, after: Word) -> bool:
    return bool(SEAM.match(before.text + after.text, len(before.text)))


def _unspaced(words: list[Word]) -> Iterator[Word]:
    """« F A C T U R E » is one word; four letters or more make sure it is a title."""
    run: list[Word] = []
    for word in words:
        if run and (len(word.text) > 1 or word.left - run[-1].right > SPACED * word.height):
            yield from _respaced(run)
            run = []
        if len(word.text) > 1:
            yield word
        else:
            run.append(word)
    yield from _respaced(run)


def _respaced(letters: list[Word]) -> Iterator[Word]:
    if len(letters) < TITLE:
        yield from letters
        return
    gaps = [after.left - before.right for before, after in pairwise(letters)]
    usual = sorted(gaps)[(len(gaps) - 1) // 2]
    word = letters[:1]
    for gap, letter in zip(gaps, letters[1:], strict=True):
        if gap > WORDS_APART * usual:
            yield _together(word)
            word = []
        word.append(letter)
    yield _together(word)


def _together(letters: list[Word]) -> Word:
    return Word(
        "".join(letter.text for letter in letters),
        letters[0].left,
        min(letter.top for letter in letters),
        letters[-1].right,
        max(letter.bottom for letter in letters),
    )


def _groups(words: list[Word]) -> Iterator[list[Word]]:
    group = words[:1]
    for before, word in pairwise(words):
        is_apart = word.left - before.right > CELL_GAP * max(before.height, word.height)
        if is_apart or "|" in (before.text, word.text) or len(group) == WORDS_IN_CELL:
            yield group
            group = []
        group.append(word)
    yield group

"""Words into rows and groups: what stands side by side is one line, and what touches one word."""

from collections.abc import Iterable, Iterator
from itertools import pairwise

from invoicing.reading.text import SEAM, Word

# In heights of the line (about 1.15 em): a wider gap starts a new cell, a smaller shift stays on the row.
CELL_GAP, ROW_SHIFT = 0.9, 0.5
# Two words nearer than this are pieces of one.
TOUCHING = 0.08
# Letters of a spaced-out title stand at most so far apart, in heights; so many make sure it is one.
SPACED, TITLE = 1.2, 4
# A wider space between them, in their usual gaps, parts two words.
WORDS_APART = 1.6
# No cell of an invoice is longer; a hostile page is cut into such, so that the work grows with its length only.
WORDS_IN_CELL = 60


def rows_of(words: Iterable[Word]) -> Iterator[list[Word]]:
    """The words of a page line by line, from top to bottom, each from left to right."""
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


def cells_of(row: list[Word]) -> Iterator[list[Word]]:
    """The words of a row that stand close together."""
    cell = row[:1]
    for before, word in pairwise(row):
        is_apart = word.left - before.right > CELL_GAP * max(before.height, word.height)
        if is_apart or "|" in (before.text, word.text) or len(cell) == WORDS_IN_CELL:
            yield cell
            cell = []
        cell.append(word)
    yield cell

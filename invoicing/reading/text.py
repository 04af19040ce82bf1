"""Words with their place, from pdfium."""

import ctypes
import math
import re
import time
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from invoicing.reading.pages import A4, UNDRAWABLE

# A page of a hostile or odd document may hold millions; an invoice holds some thousand.
CHARACTERS = 200_000
# Characters of one word overlap or nearly touch; measured in heights of the line. Where pdfium supposes a space or a
# line's end that the document does not write, half the width of a usual space decides: it supposes too many.
WORD_GAP, SUPPOSED_GAP, LINE_SHIFT = 0.3, 0.1, 0.5
# How much of a low sign's own height lies beside the letter it touches.
INK_SHARED = 0.3
# Text that leans more than this (cosine) is a stamp or a margin note, not part of the lines.
UPRIGHT = 0.98
# Smaller letters than this (points) nobody reads.
SMALLEST = 1.5
# The picture on which we look whether a word can be seen: its longer side in pixels, and the shades that make a trace.
PICTURE, TRACE = 1200, 4
# Objects of a page looked at to tell a scan with an invisible text layer.
OBJECTS = 2000

# Where two cells of a sheet touch: « Code serviceINTENDANCE », « 06/09/2026BL9707 ».
SEAM = re.compile(r"(?<=[a-z]{3})(?=[A-Z]{3})|(?<=\d\d/\d{4})(?=[A-Z])")
# What stands between two words of one run: dots that lead from a label to its value, or a seam.
_BETWEEN = re.compile(rf"[._·…]{{3,}}|{SEAM.pattern}")
_SIGNS = {
    # pdfium gives a hyphen at the end of a line as U+0002.
    **dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212\u00ad\ufffe\x02"), "-"),
    **dict.fromkeys(map(ord, "\u2018\u2019\u00b4\u0060"), "'"),
    # What is printed where a font lacks the narrow no-break space: « 3■049,70 € ».
    **dict.fromkeys(map(ord, "\u25a0\u25a1\u2588\ufffd"), " "),
    **dict.fromkeys(map(ord, "\u200b\u200c\u200d\ufeff"), ""),
}


@dataclass(frozen=True, slots=True)
class Word:
    """Text without spaces and its box in points, from the top left corner of the page seen upright."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


# The two bytes of a narrow no-break space, as a font of single bytes shows them.
NARROW_SPACE = [0x20, 0x2F]

# A space or a line's end that pdfium supposes between two characters.
SUPPOSED = Word("", 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Page:
    """One page seen upright. `number` starts at 1; sizes in points. `guessed`: its text is the layer under a scan.
    `missed`: it was not looked at, because it does not open or no time was left."""

    number: int
    width: float
    height: float
    words: tuple[Word, ...]
    guessed: bool = False
    missed: bool = False


def read_pages(document: pdfium.PdfDocument, *, until: float = math.inf) -> list[Page]:
    """Every page, until the document has shown as many characters as we are ready to look at, or the time is up (on
    the monotonic clock): the first page and the last, which say most, before the others."""
    last, left = len(document) - 1, CHARACTERS
    pages: dict[int, Page] = {}
    for index in sorted(range(len(document)), key=lambda index: (index not in {0, last}, index)):
        is_late = pages and time.monotonic() > until
        pages[index] = _missed(index) if is_late else _page(document, index, left)
        left -= sum(len(word.text) for word in pages[index].words)
    return [pages[index] for index in sorted(pages)]


def _page(document: pdfium.PdfDocument, index: int, longest: int) -> Page:
    try:
        return _read_page(document, index, longest)
    except UNDRAWABLE:
        return _missed(index)


def _missed(index: int) -> Page:
    return Page(index + 1, *A4, words=(), missed=True)


def _read_page(document: pdfium.PdfDocument, index: int, longest: int) -> Page:
    page = document[index]
    width, height = page.get_size()
    textpage = page.get_textpage()
    try:
        words = [
            word
            for word in _words(_letters(textpage, _Upright(page), longest))
            if 0 <= word.left < width and 0 <= word.middle < height and word.height >= SMALLEST
        ]
        words = _visible(page, words)
        guessed = bool(words) and _is_under_a_scan(page)
    finally:
        textpage.close()
        page.close()
    return Page(index + 1, width, height, tuple(words), guessed)


def _visible(page: pdfium.PdfPage, words: list[Word]) -> list[Word]:
    """Without the words that leave no trace on the page: white on white, or covered. All of them if most leave none:
    then it is our drawing of the page that fails, not the page."""
    if not words:
        return words
    picture = _Picture(page)
    seen = [word for word in words if picture.shows(word)]
    return seen if 2 * len(seen) > len(words) else words


def _is_under_a_scan(page: pdfium.PdfPage) -> bool:
    """Whether most of the text is drawn with invisible ink: what a scanner's program guessed."""
    texts = islice(page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_TEXT], max_depth=3), OBJECTS)
    modes = [pdfium_c.FPDFTextObj_GetTextRenderMode(text.raw) for text in texts]
    return 2 * modes.count(pdfium_c.FPDF_TEXTRENDERMODE_INVISIBLE) > len(modes)


class _Picture:
    """The page in shades of grey, about one pixel a point."""

    def __init__(self, page: pdfium.PdfPage):
        self._scale = min(1.0, PICTURE / max(*page.get_size(), 1.0))
        bitmap = page.render(scale=self._scale, grayscale=True)
        self._stride, self._width, self._height = bitmap.stride, bitmap.width, bitmap.height
        self._shades = bytes(bitmap.buffer)
        bitmap.close()

    def shows(self, word: Word) -> bool:
        left, right = max(int(word.left * self._scale), 0), min(math.ceil(word.right * self._scale), self._width)
        top, bottom = max(int(word.top * self._scale), 0), min(math.ceil(word.bottom * self._scale), self._height)
        lines = [self._shades[y * self._stride + left : y * self._stride + right] for y in range(top, bottom)]
        shades = b"".join(lines)
        return not shades or max(shades) - min(shades) >= TRACE


def _words(letters: Iterable[Word | None]) -> Iterator[Word]:
    """Words in the document's order. None is a space the document writes, SUPPOSED one it does not."""
    run: list[Word] = []
    gap = WORD_GAP
    for letter in letters:
        if letter is SUPPOSED:
            gap = SUPPOSED_GAP
            continue
        if run and (letter is None or not _touches(run[-1], letter, gap)):
            yield from _joined(run)
            run = []
        if letter is not None:
            run.append(letter)
        gap = WORD_GAP
    yield from _joined(run)


def _touches(letter: Word, following: Word, gap: float) -> bool:
    height = max(letter.height, following.height)
    return -height < following.left - letter.right < gap * height and _on_one_line(letter, following, height)


def _on_one_line(letter: Word, following: Word, height: float) -> bool:
    """Of a font that does not tell its line's height pdfium gives the box of the ink: a comma then hangs low."""
    shared = min(letter.bottom, following.bottom) - max(letter.top, following.top)
    return abs(following.middle - letter.middle) < LINE_SHIFT * height or shared > INK_SHARED * min(
        letter.height, following.height
    )


def _joined(run: list[Word]) -> Iterator[Word]:
    """The words in a run of touching letters: mostly one."""
    text = "".join(letter.text[0] for letter in run)
    start = 0
    for between in _BETWEEN.finditer(text):
        yield from _word(run[start : between.start()])
        start = between.end()
    yield from _word(run[start:])


def _word(letters: list[Word]) -> Iterator[Word]:
    if letters:
        yield Word(
            unicodedata.normalize("NFC", "".join(letter.text for letter in letters)),
            min(letter.left for letter in letters),
            min(letter.top for letter in letters),
            max(letter.right for letter in letters),
            max(letter.bottom for letter in letters),
        )


def _letters(textpage: pdfium.PdfTextPage, upright: "_Upright", longest: int) -> Iterator[Word | None]:
    """The characters in the document's order, each as a small word; None and SUPPOSED stand for spaces."""
    raw, box = textpage.raw, pdfium_c.FS_RECTF()
    codes = [
        pdfium_c.FPDFText_GetUnicode(raw, index) for index in range(min(pdfium_c.FPDFText_CountChars(raw), longest))
    ]
    halves, left = _halves(codes), None
    for index, code in enumerate(codes):
        text = readable(code)
        if index in halves:
            pdfium_c.FPDFText_GetLooseCharBox(raw, index, box)
            left = box.left if left is None else left
        elif not text:
            left = None
            yield SUPPOSED if pdfium_c.FPDFText_IsGenerated(raw, index) == 1 else None
        elif upright.is_upright(pdfium_c.FPDFText_GetCharAngle(raw, index)):
            pdfium_c.FPDFText_GetLooseCharBox(raw, index, box)
            box.left, left = box.left if left is None else left, None
            yield upright.word(text, box)


def _halves(codes: list[int]) -> set[int]:
    """Characters that are half of another: a program writes two bytes for each sign of a figure that holds a narrow
    space (20 2F), with a font that shows each byte by itself, « 1 /553,10 »."""
    zeros = {index for index, code in enumerate(codes) if code == 0}
    halves = {index for index in zeros if len(zeros & {index - 4, index - 2, index + 2, index + 4}) > 1}
    return halves | {index - 1 for index in halves if codes[max(index - 2, 0) : index] == NARROW_SPACE}


def readable(code: int) -> str:
    """One character as we compare it: no ligature, no fancy dash or quote; empty for spaces, controls, surrogates."""
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        return ""
    text = unicodedata.normalize("NFKC", chr(code).translate(_SIGNS)).strip()
    return "".join(sign for sign in text if sign.isprintable() and not sign.isspace())


class _Upright:
    """From PDF space to points from the top left corner of the page as it is shown (crop box and rotation applied)."""

    FINE = 100_000
    STEP = 1_000

    def __init__(self, page: pdfium.PdfPage):
        self._page, (self._width, self._height) = page, page.get_size()
        self.x0, self.y0 = self._point(0, 0)
        (xx, xy), (yx, yy) = self._point(self.STEP, 0), self._point(0, self.STEP)
        self.xx, self.xy = (xx - self.x0) / self.STEP, (xy - self.y0) / self.STEP
        self.yx, self.yy = (yx - self.x0) / self.STEP, (yy - self.y0) / self.STEP

    def _point(self, x: float, y: float) -> tuple[float, float]:
        across, down = ctypes.c_int(), ctypes.c_int()
        pdfium_c.FPDF_PageToDevice(self._page, 0, 0, self.FINE, self.FINE, 0, x, y, across, down)
        return across.value * self._width / self.FINE, down.value * self._height / self.FINE

    def is_upright(self, angle: float) -> bool:
        """`angle` of the writing in radians, clockwise; -1 when pdfium does not know."""
        return angle < 0 or math.cos(angle) * self.xx - math.sin(angle) * self.yx > UPRIGHT

    def word(self, text: str, box: pdfium_c.FS_RECTF) -> Word:
        across = [self.x0 + self.xx * x + self.yx * y for x, y in ((box.left, box.top), (box.right, box.bottom))]
        down = [self.y0 + self.xy * x + self.yy * y for x, y in ((box.left, box.top), (box.right, box.bottom))]
        return Word(text, min(across), min(down), max(across), max(down))

"""Pages that are pictures, read by Tesseract when it is installed. What it reads is a guess, always to be confirmed.

Three processes with limits, each in its own folder: the reader draws the page, this child becomes Tesseract, the reader
makes fields of its words as of any others.
"""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pypdfium2 as pdfium

from invoicing.reading import pages
from invoicing.reading.text import Page, Word, readable
from suppliers.confined.child import take_job

# About 250 dots an inch on an A4 page: less loses commas, more only takes longer.
WIDTH = 2067
JPEG_QUALITY = 90
# Enough to see whether a page shows anything.
SMALL = 300
# Shades between the lightest and the darkest dot of a page with nothing on it.
BLANK = 40
LANGUAGE = "fra"
# Sparse text: we put words into rows and columns ourselves, and its own columns tear labels from their values.
SPARSE = "11"
# Below this Tesseract itself believes it sees dirt, in percent.
LEAST = 20.0
# Boxes around ink are lower than the lines our layout measures in.
LINE_HEIGHT = 1.3
WORDS = 5_000


def main(folder: str) -> None:
    """Become Tesseract: page.jpg gives page.tsv. The limits set before hold for it too."""
    job = take_job(Path(folder))
    # One thread: the limits allow no other, and readers are counted as one processor each.
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH", "TESSDATA_PREFIX") if name in os.environ}
    command = [job["program"], "page.jpg", "page", "-l", LANGUAGE, "--psm", SPARSE, "tsv"]
    sys.stdout.flush()
    os.execve(job["program"], command, {**kept, "OMP_THREAD_LIMIT": "1"})


# --- In the reader ---


def draw(document: pdfium.PdfDocument, numbers: list[int], folder: Path, job: dict, *, until: float) -> list[int]:
    """The numbers of those of these pages that show something, the first to read before the others; where
    `job["draws_scans"]`, with as many scan-1.jpg… as Tesseract may be given. After `until` (of the monotonic clock)
    nobody looks whether they do."""
    limits = job["limits"]
    # The first page and the last say most.
    wanted = sorted(numbers, key=lambda number: (number not in {1, len(document)}, number))
    shown = [
        number
        for number in wanted[: limits["pictures"]]
        if time.monotonic() > until or _shows_something(document, number)
    ]
    for number in shown[: limits["ocr_pages"]] if job["draws_scans"] else []:
        pages.picture(document, number - 1, WIDTH).save(folder / f"scan-{number}.jpg", quality=JPEG_QUALITY)
    return shown


def _shows_something(document: pdfium.PdfDocument, number: int) -> bool:
    try:
        darkest, lightest = pages.picture(document, number - 1, SMALL).getextrema()
    except pages.UNDRAWABLE:
        return False
    return lightest - darkest > BLANK


def recognised(seen: list[Page], folder: Path) -> list[Page]:
    """The pages, with the words Tesseract found on those that have no others."""
    tables = {page.number: folder / f"ocr-{page.number}.tsv" for page in seen if not page.words}
    return [
        page_of(tables[page.number].read_text(errors="replace"), page)
        if page.number in tables and tables[page.number].exists()
        else page
        for page in seen
    ]


def page_of(table: str, page: Page) -> Page:
    """The page with the words of Tesseract's table."""
    return Page(page.number, page.width, page.height, tuple(_words(table, page)), guessed=True)


def _words(table: str, page: Page) -> Iterator[Word]:
    scale, line = 0.0, (0.0, 0.0)
    for row in table.split("\n")[1 : 4 * WORDS]:
        cells = row.split("\t")
        if len(cells) < 11:
            continue
        left, top, width, height = map(float, cells[6:10])
        match cells[0]:
            case "1":
                scale = page.width / max(width, 1.0)
            case "4":
                middle = top + height / 2
                line = (middle - height * LINE_HEIGHT / 2, middle + height * LINE_HEIGHT / 2)
            case "5" if len(cells) == 12 and float(cells[10]) >= LEAST:
                text = "".join(readable(ord(sign)) for sign in cells[11])
                if text:
                    yield Word(text, left * scale, line[0] * scale, (left + width) * scale, line[1] * scale)

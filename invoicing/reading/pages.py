"""Open the document with pdfium and draw its pages."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from PIL import Image

from suppliers.confined.child import Refused

JPEG_QUALITY = 75
A4 = (595, 842)
# A page that pdfium cannot open, or cannot draw; the others may be fine.
UNDRAWABLE = (pdfium.PdfiumError, ValueError)
# A page is never drawn taller than this times its width: a till receipt fits, a road map does not.
TALLEST = 3


@contextlib.contextmanager
def open_document(path: Path) -> Iterator[pdfium.PdfDocument]:
    """Open without a password, which also opens a PDF that only its owner's password protects."""
    try:
        document = pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        wants_password = getattr(error, "err_code", None) == pdfium_c.FPDF_ERR_PASSWORD
        raise Refused("password" if wants_password else "broken") from error
    try:
        yield document
    finally:
        document.close()


def draw(document: pdfium.PdfDocument, folder: Path, limits: dict, *, until: float) -> int:
    """Write page-0.jpg, page-1.jpg…; returns how many. After `until` (of the monotonic clock) comes none but the first:
    pictures are a help, and what was read of a long document is worth more."""
    count = min(len(document), limits["pictures"])
    for number in range(count):
        if number and time.monotonic() > until:
            return number
        _drawn(document, number, limits["picture_width"]).save(folder / f"page-{number}.jpg", quality=JPEG_QUALITY)
    return count


def _drawn(document: pdfium.PdfDocument, number: int, width: int) -> Image.Image:
    """A page in colours; an empty one where it cannot be drawn, so that each picture keeps its number."""
    try:
        return picture(document, number, width, grayscale=False)
    except UNDRAWABLE:
        return Image.new("L", (width, width * A4[1] // A4[0]), "white")


def shades(document: pdfium.PdfDocument, number: int, width: int) -> tuple[tuple[float, float], bytes]:
    """The size of a page and its picture in grey, to compare it with another."""
    page = document[number]
    bitmap = page.render(scale=_scale(page.get_size(), width), grayscale=True)
    seen = page.get_size(), bytes(bitmap.buffer)
    bitmap.close()
    page.close()
    return seen


def picture(document: pdfium.PdfDocument, number: int, width: int, *, grayscale: bool = True) -> Image.Image:
    page = document[number]
    bitmap = page.render(scale=_scale(page.get_size(), width), grayscale=grayscale)
    drawn = bitmap.to_pil().copy()
    bitmap.close()
    page.close()
    return drawn


def _scale(size: tuple[float, float], width: int) -> float:
    return min(width / max(size[0], 1.0), width * TALLEST / max(size[1], 1.0))

"""What reading a PDF gives. Values are proposals with their place on the page; the supplier confirms them."""

from dataclasses import dataclass, field
from enum import StrEnum


class Source(StrEnum):
    """Where a value was read: in the text of a page, in the electronic invoice inside the PDF, in a page's picture."""

    PAGE = "page"
    XML = "xml"
    OCR = "ocr"


@dataclass(frozen=True)
class Found:
    """One value read on a page.

    `value`: dates as 2026-11-18 (several joined by commas), amounts as 1234.56, SIRETs as 14 digits, else as printed.
    `box`: left, top, right, bottom as fractions of the page seen upright, from its top left corner. `page` starts at 1.
    `page` 0: the electronic invoice says it and no page shows it. `sure`: a clear label, and nothing contradicts it.
    """

    value: str
    page: int
    box: tuple[float, float, float, float]
    sure: bool
    source: Source = Source.PAGE


@dataclass(frozen=True)
class Difference:
    """A field of which the electronic invoice says one thing and the pages another, or nothing (then empty).

    Not `sure` where the text of the pages was guessed from pictures.
    """

    electronic: str
    printed: str
    sure: bool = True


@dataclass(frozen=True)
class Refusal:
    """Why this file cannot be taken, and what the supplier can do: a stable code and two French sentences."""

    code: str
    message: str
    remedy: str


@dataclass(frozen=True)
class Part:
    """One of several invoices in a PDF: its number as printed, and its pages, counted from 1, both ends included."""

    number: str
    first: int
    last: int


@dataclass(frozen=True)
class Reading:
    """`pictures`: the first pages as JPEG. With a `refusal` the rest is empty.

    `embedded_xml`: a Factur-X or alike; `differences`: where it and the pages do not agree, by field. `is_marked`: says
    of itself that it is one (PDF/A-3, Factur-X metadata). `is_locked`: protected by its owner's password alone.
    `plain`: the same pages without any of these three, where there is one and the file is not signed; empty when none
    could be made. `guessed`: some text is a guess from a picture, by Tesseract or by the scanner's own program.
    `scans`: pages that show something and hold no text, and that nobody read.
    `unread`: pages that could not be opened, or that no time was left for.
    `parts`: the invoices that a PDF of several seems to hold; empty for a PDF of one.
    """

    pages: int = 0
    has_text: bool = False
    fields: dict[str, Found] = field(default_factory=dict)
    pictures: tuple[bytes, ...] = ()
    embedded_xml: bool = False
    signed: bool = False
    is_marked: bool = False
    is_locked: bool = False
    guessed: bool = False
    scans: tuple[int, ...] = ()
    unread: tuple[int, ...] = ()
    differences: dict[str, Difference] = field(default_factory=dict)
    plain: bytes = field(default=b"", repr=False)
    parts: tuple[Part, ...] = ()
    refusal: Refusal | None = None

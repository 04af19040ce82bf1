"""What reading a PDF gives. Values are proposals with their place on the page; the supplier confirms them."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Found:
    """One value read on a page.

    `value`: dates as 2026-11-18 (several joined by commas), amounts as 1234.56, SIRETs as 14 digits, else as printed.
    `box`: left, top, right, bottom as fractions of the page seen upright, from its top left corner. `page` starts at 1.
    `sure`: a clear label and nothing on the page that contradicts it.
    """

    value: str
    page: int
    box: tuple[float, float, float, float]
    sure: bool


@dataclass(frozen=True)
class Refusal:
    """Why this file cannot be taken, and what the supplier can do: a stable code and two French sentences."""

    code: str
    message: str
    remedy: str


@dataclass(frozen=True)
class Reading:
    """`pictures`: the first pages as JPEG. `embedded_xml`: a Factur-X or alike. With a `refusal` the rest is empty."""

    pages: int = 0
    has_text: bool = False
    fields: dict[str, Found] = field(default_factory=dict)
    pictures: tuple[bytes, ...] = ()
    embedded_xml: bool = False
    signed: bool = False
    refusal: Refusal | None = None


class Refused(Exception):
    """Raised in the child: this file is not taken. The argument is a code of refusals.py."""

"""A pen for invoices on A4: it notes what stands where; the engines (engines.py) make a PDF of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from agrilocal18.demo.papers import Party

MONTHS = [
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
]


def short(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def long(day: date) -> str:
    return f"{'1er' if day.day == 1 else day.day} {MONTHS[day.month - 1]} {day.year}"


def grouped(number: str, *sizes: int) -> str:
    parts, position = [], 0
    for size in sizes:
        parts.append(number[position : position + size])
        position += size
    return " ".join(part for part in parts if part)


def siret(party: Party) -> str:
    return grouped(party.siret, 3, 3, 3, 5)


def iban(party: Party) -> str:
    return grouped(party.iban, *[4] * 7)


def amount(value: Decimal, thousands: str = " ", comma: str = ",") -> str:
    return f"{value:,.2f}".replace(",", "_").replace(".", comma).replace("_", thousands)


def percent(rate: Decimal, decimals: int = 2) -> str:
    return f"{rate:.{decimals}f}".replace(".", ",")


@dataclass(frozen=True)
class Stroke:
    """A text at its place: millimetres from the top left corner, degrees counter-clockwise."""

    x: float
    y: float
    text: str
    size: float = 10
    bold: bool = False
    right: bool = False
    angle: float = 0
    white: bool = False


@dataclass(frozen=True)
class Drawing:
    """Pages of strokes, in the order of drawing. `font`: sans, serif or mono."""

    pages: tuple[tuple[Stroke, ...], ...]
    font: str = "sans"


@dataclass
class Pen:
    """Writes on A4 in millimetres from the top left corner."""

    font: str = "sans"
    pages: list[list[Stroke]] = field(default_factory=lambda: [[]])

    def write(self, x: float, y: float, text: str, size: float = 10, *, bold: bool = False, right: bool = False):
        self.pages[-1].append(Stroke(x, y, text, size, bold, right))

    def column(
        self, x: float, y: float, lines: Iterable[str], size: float = 10, step: float = 5, *, right: bool = False
    ) -> float:
        for line in lines:
            self.write(x, y, line, size, right=right)
            y += step
        return y

    def row(self, y: float, cells: dict[float, str], size: float = 9, *, bold: bool = False):
        """Texts of a table's row; a negative place means: ends there."""
        for x, text in cells.items():
            self.write(abs(x), y, text, size, bold=bold, right=x < 0)

    def turn_page(self):
        self.pages.append([])

    def finished(self) -> Drawing:
        return Drawing(tuple(tuple(page) for page in self.pages), self.font)

"""A pen for drawing invoices on A4, and the many ways of writing dates, numbers and amounts."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from io import BytesIO

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

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


@dataclass
class Pen:
    """Draws on A4 in millimetres from the top left corner."""

    font: str = "Helvetica"
    output: BytesIO = field(default_factory=BytesIO)

    def __post_init__(self):
        self.canvas = Canvas(self.output, pagesize=A4, invariant=1)

    def write(self, x: float, y: float, text: str, size: float = 10, *, bold: bool = False, right: bool = False):
        self.canvas.setFont(self._font(bold), size)
        draw = self.canvas.drawRightString if right else self.canvas.drawString
        draw(x * mm, A4[1] - y * mm, text)

    def column(self, x: float, y: float, lines: Iterable[str], size: float = 10, step: float = 5) -> float:
        for line in lines:
            self.write(x, y, line, size)
            y += step
        return y

    def row(self, y: float, cells: dict[float, str], size: float = 9, *, bold: bool = False):
        """Texts of a table's row; a negative place means: ends there."""
        for x, text in cells.items():
            self.write(abs(x), y, text, size, bold=bold, right=x < 0)

    def turn_page(self):
        self.canvas.showPage()

    def finished(self) -> bytes:
        self.canvas.showPage()
        self.canvas.save()
        return self.output.getvalue()

    def _font(self, bold: bool) -> str:
        heavy = {"Times-Roman": "Times-Bold"}.get(self.font, f"{self.font}-Bold")
        return heavy if bold else self.font

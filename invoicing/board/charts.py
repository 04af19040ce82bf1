"""A picture as the page draws it: rows of bars, each with its words and the list behind it. Nothing here counts."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import accumulate

from suppliers.typography import NBSP, euros, how_many

# Units of a bar, whatever its width on the screen.
WIDTH = 1000
# One invoice among thousands is still seen.
THINNEST = 6


@dataclass(frozen=True)
class Part:
    """A piece of a bar. `told`: its value in words."""

    value: float
    told: str
    url: str = ""


@dataclass(frozen=True)
class Row:
    label: str
    told: str
    url: str
    parts: tuple[Part, ...]

    @property
    def value(self) -> float:
        return sum(part.value for part in self.parts)


@dataclass(frozen=True)
class Strip:
    """Where a part is drawn on the bar, in units of WIDTH; `shade`: which of the colours."""

    x: int
    width: int
    shade: int


@dataclass(frozen=True)
class Chart:
    """`unit`: what the last column of its table counts; `heads`: what the parts of a bar are, where it has several.

    `others`: what the picture leaves out, as rows without a bar.
    """

    unit: str
    rows: list[Row]
    heads: tuple[str, ...] = ()
    others: list[Row] = field(default_factory=list)

    def bars(self) -> Iterator[tuple[Row, list[Strip], str]]:
        """Each row, its strips, and what they show to who does not see them."""
        longest = max((row.value for row in self.rows), default=0) or 1
        for row in self.rows:
            yield row, _strips(row, longest), self._in_words(row)

    def _in_words(self, row: Row) -> str:
        told = [f"{head}{NBSP}: {part.told}" for part, head in zip(row.parts, self.heads, strict=False) if part.value]
        return ", ".join(told) or row.told


def _strips(row: Row, longest: float) -> list[Strip]:
    widths = [max(round(WIDTH * part.value / longest), THINNEST) if part.value > 0 else 0 for part in row.parts]
    starts = accumulate(widths, initial=0)
    return [Strip(x, width, shade) for shade, (x, width) in enumerate(zip(starts, widths, strict=False)) if width]


# --- Words ---


def invoices(n: int) -> str:
    return how_many(n, "facture")


def amount(cents: int) -> str:
    return euros(Decimal(cents) / 100)


def lasted(days: float) -> str:
    """« 3,5 jours », « 4 heures »."""
    if days < 1:
        hours = round(days * 24)
        return how_many(hours, "heure") if hours else "moins d'une heure"
    told = f"{days:.1f}".removesuffix(".0").replace(".", ",")
    return f"{told} jour{'s' if days >= 2 else ''}"

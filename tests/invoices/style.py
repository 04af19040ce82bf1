"""How one program writes its values: the seed picks a writing of amounts, dates and SIRETs, kept for the whole page."""

import random
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from agrilocal18.demo.papers import Party
from tests.invoices.pen import MONTHS, amount, grouped, long, percent

SHORT_MONTHS = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")
DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
# Thousands, decimals, what follows.
MONEY = (
    (" ", ",", " €"),
    ("\u202f", ",", "\u00a0€"),
    ("\u00a0", ",", " €"),
    (".", ",", ""),
    ("", ",", ""),
    ("", ".", ""),
    (" ", ".", " EUR"),
    (" ", ",", "€"),
    ("'", ".", ""),
    (" ", ",", ""),
)
DATES = (
    lambda day: f"{day:%d/%m/%Y}",
    lambda day: f"{day:%d/%m/%y}",
    lambda day: f"{day:%d.%m.%Y}",
    lambda day: f"{day:%d-%m-%Y}",
    long,
    lambda day: f"{day.day} {SHORT_MONTHS[day.month - 1]} {day.year}",
    lambda day: f"{DAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}",
    lambda day: f"{day.day}/{day.month}/{day.year}",
    lambda day: f"{day.day:02d} {MONTHS[day.month - 1].upper()} {day.year}",
)
SIRETS = ((3, 3, 3, 5), (14,), (9, 5), (3, 3, 3, 3, 2))


@dataclass(frozen=True)
class Style:
    thousands: str
    comma: str
    euro: str
    dated: int
    groups: tuple[int, ...]
    minus: str

    @classmethod
    def of(cls, seed: int) -> "Style":
        chance = random.Random(f"style {seed}")
        return cls(
            *chance.choice(MONEY),
            chance.randrange(len(DATES)),
            chance.choice(SIRETS),
            chance.choice(("-{}", "- {}", "({})", "{}-", "\u2212{}")),
        )

    def money(self, value: Decimal, *, plain: bool = False) -> str:
        written = amount(abs(value), self.thousands, self.comma) + ("" if plain else self.euro)
        return self.minus.format(written) if value < 0 else written

    def day(self, day: date) -> str:
        return DATES[self.dated](day)

    def figures(self, day: date) -> str:
        """For narrow columns."""
        return DATES[self.dated if self.dated < 4 else 0](day)

    def rate(self, rate: Decimal) -> str:
        return percent(rate, 2 if self.dated % 2 else 1).replace(",", self.comma)

    def siret(self, party: Party) -> str:
        return grouped(party.siret, *self.groups)

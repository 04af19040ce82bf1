"""Money of orders: lines rounded one by one, VAT rounded once per rate, as on an invoice.

SQL adds up whole cents only (`orders/models/lines.py`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def to_cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True)
class VatLine:
    """What one rate (in percent) adds to its base, in euros."""

    rate: Decimal
    base: Decimal

    @property
    def amount(self) -> Decimal:
        return to_cents(self.base * self.rate / 100)


@dataclass(frozen=True)
class Totals:
    """Totals of an order in euros; `vat` has one line per rate, lowest first."""

    vat: tuple[VatLine, ...]

    @classmethod
    def of(cls, lines: Iterable) -> "Totals":
        """From lines that have a `vat_rate` in percent and a `total_ht` in euros."""
        bases: dict[Decimal, Decimal] = {}
        for line in lines:
            bases[line.vat_rate] = bases.get(line.vat_rate, Decimal(0)) + line.total_ht
        return cls(tuple(VatLine(rate, bases[rate]) for rate in sorted(bases)))

    @property
    def ht(self) -> Decimal:
        return sum((line.base for line in self.vat), Decimal(0))

    @property
    def tva(self) -> Decimal:
        return sum((line.amount for line in self.vat), Decimal(0))

    @property
    def ttc(self) -> Decimal:
        return self.ht + self.tva

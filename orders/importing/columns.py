"""An order as a file says it: several rows, one for each line, of one reference."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError

from orders.amounts import to_cents
from orders.lines import RATES, AmountField, french_number
from orders.models import OrderLine
from suppliers.typography import french

# Of these a file may be silent: the portal then keeps what it has.
SCALARS = ("engagement_number", "service_code", "contract_number", "delivery_place", "ordered_on", "delivery_on")
UNKNOWN_RATE = french("Ce taux n'est pas valable. Écrivez-le en pour cent, ainsi : 5,5.")


class RateCell(AmountField):
    """A rate in percent. A cell in Excel's format « 5,5 % » holds 0.055."""

    def __init__(self, **kwargs):
        super().__init__(max_digits=6, decimal_places=4, min_value=Decimal(0), max_value=Decimal(99), **kwargs)
        codes = ("invalid", "min_value", "max_value", "max_digits", "max_decimal_places", "max_whole_digits")
        self.error_messages |= dict.fromkeys(codes, UNKNOWN_RATE)

    def to_python(self, value):
        rate = super().to_python(value.replace("%", ""))
        return rate * 100 if rate is not None and 0 < rate < 1 and rate * 100 in map(Decimal, RATES) else rate

    def validate(self, value):
        super().validate(value)
        if value != round(value, 2):
            raise ValidationError(UNKNOWN_RATE)


def amount(most_places: int, *, least: str = "0") -> forms.Field:
    too_small = french(f"Ce nombre est trop petit : écrivez {french_number(Decimal(least))} au moins.")
    return AmountField(
        max_digits=12, decimal_places=most_places, min_value=Decimal(least), error_messages={"min_value": too_small}
    )


@dataclass(frozen=True)
class SaidLine:
    """Values compare whatever zeros the file wrote behind them."""

    description: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    vat_rate: Decimal

    @classmethod
    def of(cls, line) -> "SaidLine":
        """Of an OrderLine, or of the values of a row."""
        get = line.get if isinstance(line, dict) else lambda name: getattr(line, name)
        return cls(*(get(name) for name in cls.__dataclass_fields__))

    @property
    def goods(self) -> tuple[str, str]:
        """By what a line is known again."""
        return self.description, self.unit

    @property
    def total_ht(self) -> Decimal:
        return to_cents(self.quantity * self.unit_price)

    def texts(self) -> list[str]:
        return [f"{value.normalize():f}" if isinstance(value, Decimal) else value for value in self._values()]

    def line(self) -> OrderLine:
        return OrderLine(**dict(zip(self.__dataclass_fields__, self._values(), strict=True)))

    def put_into(self, line: OrderLine) -> OrderLine:
        line.quantity, line.unit_price, line.vat_rate = self.quantity, self.unit_price, self.vat_rate
        return line

    def _values(self) -> list:
        return [getattr(self, name) for name in self.__dataclass_fields__]


@dataclass(frozen=True)
class Said:
    """What the rows of one reference say together; `scalars` by the names above, empty where they say nothing."""

    reference: str
    buyer_siret: str
    buyer_name: str
    supplier_siret: str
    scalars: dict[str, str | date | None]
    lines: tuple[SaidLine, ...]


def texts_of(lines: Iterable) -> list[list[str]]:
    return [SaidLine.of(line).texts() for line in lines]


def as_text(value: str | date | None) -> str:
    return value.isoformat() if isinstance(value, date) else value or ""

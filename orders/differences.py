"""What was ordered, what arrived and what was billed, side by side and in words."""

from dataclasses import dataclass
from decimal import Decimal

from orders.amounts import to_cents
from orders.lines import quantity_of
from orders.models import Order, OrderLine, Reception
from orders.models.receptions import newest_of
from suppliers.typography import euros


@dataclass(frozen=True)
class LineReceived:
    """A line, and the newest word on it if there is one."""

    line: OrderLine
    reception: Reception | None

    @property
    def is_full(self) -> bool:
        return bool(self.reception) and self.reception.quantity == self.line.quantity

    @property
    def differs(self) -> bool:
        return bool(self.reception) and not self.is_full

    @property
    def ht(self) -> Decimal:
        return to_cents(self.reception.quantity * self.line.unit_price) if self.reception else Decimal(0)

    @property
    def in_words(self) -> str:
        """Without agreement: a unit may be of any gender."""
        if self.reception is None:
            return "Réception pas encore notée"
        if self.is_full and self.reception.outcome == Reception.Outcome.CONFORM:
            return Reception.Outcome.CONFORM.label
        if not self.reception.quantity:
            return f"{Reception.Outcome.REFUSED.label}, commandé {quantity_of(self.line)}"
        return f"Commandé {quantity_of(self.line)}, reçu {quantity_of(self.reception)}"


@dataclass(frozen=True)
class Received:
    """An order as far as it arrived. Reads its lines, receptions and billings."""

    lines: tuple[LineReceived, ...]
    billed_ht: Decimal
    is_billed: bool

    @classmethod
    def of(cls, order: Order) -> "Received":
        newest = newest_of(order)
        lines = tuple(LineReceived(line, newest.get(line.pk)) for line in order.lines.all())
        # A draft may still be corrected, and no buyer sees it.
        return cls(lines, order.billed_ht - order.preparing_ht, order.is_billed)

    @property
    def is_begun(self) -> bool:
        return any(line.reception for line in self.lines)

    @property
    def is_told(self) -> bool:
        """Whether the buyer spoke of every line: only then can sums be compared."""
        return all(line.reception for line in self.lines)

    @property
    def differing(self) -> list[LineReceived]:
        return [line for line in self.lines if line.differs]

    @property
    def ht(self) -> Decimal:
        return sum((line.ht for line in self.lines), Decimal(0))

    @property
    def excess_ht(self) -> Decimal:
        """What was billed beyond what arrived; negative while some of it is still to bill."""
        return self.billed_ht - self.ht if self.is_told and self.is_billed else Decimal(0)

    @property
    def in_words(self) -> str:
        """How the invoices stand to what arrived; nothing as long as either is unknown."""
        if not (self.is_told and self.is_billed):
            return ""
        if not self.excess_ht:
            return "Facturé exactement ce qui a été reçu."
        more_or_less = "plus" if self.excess_ht > 0 else "moins"
        return f"Facturé {euros(abs(self.excess_ht))} HT de {more_or_less} que reçu."

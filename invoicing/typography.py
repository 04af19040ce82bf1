"""French writing for what people read: no-break spaces, dates, amounts."""

from datetime import date
from decimal import Decimal

from suppliers.typography import NBSP, french

__all__ = ["NBSP", "THIN", "day", "euros", "french", "percent"]

THIN = "\u202f"


def day(value: date) -> str:
    return f"{value:%d/%m/%Y}"


def percent(rate: Decimal) -> str:
    """« 10,15 % », with a no-break space."""
    return f"{rate.normalize():f}".replace(".", ",") + f"{NBSP}%"


def euros(value: Decimal) -> str:
    """« 1 234,50 € », with no-break spaces."""
    return f"{value:,.2f}".replace(",", THIN).replace(".", ",") + f"{NBSP}€"

"""French writing for what people read: no-break spaces, dates, amounts."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from suppliers.typography import NBSP, euros, french

__all__ = ["NBSP", "day", "euros", "french", "pages", "percent"]


def day(value: date) -> str:
    return f"{value:%d/%m/%Y}"


def pages(numbers: Sequence[int]) -> str:
    """« page 2 », « pages 3 à 99 », « pages 2, 5 et 7 »."""
    *others, last = numbers
    if not others:
        return f"page {last}"
    if last - numbers[0] == len(others):
        return f"pages {numbers[0]} à {last}"
    return f"pages {', '.join(map(str, others))} et {last}"


def percent(rate: Decimal) -> str:
    """« 10,15 % », with a no-break space."""
    return f"{rate.normalize():f}".replace(".", ",") + f"{NBSP}%"

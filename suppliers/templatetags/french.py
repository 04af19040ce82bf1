"""How amounts and identifiers are written for people."""

from decimal import Decimal

from django import template

from suppliers.identifiers import format_siret

register = template.Library()

THIN, NBSP, MINUS = "\u202f", "\u00a0", "\u2212"


@register.filter
def euros(amount: Decimal | None) -> str:
    """« 1 234,56 € » with no-break spaces; nothing for no amount."""
    if amount is None or amount == "":
        return ""
    digits = f"{abs(Decimal(amount)):,.2f}".replace(",", THIN).replace(".", ",")
    return f"{MINUS if amount < 0 else ''}{digits}{NBSP}€"


@register.filter
def plain_amount(amount: Decimal | None) -> str:
    """« 1234,56 », to be typed elsewhere: no sign but the comma."""
    return "" if amount is None or amount == "" else f"{Decimal(amount):.2f}".replace(".", ",")


@register.filter
def siret(value: str) -> str:
    """« 123 456 789 00012 »; what is not a SIRET stays as it is."""
    return format_siret(value or "")


@register.filter
def file_size(count: int) -> str:
    """« 12 ko », « 1,4 Mo »: the words of people's own computers, in the same units as the limits they are told."""
    if count < 1024:
        return f"{count}{NBSP}octet{'s' if count > 1 else ''}"
    if count < 1024 * 1024:
        return f"{count / 1024:.0f}{NBSP}ko"
    return f"{count / 1024 / 1024:.1f}{NBSP}Mo".replace(".", ",")

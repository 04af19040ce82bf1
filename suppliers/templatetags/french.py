"""How amounts and identifiers are written for people."""

from decimal import Decimal

from django import template

from suppliers.identifiers import format_siren, format_siret
from suppliers.typography import NBSP, euros

register = template.Library()


@register.filter("euros")
def euros_if_any(amount: Decimal | None) -> str:
    """« 1 234,56 € »; nothing for no amount."""
    return "" if amount is None or amount == "" else euros(Decimal(amount))


@register.filter
def plain_amount(amount: Decimal | None) -> str:
    """« 1234,56 », to be typed elsewhere: no sign but the comma."""
    return "" if amount is None or amount == "" else f"{Decimal(amount):.2f}".replace(".", ",")


@register.filter
def siren(value: str) -> str:
    """« 123 456 789 »; what is not a SIREN stays as it is."""
    return format_siren(value or "")


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

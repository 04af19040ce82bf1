"""The filter « date » of every template."""

from django import template
from django.template.defaultfilters import date as djangos

from suppliers.days import FIRST_OF_MONTH, with_hours

register = template.Library()


@register.filter(expects_localtime=True, is_safe=False)
def date(value, pattern=None):
    """As Django's, and « 1er mars 2026 à 3 h 19 »."""
    return FIRST_OF_MONTH.sub("1er ", djangos(value, pattern and with_hours(pattern)))

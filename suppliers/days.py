"""Days and hours in French. Apart from typography.py, which readers of untrusted files load without Django."""

import re

from django.utils import formats

from suppliers.typography import NBSP

# Django writes « 1 mars », and so does its « j F ».
FIRST_OF_MONTH = re.compile(r"\b1 (?=[a-zéû]{3})")
# « 3 h 19 »; the shorter one stands within the longer one.
HOURS = {"H:i:s": rf"G{NBSP}\h{NBSP}i{NBSP}\m\i\n{NBSP}s{NBSP}\s", "H:i": rf"G{NBSP}\h{NBSP}i"}


def with_hours(pattern: str) -> str:
    """The same pattern, its hours as French writes them."""
    for plain, spoken in HOURS.items():
        pattern = pattern.replace(plain, spoken)
    return pattern


def date_format(value, pattern: str) -> str:
    """As Django's, and « 1er mars 2026 à 3 h 19 »."""
    return FIRST_OF_MONTH.sub("1er ", formats.date_format(value, with_hours(pattern)))

"""Days as French writes them. Apart from typography.py, which readers of untrusted files load without Django."""

import re

from django.utils import formats

# Django writes « 1 mars », and so does its « j F ».
FIRST_OF_MONTH = re.compile(r"\b1 (?=[a-zéû]{3})")


def date_format(value, pattern: str) -> str:
    """As Django's, and « 1er mars 2026 »."""
    return FIRST_OF_MONTH.sub("1er ", formats.date_format(value, pattern))

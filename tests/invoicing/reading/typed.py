"""Pages made of typed lines, for tests of what the reader makes of words and places."""

import re

from invoicing.reading.extract import extract
from invoicing.reading.text import Page, Word

SELLER, BUYER, TOWN = "10000000900017", "20000000800025", "20000000800033"
IBAN = "FR7630006000011234567890189"
WIDE, HIGH, STEP = 6.0, 12.0, 14.0


def typed(text: str, number: int = 1) -> Page:
    """A page in a fixed-width font: one line of text per row; two spaces and more part two cells."""
    words = []
    for row, line in enumerate(text.splitlines()):
        top = 20 + row * STEP
        for match in re.finditer(r"\S+", line):
            words.append(Word(match.group(), match.start() * WIDE, top, match.end() * WIDE, top + HIGH))
    return Page(number, 800.0, 1000.0, tuple(words))


def read(text, own=frozenset({SELLER})):
    return extract([typed(text)], own)


def values(text):
    return {name: found.value for name, found in read(text).items()}

"""The account to pay to."""

import re
from dataclasses import replace

from invoicing.reading.layout import Place
from invoicing.reading.result import Found
from invoicing.reading.search import Document
from suppliers.identifiers import clean_iban, is_iban

_IBAN = re.compile(r"(?<![A-Z0-9])([A-Z]{2} ?\d{2}(?: ?[A-Z0-9]){11,30})(?!\w)")
# 27 signs in groups of four.
FRENCH_IBAN_PRINTED = 33


def iban(document: Document) -> Found | None:
    """The first valid IBAN, sure if it is the only one; one whose check digits are wrong is shown, never sure."""
    valid, wrong = [], []
    for row in document.sheet.whole_rows():
        for match in _IBAN.finditer(row.text):
            value, end = _trimmed_iban(match)
            found = Found(value, row.page.number, Place(row, match.start(), end).box, sure=is_iban(value))
            if found.sure:
                valid.append(found)
            elif "iban" in row.folded:
                wrong.append(found)
    if len({found.value for found in valid}) > 1:
        return replace(valid[0], sure=False)
    return next(iter(valid + wrong), None)


def _trimmed_iban(match: re.Match) -> tuple[str, int]:
    """The pattern may have swallowed the words behind: drop them one by one, until the number is right."""
    text = match[1]
    while text and not is_iban(clean_iban(text)):
        text = text.rpartition(" ")[0]
    text = text or match[1][:FRENCH_IBAN_PRINTED]
    return clean_iban(text), match.start() + len(text)

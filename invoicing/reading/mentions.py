"""Wordings the law gives a meaning to: why no VAT is charged, and who made the invoice."""

import re

from invoicing.reading.layout import Place
from invoicing.reading.result import Found
from invoicing.reading.search import Document

_VAT = (
    ("franchise-cibs", re.compile(r"\bl\.? ?223(?: ?- ?3\b| et s\b)")),
    ("franchise-cgi", re.compile(r"\b293 ?-?b\b")),
    ("flat-rate", re.compile(r"\b298 quater|remboursement forfaitaire")),
    (
        "exempt",
        re.compile(
            r"exonere[es]*(?: de)? (?:la )?tva|exoneration de (?:la )?tva|tva non applicable"
            r"|non (?:assujetti|soumis)\w* a la tva"
        ),
    ),
)
_SELF_BILLED = re.compile(r"\bauto-?facturation\b|\bautofacture\b")


def mentions(document: Document) -> dict[str, Found]:
    """vat_mention (a key of the checks' table of wordings) and self_billed."""
    fields = {}
    for value, pattern in _VAT:
        found = _first(document, pattern, value)
        if found:
            fields["vat_mention"] = found
            break
    self_billed = _first(document, _SELF_BILLED, "autofacturation")
    if self_billed:
        fields["self_billed"] = self_billed
    return fields


def _first(document: Document, pattern: re.Pattern, value: str) -> Found | None:
    for cell in document.sheet.cells:
        match = pattern.search(cell.folded)
        if match:
            return Found(value, cell.page.number, Place(cell, match.start(), match.end()).box, sure=True)
    return None

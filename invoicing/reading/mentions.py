"""Wordings the law gives a meaning to: why no VAT is charged, and who made the invoice."""

import re
from collections.abc import Iterator

from invoicing.reading.layout import Cell, Place
from invoicing.reading.result import Found
from invoicing.reading.search import Document

# Old ones name the CGI, new ones the CIBS. The article tells; words without one are a guess.
_VAT = (
    ("franchise-cibs", True, re.compile(r"\bl\.? ?223(?: ?- ?3\b| et s(?:uivants)?\b)")),
    ("franchise-cgi", True, re.compile(r"\b293 ?-? ?b\b")),
    (
        "flat-rate",
        True,
        re.compile(r"\b298 ?(?:quater|bis|quinquies)\b|(?:remboursement|regime) forfaitaire(?: agricole)?"),
    ),
    (
        "exempt",
        True,
        re.compile(r"\b261(?: ?[-,.]? ?\d)* ?(?:[°-] ?\d*|[a-z]\b)? ?.{0,12}(?:cgi|code general des impots)"),
    ),
    (
        "exempt",
        True,
        re.compile(
            r"exonere[es]*(?: de)? (?:la )?t\.?v\.?a|exoneration de (?:la )?t\.?v\.?a"
            r"|non (?:assujetti|soumis)\w* a la t\.?v\.?a"
        ),
    ),
    (
        "franchise-cgi",
        False,
        re.compile(r"franchise (?:en base )?(?:de |de la )?(?:t\.?v\.?a|taxe)|regime de (?:la )?franchise"),
    ),
    ("exempt", True, re.compile(r"t\.?v\.?a\.? non applicable")),
)
_SELF_BILLED = re.compile(r"\bauto-?facturation\b|\bautofacture\b")
# A wording may run on to the next line.
_SPEAKS = re.compile(r"t\.?v\.?a|taxe|art|cgi|cibs|forfaitaire|exoner")


def mentions(document: Document) -> dict[str, Found]:
    """vat_mention (a key of the checks' table of wordings) and self_billed."""
    fields = {}
    texts = list(_texts(document))
    for value, sure, pattern in _VAT:
        found = _first(texts, pattern, value, sure)
        if found:
            fields["vat_mention"] = found
            break
    self_billed = _first(texts, _SELF_BILLED, "autofacturation", True)
    if self_billed:
        fields["self_billed"] = self_billed
    return fields


def _texts(document: Document) -> Iterator[tuple[Cell, str]]:
    """Each cell with what is written in it, and with the line beneath where a wording may go on there."""
    for cell in document.sheet.cells:
        beneath = document.sheet.below(cell, 0, len(cell.text)) if _SPEAKS.search(cell.folded) else None
        yield cell, f"{cell.folded} {beneath.cell.folded}" if beneath else cell.folded


def _first(texts: list[tuple[Cell, str]], pattern: re.Pattern, value: str, sure: bool) -> Found | None:
    for cell, text in texts:
        match = pattern.search(text)
        if match and match.start() < len(cell.text):
            place = Place(cell, match.start(), min(match.end(), len(cell.text)))
            return Found(value, cell.page.number, place.box, sure)
    return None

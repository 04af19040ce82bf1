"""Wordings the law gives a meaning to: why no VAT is charged, and who made the invoice."""

import re

from invoicing.reading.result import Found
from invoicing.reading.search import Document, first_said

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
    lines = list(document.lines(lambda cell: bool(_SPEAKS.search(cell.folded))))
    for value, sure, pattern in _VAT:
        found = first_said(lines, pattern, value, sure=sure)
        if found:
            fields["vat_mention"] = found
            break
    self_billed = first_said(lines, _SELF_BILLED, "autofacturation")
    if self_billed:
        fields["self_billed"] = self_billed
    return fields

"""Whether wordings that the law wants are printed: terms of payment, legal form, nature of the operation, currency.

Each is a yes with its place; what is not found may still be there, in words nobody thought of.
"""

import re
from itertools import islice

from invoicing.reading.layout import Place
from invoicing.reading.result import Found
from invoicing.reading.search import Document, first_said

_WORDINGS = {
    "late_penalty": (
        r"penalites?(?: de)?(?: de)? retard|interets? (?:de retard|moratoires?)|retard de (?:paiement|reglement)"
        r"|en cas de retard|\bpmt\b"
    ),
    "recovery_fee": (
        r"forfaitaire.{0,60}\b40\b|\b40(?:[.,]00)? ?(?:€|euros?).{0,60}recouvrement|frais de recouvrement|\bpmd\b"
    ),
    "discount": r"\bescomptes?\b|\baab\b",
    "legal_form": (
        r"\be\.?i\.?\b(?! ?\d)|\bentrepreneur individuel\b|\bentreprise individuelle\b|\beirl\b|\bgaec\b|\bscea\b"
        r"|\be\.?a\.?r\.?l\b|\bs\.?a\.?r\.?l\b|\bs\.?a\.?s\.?u?\b|\beurl\b|\bs\.?a\.? au capital\b|\bscic\b|\bscop\b"
        r"|\bscv\b|\bsica\b|\bcuma\b|\bgie\b|\bsnc\b|\bgfa\b|\bsci\b|\bsociete\b|\bcooperative\b|\bassociation\b"
        r"|\bcapital (?:social|de)\b"
    ),
    "operation_kind": (
        r"(?:livraisons?|ventes?) de (?:biens|marchandises)|prestations? de services?|operation mixte"
        r"|(?:categorie|nature) de l'operation"
    ),
    "vat_number": r"\bfr ?[0-9a-z]{2}[ .]?\d{3}[ .]?\d{3}[ .]?\d{3}(?!\d)",
    "factoring": r"affacturage|\bfactor\b|cession de creances?|subroge|dailly|loi du 2 janvier 1981",
}
# What `terms` may find: no value of the invoice, only how it is worded.
WORDINGS = frozenset({*_WORDINGS, "currency", "letterhead"})
_PATTERNS = {name: re.compile(wording) for name, wording in _WORDINGS.items()}
_TOTAL_ELSEWHERE = re.compile(
    r"(?:total|net a payer|montant).{0,40}?\b(chf|usd|gbp|cad|dollars?|francs suisses|livres sterling)\b|[$£]"
)
# Small print, longer than this, may run on beneath.
RUNS_ON = 20
# Where a seller writes his name: the first rows and, in small, the last.
TOP, BOTTOM, LONGEST = 14, 4, 400


def terms(document: Document) -> dict[str, Found]:
    """The names in WORDINGS, each with its place."""
    lines = list(document.lines(lambda cell: len(cell.text) > RUNS_ON))
    fields = {name: first_said(lines, pattern, "oui") for name, pattern in _PATTERNS.items()}
    fields["currency"] = first_said(lines, _TOTAL_ELSEWHERE, "autre")
    fields["letterhead"] = _letterhead(document)
    return {name: found for name, found in fields.items() if found}


def _letterhead(document: Document) -> Found | None:
    """The words at the top and at the foot, where the seller's name stands somewhere."""
    rows = document.sheet.rows
    cells = [cell for row in (*rows[:TOP], *rows[TOP:][-BOTTOM:]) for cell in islice(row, 3)]
    words = dict.fromkeys(word for cell in cells for word in re.findall(r"[a-z]{2,}", cell.folded))
    if not words:
        return None
    return Found(" ".join(words)[:LONGEST], cells[0].page.number, Place(cells[0], 0, len(cells[0].text)).box, False)

"""Whose SIRET is whose, and the IBAN."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from invoicing.reading.layout import Cell, Place
from invoicing.reading.result import Found
from invoicing.reading.search import Document
from suppliers.identifiers import clean_digits, clean_iban, is_iban, is_siret

# 14 digits together or parted as people part them; never a stretch of a longer number.
_SHAPE = re.compile(
    r"(?<![\w.,/-])(?<!\d )(\d{14}|\d{9}[ .-]\d{5}|\d{3}([ .-]?)\d{3}\2\d{3}[ .-]?\d{5}|\d{3} \d{3} \d{3} \d{3} \d{2})"
    r"(?![\w/-])(?! \d)(?![.,]\d)"
)
_LABELLED = re.compile(r"[\s:.n°-]*(\d(?:[ .-]?\d){13})(?!\d)")
_IBAN = re.compile(r"(?<![A-Z0-9])([A-Z]{2} ?\d{2}(?: ?[A-Z0-9]){11,30})(?!\w)")
_BUYER_WORDS = (
    (3, re.compile(r"factur(?:e|er|ation) a\b|adresse de facturation|adressee? a\b|doit\b|destinataire|payeur")),
    (2, re.compile(r"\bclient|acheteur|\ba l'attention")),
    (1, re.compile(r"livr(?:e|er|aison)")),
)
_SELLER_WORDS = re.compile(
    r"\bape\b|\bnaf\b|\brcs\b|capital|intracom|\bearl\b|\bgaec\b|\bscea\b|\bsarl\b|emetteur|vendeur|fournisseur"
)
ROWS_ABOVE = 8
# 27 signs in groups of four.
FRENCH_IBAN_PRINTED = 33


@dataclass(frozen=True)
class Siret:
    """A SIRET on a page. `valid`: right check digit; `buyer`: how much the words around it speak of the buyer."""

    value: str
    place: Place
    valid: bool
    buyer: int

    def found(self, *, sure: bool) -> Found:
        return Found(self.value, self.place.cell.page.number, self.place.box, sure)


def sirets(document: Document, own_sirets: Collection[str]) -> dict[str, Found]:
    """supplier_siret and buyer_siret. Without `own_sirets` the words around each decide, and nothing is sure."""
    seen = list(_sirets(document))
    own_sirens = {siret[:9] for siret in own_sirets}
    mine = [one for one in seen if one.value[:9] in own_sirens]
    others = [one for one in seen if one not in mine]
    if not own_sirets:
        mine, others = _guess(seen)
    fields = {}
    if mine:
        supplier = min(mine, key=lambda one: (one.value not in own_sirets, one.buyer))
        fields["supplier_siret"] = supplier.found(sure=supplier.value in own_sirets)
    if others:
        fields["buyer_siret"] = _buyer(others, bool(own_sirets))
    return fields


def _buyer(others: list[Siret], told_apart: bool) -> Found:
    chosen = max(others, key=lambda one: (one.valid, one.buyer))
    rivals = [one for one in others if one.value != chosen.value and one.valid and one.buyer >= chosen.buyer]
    return chosen.found(sure=told_apart and chosen.valid and not rivals)


def _guess(seen: list[Siret]) -> tuple[list[Siret], list[Siret]]:
    """Who is the seller when nobody said: the one the words speak least of as a buyer."""
    if not seen:
        return [], []
    seller = min(seen, key=lambda one: (not one.valid, one.buyer))
    return [seller], [one for one in seen if one.value != seller.value]


def _sirets(document: Document) -> Iterator[Siret]:
    taken: set[tuple[Cell, int]] = set()
    for place, valid in (*_labelled(document), *_shaped(document)):
        if (place.cell, place.start) not in taken:
            taken.add((place.cell, place.start))
            yield Siret(clean_digits(place.text), place, valid, _speaks_of_buyer(document, place.cell))


def _labelled(document: Document) -> Iterator[tuple[Place, bool]]:
    for cell, hit in document.hits("siret"):
        for place in document.places_after(cell, hit):
            match = _LABELLED.match(place.text)
            if match:
                yield place.narrowed(match.start(1), match.end(1)), is_siret(clean_digits(match[1]))
                break


def _shaped(document: Document) -> Iterator[tuple[Place, bool]]:
    for cell in document.sheet.cells:
        for match in _SHAPE.finditer(cell.text):
            if is_siret(clean_digits(match[1])):
                yield Place(cell, match.start(1), match.end(1)), True


def _speaks_of_buyer(document: Document, cell: Cell) -> int:
    """Up to 3: the buyer's words in the cell or above it in the column, less what a seller prints by his own."""
    words = [cell.folded, *_column_above(document, cell)]
    score = max((weight for text in words for weight, pattern in _BUYER_WORDS if pattern.search(text)), default=0)
    return score - 2 if _SELLER_WORDS.search(" ".join(words[:3])) else score


def _column_above(document: Document, cell: Cell) -> list[str]:
    left, _, right, _ = cell.span()
    above, below = [], cell
    for row in reversed(document.sheet.rows[max(cell.row - ROWS_ABOVE, 0) : cell.row]):
        if row[0].page is not cell.page or below.top - row[0].bottom > 2 * cell.height:
            break
        for other in row:
            other_left, _, other_right, _ = other.span()
            if min(right, other_right) > max(left, other_left):
                above.append(other.folded)
                below = other
    return above


def iban(document: Document) -> Found | None:
    """The first valid IBAN; one behind the word IBAN whose check digits are wrong is shown, never sure."""
    wrong = None
    for row in document.sheet.whole_rows():
        for match in _IBAN.finditer(row.text):
            value, end = _trimmed_iban(match)
            place = Place(row, match.start(), end)
            if is_iban(value):
                return Found(value, row.page.number, place.box, sure=True)
            if "iban" in row.folded and not wrong:
                wrong = Found(value, row.page.number, place.box, sure=False)
    return wrong


def _trimmed_iban(match: re.Match) -> tuple[str, int]:
    """The pattern may have swallowed the words behind: drop them one by one, until the number is right."""
    text = match[1]
    while text and not is_iban(clean_iban(text)):
        text = text.rpartition(" ")[0]
    text = text or match[1][:FRENCH_IBAN_PRINTED]
    return clean_iban(text), match.start() + len(text)

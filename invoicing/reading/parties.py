"""Whose SIRET is whose, and whose invoice it is at all."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from invoicing.reading.layout import Cell, Place
from invoicing.reading.result import Found
from invoicing.reading.search import Document
from suppliers.identifiers import clean_digits, is_siren, is_siret

# 14 digits together or parted as people part them; never a stretch of a longer number.
_SHAPE = re.compile(
    r"(?<![\w.,/-])(?<!\d )(\d{14}|\d{9}[ .-]\d{5}|\d{3}([ .-]?)\d{3}\2\d{3}[ .-]?\d{5}|\d{3} \d{3} \d{3} \d{3} \d{2}"
    r"|\d{3}[ .-]\d{3}[ .-]\d{3}[ .-]\d{2}[ .-]?\d{3})(?![\w/-])(?! \d)(?![.,]\d)"
)
_LABELLED = re.compile(r"[\s:.n°-]*(\d(?:[ .-]?\d){13})(?!\d)")
_DIGITS = re.compile(r"[\s:.]*(?:\d+(?: (?=\d|$))?)*")
_SIREN = re.compile(r"(?<![\w.,/-])(?<!\d )(\d{3}([ .]?)\d{3}\2\d{3})(?![\w/-])(?! \d{4})(?![.,]\d)")
_NIC = re.compile(r"(?<!\w)nic ?(?:n ?°)? ?:? ?(\d{5})(?!\d)")
_NIC_ALONE = re.compile(r"\W*(\d{5}|\d{3} \d{2}|\d{2} \d{3})(?: ?[^\w ]|$)")
_VAT_NUMBER = re.compile(r"\bFR ?[0-9A-Z]{2} ?(\d{3} ?\d{3} ?\d{3})(?!\d)")
_ANNOUNCED = re.compile(r"\b(?:siren|r\.?c\.?s\.?)\b\D{0,30}?(\d{3}[ .]?\d{3}[ .]?\d{3})(?! ?\d)")
_BUYER_WORDS = (
    (
        3,
        re.compile(
            r"factur(?:e|er|ation) a\b|adresse (?:de )?factur|adressee? a\b|^doit\b|doit ?:|destinataire|payeur"
        ),
    ),
    (2, re.compile(r"\bclient|acheteur|\ba l'attention|commanditaire|debiteur|pouvoir adjudicateur")),
    (-1, re.compile(r"livr(?:e|er|aison)|expedi")),
)
_COMPANY_WORDS = re.compile(
    r"\bape\b|\bnaf\b|\brcs\b|capital|intracom|\bearl\b|\bgaec\b|\bscea\b|\bsarl\b|emetteur|vendeur|fournisseur"
)
_SELLER_WORDS = re.compile(rf"{_COMPANY_WORDS.pattern}|\btel\b|@|www\.")
# Who made the program or prints the paper also signs at the foot.
_MAKER_WORDS = re.compile(
    r"logiciel|editeur|(?:edite|etablie?) (?:par|avec)|pour le compte de"
    r"|imprime|propulse|genere (?:par|avec)|licence|affactur|factor"
)
ROWS_ABOVE = 8
# Of the page's height: whoever is named below is not the one the invoice is sent to, unless words say so.
HEAD = 0.55
MAKER, NOBODY = -9, 0
# What the words around a seller's number make of it: a seller's alone, or beside those of a delivery.
SELLERS = (-2, -3)


@dataclass(frozen=True)
class Siret:
    """A SIRET on a page. `valid`: right check digit; `buyer`: how much the words around it speak of the buyer;
    `company`: whether they speak of a company, as sellers do at the head or the foot of their paper."""

    value: str
    place: Place
    valid: bool
    buyer: int
    company: bool

    @property
    def is_in_the_head(self) -> bool:
        return self.place.cell.page.number == 1 and self.place.box[1] < HEAD

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
    others = [one for one in others if one.buyer > MAKER]
    fields = {}
    if mine:
        fields["supplier_siret"] = _supplier(mine, own_sirets)
    elif not _bears(document, own_sirens):
        fields |= _of_another(document, others)
        others = [one for one in others if one.value != _value(fields.get("supplier_siret"))]
    if others:
        fields["buyer_siret"] = _buyer(others, bool(own_sirets))
    return fields


def _value(found: Found | None) -> str:
    return found.value if found else ""


def _supplier(mine: list[Siret], own_sirets: Collection[str]) -> Found:
    """His own SIRET; one of his SIREN that he never told us is sure when he prints no other."""
    supplier = min(mine, key=lambda one: (one.value not in own_sirets, one.buyer))
    rivals = {one.value for one in mine if one.value in own_sirets or supplier.value not in own_sirets}
    return supplier.found(sure=bool(own_sirets) and supplier.valid and len(rivals) == 1)


def _bears(document: Document, sirens: Collection[str]) -> bool:
    """Whether one of these numbers stands anywhere, alone or within a SIRET or a VAT number, however it is parted."""
    rows = (clean_digits(row.text) for row in document.sheet.whole_rows())
    return any(siren in row for row in rows for siren in sirens)


def _of_another(document: Document, others: list[Siret]) -> dict[str, Found]:
    """Who else issues the invoice when nothing of the depositor's is on it: supplier_siret or supplier_number."""
    buyers = {one.value[:9] for one in others if one.buyer > NOBODY}
    speaking = (*SELLERS, NOBODY) if buyers else SELLERS
    sellers = [one for one in others if one.valid and one.buyer in speaking and one.value[:9] not in buyers]
    if sellers:
        seller = min(sellers, key=lambda one: (not one.company, one.buyer))
        return {"supplier_siret": seller.found(sure=seller.company or bool(buyers))}
    numbers = [(place, siren) for place, siren in _company_numbers(document) if siren not in buyers]
    return {"supplier_number": _number(*numbers[0])} if numbers else {}


def _number(place: Place, siren: str) -> Found:
    return Found(siren, place.cell.page.number, place.box, sure=True)


def _company_numbers(document: Document) -> Iterator[tuple[Place, str]]:
    """SIRENs within VAT numbers, and those announced by « RCS » or « SIREN », where no word speaks of the buyer."""
    for cell in document.sheet.cells:
        found = [*_VAT_NUMBER.finditer(cell.text), *_ANNOUNCED.finditer(cell.folded)]
        for match in found if _speaks_of_buyer(document, cell) in (NOBODY, *SELLERS) else ():
            siren = clean_digits(match[1])
            if is_siren(siren):
                yield Place(cell, match.start(1), match.end(1)), siren


def _buyer(others: list[Siret], told_apart: bool) -> Found:
    chosen = max(others, key=lambda one: (one.valid, one.buyer, one.is_in_the_head))
    rivals = [one for one in others if one.value != chosen.value and one.valid and one.buyer >= chosen.buyer]
    clear = chosen.buyer > 1 or (chosen.buyer == NOBODY and chosen.is_in_the_head)
    return chosen.found(sure=told_apart and chosen.valid and clear and not rivals)


def _guess(seen: list[Siret]) -> tuple[list[Siret], list[Siret]]:
    """Who is the seller when nobody said: the one the words speak least of as a buyer."""
    sellers = [one for one in seen if one.buyer > MAKER]
    if not sellers:
        return [], []
    seller = min(sellers, key=lambda one: (not one.valid, one.buyer))
    return [seller], [one for one in seen if one.value != seller.value]


def _sirets(document: Document) -> Iterator[Siret]:
    taken: set[tuple[Cell, int]] = set()
    for place, value in (*_labelled(document), *_shaped(document), *_in_two_parts(document)):
        if (place.cell, place.start) not in taken:
            taken.add((place.cell, place.start))
            about = _words_around(document, place.cell)
            company = bool(_COMPANY_WORDS.search(" ".join(about[:3])))
            yield Siret(value, place, is_siret(value), _speaks_of_buyer(document, place.cell), company)


def _labelled(document: Document) -> Iterator[tuple[Place, str]]:
    for cell, hit in document.hits("siret"):
        for place in document.places_after(cell, hit):
            match = _LABELLED.match(place.text)
            value = clean_digits(match[1]) if match else _over_two_lines(document, place)
            if value:
                yield place.narrowed(match.start(1), match.end(1)) if match else place, value
                break


def _over_two_lines(document: Document, place: Place) -> str:
    begun = _DIGITS.fullmatch(place.text) if place.end == len(place.cell.text) else None
    below = document.sheet.below(place.cell, 0, place.end) if begun else None
    value = clean_digits(place.text + _DIGITS.match(below.text)[0]) if below else ""
    return value if is_siret(value) else ""


def _shaped(document: Document) -> Iterator[tuple[Place, str]]:
    for cell in document.sheet.cells:
        for match in _SHAPE.finditer(cell.text):
            if is_siret(clean_digits(match[1])):
                yield Place(cell, match.start(1), match.end(1)), clean_digits(match[1])


def _in_two_parts(document: Document) -> Iterator[tuple[Place, str]]:
    """SIREN here, NIC behind it, to its right or on the next line."""
    for cell in document.sheet.cells:
        for match in _SIREN.finditer(cell.text):
            siren = clean_digits(match[1])
            if is_siren(siren):
                place = Place(cell, match.start(1), match.end(1))
                nic = next(filter(None, (_nic(siren, text) for text in _around(document, place))), None)
                if nic:
                    yield place, siren + nic


def _around(document: Document, place: Place) -> Iterator[str]:
    cell = place.cell
    yield cell.folded[place.end :]
    for other in document.sheet.right_of(cell)[:1]:
        yield other.folded
    beneath = document.sheet.below(cell, 0, len(cell.text))
    if beneath:
        yield beneath.cell.folded


def _nic(siren: str, text: str) -> str | None:
    match = _NIC.search(text) or _NIC_ALONE.match(text)
    nic = clean_digits(match[1]) if match else ""
    return nic if is_siret(siren + nic) else None


def _speaks_of_buyer(document: Document, cell: Cell) -> int:
    """3 to -1: the words of the buyer (-1: of who gets the goods) in the cell or nearest above it, less a seller's."""
    words = _words_around(document, cell)
    if any(_MAKER_WORDS.search(text) for text in words[:2]):
        return MAKER
    said = (weight for text in words for weight, pattern in _BUYER_WORDS if pattern.search(text))
    score = next(said, NOBODY)
    return score - 2 if _SELLER_WORDS.search(" ".join(words[:3])) else score


def _words_around(document: Document, cell: Cell) -> list[str]:
    """The cell and what stands above it, the nearest first."""
    return [cell.folded, *_column_above(document, cell)]


def _column_above(document: Document, cell: Cell) -> list[str]:
    above, below = [], cell
    for row in reversed(document.sheet.rows[max(cell.row - ROWS_ABOVE, 0) : cell.row]):
        if row[0].page is not cell.page or below.top - row[0].bottom > 2 * cell.height:
            break
        other = document.sheet.over(row, cell.left, cell.right)
        if other:
            above.append(other.folded)
            below = other
    return above

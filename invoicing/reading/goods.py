"""The lines of goods, as far as their own arithmetic proves that they were read: quantity × price = amount."""

import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import combinations

from invoicing.reading.layout import Cell
from invoicing.reading.numbers import find_amounts
from invoicing.reading.result import Found
from invoicing.reading.search import Document
from invoicing.reading.wordings import AMOUNTS

ROUNDING = Decimal("0.011")
_NUMBER = re.compile(
    r"(?<![\w.,/-])-?(?:\d{1,3}(?:[ .]\d{3}){1,3}(?:,\d{1,6})?(?![\w/])|\d{1,9}(?:[.,]\d{1,6})?(?![.,]?\d)(?!/))"
)
# Where one of these is printed, more or less than the lines makes the total, or they go on elsewhere.
_NOT_ALL = ("other_discount", "other_deposit", "other_carried")
# Numbers of one line that are tried with one another; lines of one invoice.
NUMBERS, LINES = 10, 400


def goods(document: Document) -> dict[str, Found]:
    """lines_ht and lines, their sum and number; nothing as soon as one does not prove itself, or more than lines makes
    the total."""
    rows = [] if any(document.hits(field) for field in _NOT_ALL) else _rows_of_goods(document)
    proved = [_amount_of(row) for row in rows[:LINES]]
    if not rows or None in proved or len(rows) > LINES:
        return {}
    last = rows[-1]
    left, top, right, bottom = last.span()
    box = left / last.page.width, top / last.page.height, right / last.page.width, bottom / last.page.height
    told = {"lines_ht": f"{sum(proved, Decimal(0)):.2f}", "lines": str(len(rows))}
    return {name: Found(value, last.page.number, box, sure=True) for name, value in told.items()}


def _rows_of_goods(document: Document) -> list[Cell]:
    """From the names of the columns down to the first total beneath, all on one page; empty where it is otherwise."""
    heads = sorted(document.heads_of_goods)
    if len(heads) != 1:
        return []
    page, found = document.sheet.rows[heads[0]][0].page, []
    for row in document.sheet.rows[heads[0] + 1 :]:
        if row[0].page is not page:
            return []
        if any(hit.field in AMOUNTS for cell in row for hit in document.labels[cell]):
            return found
        whole = Cell.together(row)
        if next(find_amounts(whole.text), None):
            found.append(whole)
    return []


def _amount_of(row: Cell) -> Decimal | None:
    """The last amount of the row that is the product of two numbers before it."""
    amounts = list(find_amounts(row.text))
    for amount in reversed(amounts):
        before = [_value(match[0]) for match in _NUMBER.finditer(row.text, 0, amount.start)][-NUMBERS:]
        if _is_product(amount.value, before):
            return amount.value
    return None


def _is_product(amount: Decimal, numbers: Sequence[Decimal]) -> bool:
    return any(abs(one * other - amount) <= ROUNDING for one, other in combinations(numbers, 2))


def _value(text: str) -> Decimal:
    """« 1 250,5 », « 12.5 », « 1.250,00 »."""
    if "," in text or text.count(".") > 1:
        return Decimal(re.sub(r"[ .]", "", text).replace(",", "."))
    return Decimal(text.replace(" ", ""))

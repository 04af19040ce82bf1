"""Whether a PDF holds several invoices, and which pages are whose. Pure; rather silent than wrong.

Told by different numbers on different pages: each found for sure, on neighbouring pages only, with a date and a total
of its own. Anything less is one invoice with annexes, and its supplier sees all of it anyway.
"""

from collections.abc import Collection, Iterable, Sequence

from invoicing.reading import heading
from invoicing.reading.extract import extract
from invoicing.reading.layout import Sheet
from invoicing.reading.result import Part
from invoicing.reading.search import Document
from invoicing.reading.text import Page

# More invoices than this in one file are for their own software to take apart.
MOST = 20
PROOF = ("issue_date", "total_ttc")


def parts(pages: Sequence[Page], own_sirets: Collection[str] = ()) -> list[Part]:
    """The invoices in these pages if there are several; an empty list for one."""
    runs = _runs([_number(page) for page in pages]) if len(pages) > 1 else []
    if not 2 <= len(runs) <= MOST or len({part.number for part in runs}) < len(runs):
        return []
    if any(not _is_invoice(pages[part.first - 1 : part.last], own_sirets) for part in runs):
        return []
    return runs


def _number(page: Page) -> str | None:
    """The number of the invoice this page belongs to, if it says so for sure; spelled as it is first met."""
    if page.guessed:
        return None
    document = Document(Sheet.of([page]))
    kind = heading.kind(document)
    found = heading.numbers(document, is_credit_note=bool(kind and kind.value == "AVOIR")).get("number")
    return found.value if found and found.sure else None


def _runs(numbers: Iterable[str | None]) -> list[Part]:
    """Neighbouring pages under one number; a page that says none goes with the one before. None before the first
    number: then nothing is known."""
    runs: list[Part] = []
    for page, number in enumerate(numbers, 1):
        if runs and number in (None, runs[-1].number):
            runs[-1] = Part(runs[-1].number, runs[-1].first, page)
        elif number:
            runs.append(Part(number, page, page))
        else:
            return []
    return runs


def _is_invoice(pages: Iterable[Page], own_sirets: Collection[str]) -> bool:
    fields = extract(pages, own_sirets)
    return all(name in fields for name in PROOF)

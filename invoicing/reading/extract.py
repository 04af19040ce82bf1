"""From words on pages to the fields of an invoice. Pure: no file, no process, no library but the standard one."""

from collections.abc import Collection, Iterable

from invoicing.reading import heading, mentions, parties, totals
from invoicing.reading.layout import Sheet
from invoicing.reading.references import read_engagement, read_service
from invoicing.reading.result import Found
from invoicing.reading.search import Document, best
from invoicing.reading.text import Page


def extract(pages: Iterable[Page], own_sirets: Collection[str] = ()) -> dict[str, Found]:
    """The fields that were found, by name; the package's docstring lists them."""
    document = Document(Sheet.of(pages))
    wordings = mentions.mentions(document)
    fields = {
        "kind": heading.kind(document),
        "number": heading.number(document),
        "origin_number": heading.origin_number(document),
        "issue_date": heading.issue_date(document),
        "due_date": heading.due_date(document),
        "delivery_dates": heading.delivery_dates(document),
        "engagement_number": best(document.proposals("engagement_number", read_engagement), surely=3.5),
        "order_reference": best(document.proposals("order_reference", read_engagement)),
        "contract_number": best(document.proposals("contract_number", read_engagement)),
        "service_code": best(document.proposals("service_code", read_service)),
        "iban": parties.iban(document),
        **parties.sirets(document, own_sirets),
        **totals.totals(document, untaxed=wordings.get("vat_mention")),
        **wordings,
    }
    return {name: found for name, found in fields.items() if found}

"""From words on pages to the fields of an invoice. Pure: no file, no process, no library but the standard one."""

from collections.abc import Collection, Iterable
from dataclasses import replace

from invoicing.reading import bank, deliveries, goods, heading, mentions, parties, terms, totals
from invoicing.reading.doubts import doubted
from invoicing.reading.layout import Sheet
from invoicing.reading.references import engagement_but, read_engagement, read_service
from invoicing.reading.result import Found
from invoicing.reading.search import Document, best
from invoicing.reading.text import Page


def extract(pages: Iterable[Page], own_sirets: Collection[str] = ()) -> dict[str, Found]:
    """The fields that were found, by name; the package's docstring lists them."""
    pages = tuple(pages)
    document = Document(Sheet.of(pages))
    wordings = mentions.mentions(document)
    kind = heading.kind(document)
    is_credit_note = bool(kind and kind.value == "AVOIR")
    numbers = heading.numbers(document, is_credit_note=is_credit_note)
    number = numbers["number"].value if "number" in numbers else ""
    issued = heading.issue_date(document, is_credit_note=is_credit_note)
    fields = {
        "kind": kind,
        **numbers,
        "issue_date": issued,
        "due_date": heading.due_date(document),
        **deliveries.deliveries(document, issued),
        "engagement_number": best(document.proposals("engagement_number", engagement_but(number)), surely=3.5),
        "order_reference": best(document.proposals("order_reference", read_engagement)),
        "contract_number": best(document.proposals("contract_number", read_engagement)),
        "service_code": best(document.proposals("service_code", read_service), surely=2.5),
        "iban": bank.iban(document),
        **parties.sirets(document, own_sirets),
        **totals.totals(document, is_credit_note=is_credit_note, untaxed=wordings.get("vat_mention")),
        **goods.goods(document),
        **wordings,
        **terms.terms(document),
    }
    fields["engagement_number"] = fields["engagement_number"] or heading.other_reference(document, fields.get("number"))
    fields = doubted(document, fields)
    guessed = any(page.guessed for page in pages)
    return {name: replace(found, sure=found.sure and not guessed) for name, found in fields.items() if found}

"""Each problem stands in the summary at the top of a page and beside what it is about, once in each."""

import re
from decimal import Decimal
from html import unescape

import pytest
from django.urls import reverse

from invoicing.verdict import judge_and_keep
from orders.models import Requires
from tests.invoicing.at_desk import page, read, sit_down, waiting
from tests.invoicing.conftest import deposit, drop, form_data
from tests.invoicing.pdfs import a_pdf, an_invoice
from tests.invoicing.photographs import photo
from tests.invoicing.reading.test_ocr import joined, scanned

pytestmark = pytest.mark.django_db

SUM_WRONG = "ne font pas 999,00 €"


def shown(client, invoice) -> str:
    return read(client.get(reverse("invoicing:confirm", args=[invoice.pk])))


def save(client, invoice, **changes):
    address = reverse("invoicing:confirm", args=[invoice.pk])
    client.post(address, form_data(client, invoice, action="save", **changes))


def test_a_problem_stands_in_the_summary_and_beside_its_field(supplier_client, order):
    invoice = drop(supplier_client, order)
    save(supplier_client, invoice, total_ttc="999,00")
    seen = shown(supplier_client, invoice)
    summary, form = seen.split('<form class="form form--wide check"')
    assert re.findall(rf'<a href="#id_total_ttc">[^<]*{SUM_WRONG}', summary) != []
    assert (summary.count(SUM_WRONG), form.count(SUM_WRONG)) == (1, 1)
    beside = form.split('id="id_total_ttc_problems"')[1].split("<input")[0]
    assert SUM_WRONG in beside
    assert "Vérifiez les trois montants" in beside
    assert "Vérifiez les trois montants" not in summary
    assert re.search(r'<input[^>]*name="total_ttc"[^>]*aria-describedby="[^"]*id_total_ttc_problems"', form)


def test_a_field_without_problem_refers_to_none(supplier_client, order):
    seen = shown(supplier_client, drop(supplier_client, order))
    assert "_problems" not in seen
    assert "Rien à signaler" in seen


def test_every_link_of_the_summary_leads_somewhere(supplier_client, order):
    recipient = order.buyer.recipient
    recipient.requires = Requires.BOTH
    recipient.save()
    order.supplier.vat_regime = ""
    order.supplier.save(update_fields=["vat_regime"])
    invoice = drop(supplier_client, order, ht="900,00", tva="60,00", ttc="999,00", lines=["TVA 7 % : 1,00 €"])
    save(supplier_client, invoice, issue_date="", delivery_dates="", number="", **{f"order-{order.pk}": "950"})
    seen = shown(supplier_client, invoice)
    links = set(re.findall(r'<a href="#([\w-]+)">', seen)) - {"contenu"}
    assert len(links) > 5
    assert links <= set(re.findall(r'\sid="([\w-]+)"', seen))


def test_what_the_pdf_and_the_orders_show_stands_beside_them(supplier_client, order):
    invoice = drop(supplier_client, order, ht="200,00", tva="11,00", ttc="211,00")
    invoice.reading["guessed"] = True
    invoice.save(update_fields=["reading"])
    seen = shown(supplier_client, invoice)
    assert "dont il reste 100,00 € à facturer" in seen.split('id="problems-orders"')[1].split("<label")[0]
    assert "peut se tromper" in seen.split('id="problems-pdf"')[1].split("<figure")[0]


def test_the_agent_reads_them_beside_the_facts_too(client):
    invoice = waiting(total_ttc=Decimal("999.00"))
    judge_and_keep(invoice)
    seen = unescape(read(sit_down(client).get(page(invoice))))
    verdict, facts = seen.split('<h2 id="desk-facts">')
    assert '<a href="#fact-total_ttc">100,00' in verdict
    beside = facts.split('id="fact-total_ttc"')[1].split("</dd>")[0]
    assert (facts.count(SUM_WRONG), beside.count(SUM_WRONG)) == (1, 1)
    assert "absent" in facts.split('id="fact-delivery_dates"')[1].split("</dd>")[0]
    links = set(re.findall(r'<a href="#(fact-\w+|desk-\w+)">', verdict))
    assert links <= set(re.findall(r'\sid="([\w-]+)"', seen))


def test_a_photograph_is_not_called_a_pdf(supplier_client, order):
    deposit(supplier_client, photo(), order=order)
    [told] = [problem for problem in order.supplier.invoices.get().verdict if problem["code"] == "no-text"]
    assert told["message"] == "Cette facture est une photo\u00a0: rien n'a pu y être lu."


@pytest.mark.parametrize(
    ("scans", "code", "message"),
    [
        ((2, 3), "unread-pages", "Une partie de ce PDF n'a pas pu être lue : pages 2 à 3."),
        ((1, 2, 3), "no-text", "Ce PDF est une image : rien n'a pu y être lu."),
        ((), "", ""),
    ],
    ids=["a part", "all", "none"],
)
def test_pages_that_are_pictures_are_named_where_nothing_reads_them(supplier_client, order, scans, code, message):
    pages = [an_invoice(order), a_pdf("Conditions"), a_pdf("Bon de livraison")]
    content = joined(*(scanned(page, 60) if number in scans else page for number, page in enumerate(pages, 1)))
    deposit(supplier_client, content, order=order)
    told = {problem["code"]: problem["message"] for problem in order.supplier.invoices.get().verdict}
    assert told.keys() & {"unread-pages", "no-text"} == ({code} if code else set())
    assert told.get(code, "").replace("\u00a0", " ") == message

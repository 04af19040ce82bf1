"""A refused avoir: every page and every trace of it speaks of an avoir, none of an invoice."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from invoicing.lifecycle import Status
from invoicing.models import Invoice, Kind, Reply
from tests.invoicing.at_desk import read
from tests.invoicing.pdfs import an_invoice
from tests.people import address

pytestmark = pytest.mark.django_db

# What would be wrong to say of it: agreements and acts of an invoice.
OF_AN_INVOICE = re.compile(r"\b(?:la|une|cette|nouvelle) facture\b|refusée|refaite|rejetée|sera pas payée")


@pytest.fixture
def refused(an_invoice_of):
    return an_invoice_of(kind=Kind.CREDIT_NOTE, status=Status.REJECTED, number="AV-1", number_key="AV1")


def main_of(client, page, invoice) -> str:
    return read(client.get(address(page, invoice))).split("<main")[1].split("</main>")[0]


def misnamed(text: str) -> list[str]:
    return OF_AN_INVOICE.findall(re.sub(r"<[^>]+>", "", text))


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ("supplier", "À vous : l'acheteur a refusé l'avoir."),
        ("buyer", "Au fournisseur : vous avez refusé l'avoir."),
        ("agent", "Au fournisseur : l'acheteur a refusé l'avoir."),
    ],
)
def test_each_reads_that_an_avoir_was_refused(people, refused, who, said):
    page = main_of(getattr(people, who), "detail", refused).split('<h2 id="la-facture"')[0]
    assert said in page
    assert "Avoir refusé par l'acheteur" in page
    assert misnamed(page) == []


def test_the_page_that_redoes_it_does_too(people, refused):
    page = main_of(people.supplier, "redo", refused)
    assert "Refaire l'avoir" in page
    assert "Déposer le nouvel avoir" in page
    assert misnamed(page) == []


def test_so_do_the_traces_of_its_redoing(people, refused, order):
    document = SimpleUploadedFile("avoir.pdf", an_invoice(order, title="Avoir", number="AV-2"))
    people.supplier.post(address("redo", refused), {"revision": refused.revision, "document": document})
    new = Invoice.objects.exclude(pk=refused.pk).get()
    assert new.events.get(kind="note").reason.startswith("Refait l'avoir AV-1,")
    page = main_of(people.supplier, "detail", refused)
    assert "Cet avoir est refait" in page
    assert "Avoir refait\u00a0: avoir AV-2." in refused.timeline()[-1].reason


def test_so_do_those_of_its_giving_up(people, refused):
    data = {"abandon-revision": refused.revision, "abandon-comment": ""}
    page = read(people.supplier.post(address("give_up", refused), data, follow=True))
    assert Reply.objects.get().redone_as is None
    assert page.count("Cet avoir ne sera pas refait.") == 3  # the message, where it stands, what happened
    assert "refaite" not in page

"""Who reads an invoice, who acts on it, and how its files are given out."""

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from invoicing.lifecycle import Status
from tests.factories import InvoiceFactory
from tests.invoicing.conftest import PEOPLE
from tests.people import address

pytestmark = pytest.mark.django_db


def codes_for(people, method, url, **data):
    codes = []
    for name in PEOPLE:
        response = getattr(getattr(people, name), method)(url, data)
        codes.append(response.status_code)
        b"".join(response)
    return codes


def with_page(invoice):
    invoice.pages.create(number=1, picture=ContentFile(b"\xff\xd8\xff picture", name="page.jpg"))
    return invoice


@pytest.mark.parametrize("page", ["detail", "status", "document"])
def test_an_invoice_under_review_is_for_its_two_sides_and_the_agents(people, an_invoice_of, page):
    invoice = an_invoice_of(status=Status.TO_REVIEW)
    assert codes_for(people, "get", address(page, invoice)) == [200, 404, 200, 404, 200, 404, 302]


def test_so_are_its_page_pictures(people, an_invoice_of):
    invoice = with_page(an_invoice_of(status=Status.TO_REVIEW))
    assert codes_for(people, "get", address("page", invoice, 1)) == [200, 404, 200, 404, 200, 404, 302]
    assert people.supplier.get(address("page", invoice, 2)).status_code == 404
    other = with_page(InvoiceFactory(status=Status.TO_REVIEW))
    assert people.supplier.get(address("page", other, 1)).status_code == 404


@pytest.mark.parametrize("status", [Status.DRAFT, Status.WITHDRAWN])
@pytest.mark.parametrize("page", ["detail", "status", "document"])
def test_a_draft_is_not_for_its_buyer(people, an_invoice_of, status, page):
    assert codes_for(people, "get", address(page, an_invoice_of(status=status))) == [
        200,
        404,
        404,
        404,
        200,
        404,
        302,
    ]


@pytest.mark.parametrize("page", ["confirm", "replace"])
def test_only_its_supplier_opens_the_forms(people, an_invoice_of, page):
    url = address(page, an_invoice_of())
    assert codes_for(people, "get", url) == [200, 404, 404, 404, 404, 404, 302]
    assert codes_for(people, "post", url)[1:] == [404, 404, 404, 404, 404, 302]


@pytest.mark.parametrize("act", ["answer", "withdraw", "cancel_sending"])
def test_only_its_supplier_acts(people, an_invoice_of, act):
    invoice = an_invoice_of(status=Status.APPROVED if act == "cancel_sending" else Status.TO_REVIEW)
    url = address(act, invoice)
    data = {"revision": invoice.revision, "text": "Bonjour"}
    others = [getattr(people, name).post(url, data).status_code for name in PEOPLE[1:]]
    assert others == [404, 404, 404, 404, 404, 302]
    assert not invoice.events.exists()
    assert people.supplier.get(url).status_code == 405
    assert people.supplier.post(url, data).status_code == 302
    assert invoice.events.count() == 1


@pytest.mark.parametrize("page", ["supplier_home", "list", "received"])
def test_lists_are_one_s_own(people, an_invoice_of, page):
    an_invoice_of(number="MIENNE-1", status=Status.TO_REVIEW)
    an_invoice_of(number="MIENNE-2", status=Status.DRAFT)
    InvoiceFactory(number="AUTRE-1", status=Status.TO_REVIEW)
    seen = {}
    for name in PEOPLE[:-1]:
        text = getattr(people, name).get(reverse(f"invoicing:{page}")).content.decode()
        seen[name] = [number for number in ("MIENNE-1", "MIENNE-2", "AUTRE-1") if number in text]
    mine = ["MIENNE-1"] if page == "received" else ["MIENNE-1", "MIENNE-2"]
    expected = {name: [] for name in PEOPLE[:-1]}
    assert seen == expected | {"buyer" if page == "received" else "supplier": mine}
    assert people.nobody.get(reverse(f"invoicing:{page}")).status_code == 302


def test_who_is_no_supplier_is_led_to_his_own_first_page(people):
    answer = people.buyer.get(reverse("invoicing:supplier_home"), follow=True)
    assert answer.redirect_chain[-1][0] == reverse("orders:buyer_home")


def test_an_invoice_that_does_not_exist_is_not_found(people):
    for url in ("/factures/999/", "/factures/99999999999999999999/", "/factures/1/page/99999999999/"):
        assert people.supplier.get(url).status_code == 404


# --- Files ---


def test_the_original_is_always_a_download(people, an_invoice_of):
    invoice = an_invoice_of(document_name="Facture été 2026.pdf", content=b"%PDF-1.4 original")
    response = people.supplier.get(address("document", invoice))
    assert b"".join(response.streaming_content) == b"%PDF-1.4 original"
    assert response["Content-Disposition"].startswith("attachment")
    assert "%C3%A9t%C3%A9" in response["Content-Disposition"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Type"] == "application/pdf"
    assert "no-store" in response["Cache-Control"]


def test_a_picture_is_shown_in_the_page(people, an_invoice_of):
    response = people.supplier.get(address("page", with_page(an_invoice_of()), 1))
    assert (response["Content-Type"], response["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")
    assert "private" in response["Cache-Control"]
    assert "attachment" not in response.get("Content-Disposition", "")
    assert b"".join(response.streaming_content).startswith(b"\xff\xd8")


def test_a_lost_file_is_not_found_and_no_crash(people, an_invoice_of):
    invoice = an_invoice_of()
    invoice.document.storage.delete(invoice.document.name)
    assert people.supplier.get(address("document", invoice)).status_code == 404

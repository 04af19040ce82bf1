"""Somebody else's invoice, dropped by mistake or by intent, is never taken as one's own."""

import pytest
from django.urls import reverse

from invoicing.checks import has_stop
from invoicing.lifecycle import Status
from invoicing.verdict import judge_invoice
from suppliers.identifiers import format_siret, vat_number_of
from tests.factories import luhn_complete, siret
from tests.invoicing import electronic
from tests.invoicing.at_desk import read
from tests.invoicing.conftest import confirm, deposit, upload
from tests.invoicing.pdfs import a_pdf, an_invoice

pytestmark = pytest.mark.django_db

OTHER = siret(700)
BODY = (
    *("Facture n° F2026-0147", "Date de facture : 02/11/2026", "Date de livraison : 02/11/2026", ""),
    *("Total HT : 100,00 €", "TVA 5,5 % : 5,50 €", "Total TTC : 105,50 €", "Net à payer : 105,50 €"),
)


@pytest.fixture
def dropped(supplier_client, order):
    """Drop these lines, or these bytes, for the order; gives the draft."""

    def drop_it(*lines, content=b""):
        deposit(supplier_client, content or a_pdf(*lines, *BODY), order=order)
        return order.supplier.invoices.latest("pk")

    return drop_it


def buyer_lines(order):
    return "", f"Client : {order.buyer}", f"SIRET client : {order.buyer.recipient.siret}", ""


def codes(invoice, level="stop") -> set[str]:
    return {problem["code"] for problem in invoice.verdict if problem["level"] == level}


def test_another_siret_is_not_taken_as_ones_own(dropped, order, supplier_client):
    invoice = dropped("EARL des Ormes", f"SIRET : {OTHER}", *buyer_lines(order))
    assert invoice.establishment is None
    assert codes(invoice) == {"supplier-siret-foreign"}
    confirm(supplier_client, invoice, establishment=order.supplier.establishments.get().pk)
    invoice.refresh_from_db()
    assert codes(invoice) == {"supplier-siret-foreign"}
    assert invoice.status == Status.DRAFT
    page = read(supplier_client.get(reverse("invoicing:confirm", args=[invoice.pk])))
    assert f"{format_siret(OTHER)} de l'émetteur".replace("\u00a0", " ") in page


@pytest.mark.parametrize(
    "line",
    [f"N° TVA intracommunautaire : {vat_number_of(OTHER[:9])}", f"RCS Bourges {OTHER[:9]}", f"SIREN {OTHER[:9]}"],
)
def test_another_number_is_not_taken_as_ones_own(dropped, order, line):
    assert codes(dropped("EARL des Ormes", line, *buyer_lines(order))) == {"supplier-number-foreign"}


def test_ones_own_number_is_enough_however_it_is_written(dropped, order):
    siren = order.supplier.siren
    invoice = dropped(f"{order.supplier}, RCS Bourges {siren[:3]}.{siren[3:6]}.{siren[6:]}", *buyer_lines(order))
    assert codes(invoice) == set()
    assert "supplier-siret-unprinted" in codes(invoice, "warn")


def test_without_any_number_the_name_is_looked_at(dropped, order):
    order.supplier.name = "GAEC du Val"
    order.supplier.save(update_fields=["name"])
    invoice = dropped("EARL des Ormes", *buyer_lines(order))
    assert codes(invoice) == set()
    assert {"supplier-siret-unprinted", "supplier-name-differs"} <= codes(invoice, "warn")


def test_an_establishment_nobody_told_us_of_stops(dropped, order):
    unknown = luhn_complete(order.supplier.siren + "0002")
    assert codes(dropped(str(order.supplier), f"SIRET : {unknown}", *buyer_lines(order))) == {"supplier-siret-foreign"}


def test_the_buyers_number_alone_is_the_buyers(dropped, order):
    invoice = dropped(str(order.supplier), "", f"{order.buyer}, tél. 02 00 00 00 02", order.buyer.recipient.siret)
    assert codes(invoice) == set()
    assert invoice.establishment is not None


@pytest.mark.parametrize("changes", [{"supplier_siret": OTHER}, {"supplier_siret": OTHER[:9]}])
def test_another_in_the_electronic_invoice_stops(dropped, order, changes):
    truth = {"number": "F2026-0147", "issue_date": "2026-11-02", "buyer_siret": order.buyer.recipient.siret}
    truth |= {"total_ht": "100.00", "total_tva": "5.50", "total_ttc": "105.50", "vat_lines": "5.5:100.00:5.50"}
    page = a_pdf("EARL des Ormes", *BODY)
    invoice = dropped(content=electronic.facturx(page, electronic.cii(truth, **changes)))
    assert codes(invoice) & {"supplier-siret-foreign", "supplier-number-foreign"}


@pytest.mark.needs_shared
@pytest.mark.parametrize("sample", ["Facture_FR_BASICWL", "Facture_FR_MINIMUM", "Avoir_FR_type381_BASIC"])
def test_a_published_example_is_nobodys_invoice_here(dropped, shared, sample):
    invoice = dropped(content=(shared / "samples" / f"{sample}.pdf").read_bytes())
    assert codes(invoice) & {"supplier-siret-foreign", "supplier-number-foreign"}


def test_another_pdf_in_place_of_ones_own_is_seen_too(dropped, order, supplier_client):
    invoice = dropped(content=an_invoice(order))
    assert not has_stop(judge_invoice(invoice))
    address = reverse("invoicing:replace", args=[invoice.pk])
    content = a_pdf("EARL des Ormes", f"SIRET : {OTHER}", *buyer_lines(order), *BODY)
    supplier_client.post(address, {"document": upload(content), "revision": invoice.revision})
    invoice.refresh_from_db()
    assert "supplier-siret-foreign" in codes(invoice)

"""Another PDF in place of the one that was dropped."""

from decimal import Decimal

import pytest
from django.urls import reverse

from invoicing.models import Invoice
from tests.invoicing.confirming import codes, errors_of
from tests.invoicing.conftest import drop, upload
from tests.invoicing.pdfs import an_invoice

pytestmark = pytest.mark.django_db


def replace(client, invoice, content, revision=None):
    data = {"document": upload(content, "corrigée.pdf"), "revision": revision or invoice.revision}
    return client.post(reverse("invoicing:replace", args=[invoice.pk]), data)


def test_another_pdf_keeps_the_number_and_reads_the_rest(supplier_client, order):
    invoice = drop(supplier_client, order)
    former = invoice.document.name
    replace(supplier_client, invoice, an_invoice(order, number="F2026-9999", ht="80,00", tva="4,40", ttc="84,40"))
    invoice.refresh_from_db()
    assert (invoice.number, invoice.total_ttc, invoice.document_name) == (
        "F2026-0147",
        Decimal("84.40"),
        "corrigée.pdf",
    )
    assert invoice.document.name != former
    assert invoice.document.storage.exists(former)
    assert invoice.pages.count() == 1
    assert "printed-number-differs" in codes(invoice)
    assert invoice.events.last().reason == "«\u00a0facture.pdf\u00a0» → «\u00a0corrigée.pdf\u00a0»"


def test_a_bad_replacement_changes_nothing(supplier_client, order):
    invoice = drop(supplier_client, order)
    response = replace(supplier_client, invoice, b"Bonjour")
    assert "pas un PDF" in errors_of(response)
    assert Invoice.objects.get().document_sha256 == invoice.document_sha256


def test_the_pdf_of_another_invoice_is_no_replacement(supplier_client, order):
    first = drop(supplier_client, order)
    second = drop(supplier_client, order, number="F2026-0148")
    response = replace(supplier_client, second, an_invoice(order))
    assert reverse("invoicing:confirm", args=[first.pk]) in errors_of(response)


def test_an_aged_replacement_is_refused_and_leaves_no_file(supplier_client, order, settings):
    invoice = drop(supplier_client, order)
    kept = set(settings.MEDIA_ROOT.rglob("*.*"))
    response = replace(supplier_client, invoice, an_invoice(order, number="F2026-0200"), revision=99)
    assert "a changé entre-temps" in errors_of(response)
    assert set(settings.MEDIA_ROOT.rglob("*.*")) == kept

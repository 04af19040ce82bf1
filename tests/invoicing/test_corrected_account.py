"""The account of an invoice: corrected by its supplier where it was misread, never exchanged for another one."""

import logging

import pytest
from django.urls import reverse

from invoicing.lifecycle import Status
from invoicing.models import Invoice, InvoiceEvent
from tests.factories import BuyerMemberFactory
from tests.invoicing.at_desk import page, read, sit_down
from tests.invoicing.conftest import confirm, deposit, drop, form_data, signed_in
from tests.invoicing.pdfs import an_invoice

pytestmark = pytest.mark.django_db

IBAN, OTHER, WRONG = "FR7630006000011234567890189", "FR1420041010050500013M02606", "FR7630006000011234567890188"


def printing(iban):
    return {"lines": [f"IBAN : {iban}"]}


def stored(invoice) -> Invoice:
    return Invoice.objects.get(pk=invoice.pk)


def levels(invoice) -> dict[str, str]:
    return {problem["code"]: problem["level"] for problem in stored(invoice).verdict}


def address(invoice):
    return reverse("invoicing:confirm", args=[invoice.pk])


def test_a_misread_account_is_shown_whole_and_corrected(supplier_client, order, caplog):
    caplog.set_level(logging.DEBUG)
    invoice = drop(supplier_client, order, **printing(WRONG))
    assert levels(invoice)["iban-invalid"] == "stop"
    assert "FR76 3000 6000 0112 3456 7890 188" in read(supplier_client.get(address(invoice)))
    confirm(supplier_client, invoice, iban="fr76 3000 6000 0112 3456 7890 189")
    assert (stored(invoice).iban, stored(invoice).status) == (IBAN, Status.TO_REVIEW)
    assert levels(invoice)["iban-not-printed"] == "warn"
    assert stored(invoice).awaits_iban_call
    for number in (IBAN, WRONG):
        assert number[4:20] not in caplog.text
        assert number[4:20] not in str([stored(invoice).reading, stored(invoice).verdict])


@pytest.mark.parametrize("typed", [OTHER, ""])
def test_an_account_that_was_read_right_is_not_exchanged(supplier_client, order, typed):
    """Else whoever prints his own account would type the confirmed one over it and be spared the call."""
    invoice = drop(supplier_client, order, **printing(IBAN))
    confirm(supplier_client, invoice, iban=typed)
    assert levels(invoice)["iban-not-printed"] == "stop"
    assert stored(invoice).status == Status.DRAFT


def test_an_account_that_nobody_read_may_be_typed(supplier_client, order):
    invoice = drop(supplier_client, order)
    confirm(supplier_client, invoice, iban=IBAN)
    assert "iban-not-printed" not in levels(invoice)
    assert stored(invoice).awaits_iban_call


def test_what_is_no_account_at_all_is_said_and_kept_in_the_field(supplier_client, order):
    invoice = drop(supplier_client, order)
    response = confirm(supplier_client, invoice, iban="12345")
    assert "deux lettres" in str(response.context["form"].errors["iban"])
    assert stored(invoice).iban == ""


def test_what_changes_on_a_returned_invoice_is_told_masked(supplier_client, order):
    invoice = drop(supplier_client, order, **printing(WRONG))
    confirm(supplier_client, invoice, iban=IBAN)
    stored(invoice).send_back(by=None, reason="À revoir")
    confirm(supplier_client, invoice, iban=WRONG)
    edit = invoice.events.get(kind=InvoiceEvent.Kind.EDIT, label="Facture corrigée")
    assert "•••• 0189 → FR76 •••• 0188" in edit.reason.replace("\u00a0", " ")


def test_nobody_but_the_supplier_reads_it_whole(supplier_client, order, client):
    invoice = drop(supplier_client, order, **printing(IBAN))
    confirm(supplier_client, invoice)
    Invoice.objects.update(status=Status.AVAILABLE)
    buyer = signed_in(BuyerMemberFactory(buyer=order.buyer).user)
    detail = reverse("invoicing:detail", args=[invoice.pk])
    shown = [buyer.get(detail), supplier_client.get(detail), sit_down(client).get(page(invoice))]
    for answer in shown:
        assert "3000 6000" not in read(answer)
        assert IBAN[4:20] not in read(answer)


def test_a_draft_read_before_accounts_were_compared_is_left_in_peace(supplier_client, order):
    invoice = drop(supplier_client, order, **printing(IBAN))
    kept = stored(invoice).reading
    del kept["iban_hash"]
    Invoice.objects.filter(pk=invoice.pk).update(reading=kept)
    confirm(supplier_client, invoice)
    assert "iban-not-printed" not in levels(invoice)


# --- Delivery notes, and the date of an origin ---


def test_delivery_notes_are_kept_and_shown(supplier_client, order, client):
    invoice = drop(supplier_client, order, lines=["Bons de livraison n° 4471, 4472"])
    assert stored(invoice).delivery_notes == ["4471", "4472"]
    confirm(supplier_client, invoice, delivery_notes="4471; 4480 ,4480")
    assert stored(invoice).delivery_notes == ["4471", "4480"]
    for answer in (
        supplier_client.get(reverse("invoicing:detail", args=[invoice.pk])),
        sit_down(client).get(page(invoice)),
    ):
        assert "4471, 4480" in read(answer)


def test_the_date_of_the_origin_is_read_kept_and_shown(supplier_client, order):
    lines = ["Avoir sur la facture n° F2026-0100 du 05/10/2026"]
    deposit(supplier_client, an_invoice(order, title="Avoir", number="AV-1", lines=lines), order=order)
    invoice = order.supplier.invoices.get()
    assert (invoice.kind, invoice.origin_number, str(invoice.origin_date)) == ("AVOIR", "F2026-0100", "2026-10-05")
    form = form_data(supplier_client, invoice, action="save")
    supplier_client.post(address(invoice), form | {"origin_date": "2026-10-06"})
    assert str(stored(invoice).origin_date) == "2026-10-06"
    assert "6 octobre 2026" in read(supplier_client.get(reverse("invoicing:detail", args=[invoice.pk])))
    supplier_client.post(address(invoice), form_data(supplier_client, invoice, action="save", kind="FACTURE"))
    assert (stored(invoice).origin_number, stored(invoice).origin_date) == ("", None)

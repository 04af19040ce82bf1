"""The same file once more: the message names the invoice that has it, to those who may see it."""

import hashlib
from datetime import date

import pytest
from django.urls import reverse

from invoicing.lifecycle import Status
from invoicing.models import Invoice
from invoicing.verdict import judge_and_keep
from tests.factories import InvoiceFactory, MemberFactory, OrderFactory
from tests.invoicing.at_desk import page, read, sit_down
from tests.invoicing.conftest import deposit, drop
from tests.invoicing.pdfs import a_pdf, an_invoice
from tests.people import signed_in

pytestmark = pytest.mark.django_db

FACTURE = a_pdf("Facture")


def shown(client, invoice) -> str:
    return read(client.get(reverse("invoicing:confirm", args=[invoice.pk])))


def link(invoice) -> str:
    return f'href="{reverse("invoicing:detail", args=[invoice.pk])}">Ouvrir cette facture'


def told(invoice) -> dict[str, str]:
    invoice.refresh_from_db()
    return {problem["code"]: problem["message"] for problem in invoice.verdict}


def test_the_copy_we_gave_out_is_the_invoice_it_was_made_of(supplier_client, order, an_invoice_of):
    content = an_invoice(order, number="F2026-0300")
    origin = an_invoice_of(number="F2026-0300", plain_sha256=hashlib.sha256(content).hexdigest(), status=Status.PAID)
    again = drop(supplier_client, order, number="F2026-0300")
    assert "F2026-0300" in told(again)["same-file"]
    assert link(origin) in shown(supplier_client, again)


def test_another_suppliers_file_is_told_without_naming_his_invoice(supplier_client, order, client):
    theirs = InvoiceFactory(
        order=OrderFactory(), number="SECRET-1", document_sha256=hashlib.sha256(FACTURE).hexdigest(), status=Status.PAID
    )
    deposit(supplier_client, FACTURE)
    mine = order.supplier.invoices.get()
    assert "SECRET-1" not in told(mine)["same-file-elsewhere"]
    seen = shown(supplier_client, mine)
    assert "qu'un autre fournisseur a transmise" in seen
    assert "Ouvrir cette facture" not in seen
    assert page(theirs) in read(sit_down(client).get(page(mine)))


def test_who_is_a_member_of_both_is_led_to_the_other(order):
    member = MemberFactory(supplier=order.supplier)
    theirs = MemberFactory(user=member.user).supplier
    other = InvoiceFactory(
        order__supplier=theirs, document_sha256=hashlib.sha256(FACTURE).hexdigest(), status=Status.TO_REVIEW
    )
    client = signed_in(member.user)
    mine = InvoiceFactory(order=order, document_sha256=other.document_sha256)
    judge_and_keep(mine)
    assert link(other) in shown(client, mine)


def test_a_mere_draft_of_another_supplier_holds_nobody(supplier_client, order):
    deposit(signed_in(MemberFactory().user), FACTURE)
    deposit(supplier_client, FACTURE)
    assert "same-file-elsewhere" not in told(order.supplier.invoices.get())
    assert Invoice.objects.count() == 2


# --- The same number once more ---

SAME_NUMBER = {"number-used", "number-used-other-year"}


def number_told(mine_of, **other) -> set[str]:
    """What is said of the number of a draft of 2026 when this other invoice bears it too."""
    mine = InvoiceFactory(order=mine_of, number="F-77", issue_date=date(2026, 11, 2))
    InvoiceFactory(
        **{"order": mine_of, "number": "F 77", "issue_date": date(2026, 3, 1), "status": Status.PAID, **other}
    )
    mine = Invoice.objects.get(pk=mine.pk)
    judge_and_keep(mine)
    return SAME_NUMBER & {problem["code"] for problem in mine.verdict}


def test_a_number_serves_once_a_year_however_it_is_written(order):
    assert number_told(order) == {"number-used"}


def test_a_number_of_another_year_is_another_matter(order):
    assert number_told(order, issue_date=date(2025, 11, 2)) == {"number-used-other-year"}


@pytest.mark.parametrize("status", [Status.DRAFT, Status.WITHDRAWN])
def test_what_was_not_handed_over_or_was_taken_back_leaves_its_number_free(order, status):
    assert number_told(order, status=status) == set()


def test_a_rejected_invoice_keeps_its_number(order):
    assert number_told(order, status=Status.REJECTED) == {"number-used"}


def test_other_suppliers_have_numbers_of_their_own(order):
    assert number_told(order, order=OrderFactory()) == set()

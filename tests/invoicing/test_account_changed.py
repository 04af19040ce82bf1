"""« Changer d'IBAN »: what remains to be done elsewhere, and which invoices bear another account."""

import pytest
from django.urls import reverse

from invoicing.lifecycle import Status
from invoicing.models import Invoice
from tests.factories import InvoiceFactory, MemberFactory, OrderFactory
from tests.people import address, signed_in

pytestmark = pytest.mark.django_db

OLD, NEW = "FR7630006000011234567890189", "FR1420041010050500013M02606"


@pytest.fixture
def order():
    return OrderFactory()


@pytest.fixture
def farmer(order):
    return signed_in(MemberFactory(supplier=order.supplier).user)


def page(client, supplier) -> str:
    return client.get(reverse("suppliers:iban", args=[supplier.pk])).content.decode()


def change(client, supplier, iban=NEW) -> str:
    url = reverse("suppliers:iban", args=[supplier.pk])
    return client.post(url, {"iban": iban}, follow=True).content.decode()


def test_nothing_is_said_before_an_account_was_given(farmer, order):
    assert "reste à faire ailleurs" not in page(farmer, order.supplier)


def test_the_unpaid_that_bear_another_account_are_listed(farmer, order):
    def made(status, iban=OLD, **values):
        return InvoiceFactory(order=order, status=status, iban=iban, **values)

    deposited, unread, waiting = made(Status.ORDERED), made(Status.AVAILABLE, iban=""), made(Status.TO_REVIEW)
    others = [
        made(Status.PAID), made(Status.REJECTED), made(Status.WITHDRAWN), made(Status.AVAILABLE, iban=NEW),
        made(Status.TO_REVIEW, iban=""), made(Status.ORDERED, received_on="2026-11-02"),
        InvoiceFactory(status=Status.ORDERED, iban=OLD),
    ]  # fmt: skip
    told = change(farmer, order.supplier)
    assert "comptable public" in told
    before, _, after = told.partition("Déjà déposées")
    assert address("detail", waiting) in before
    assert address("detail", deposited) in after
    assert address("detail", unread) in after
    assert "Paiement demandé au comptable" in after
    assert [address("detail", one) for one in others if address("detail", one) in told] == []
    assert OLD not in told.replace(" ", "")
    later = made(Status.ORDERED)
    assert Invoice.objects.filter(pk=later.pk).exists()
    assert address("detail", later) not in page(farmer, order.supplier)


def test_it_is_for_the_members_only(order):
    url = reverse("suppliers:iban", args=[order.supplier_id])
    assert signed_in(MemberFactory().user).get(url).status_code == 404

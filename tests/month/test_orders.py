"""Real situations of a month, as far as orders are concerned."""

from decimal import Decimal

import pytest

from invoicing.lifecycle import Status
from orders.models import Order
from tests.factories import BuyerMemberFactory, InvoiceFactory, MemberFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def buyer(order):
    return BuyerMemberFactory(buyer=order.buyer).user


@pytest.fixture
def supplier(order):
    return MemberFactory(supplier=order.supplier).user


def page(client, user, url) -> str:
    client.force_login(user)
    return client.get(url).content.decode().replace("&#x27;", "'")


def give_number(client, user, order, number):
    client.force_login(user)
    url = f"/commandes/{order.pk}/references/?champ=engagement_number"
    return client.post(url, {"engagement_number": number, "revision": order.revision})


def test_engagement_number_missing_then_given(client, order, buyer, supplier):
    """The collège orders before its engagement is open; the farmer delivers, asks, and can bill the day it comes."""
    order.change_references(by=buyer, engagement_number="")
    assert "à venir" in page(client, supplier, "/commandes/a-facturer/")
    client.post(f"/commandes/{order.pk}/demander-le-numero/")
    assert "Le fournisseur le demande." in page(client, buyer, "/commandes/")
    assert "Le fournisseur attend le numéro d'engagement" in page(client, buyer, f"/commandes/{order.pk}/")
    give_number(client, buyer, order, "2026-EJ-77")
    seen = page(client, supplier, "/commandes/a-facturer/")
    assert "2026-EJ-77" in seen
    assert "à venir" not in seen
    latest = order.changes.first()
    assert (latest.old, latest.new, latest.by) == ("", "2026-EJ-77", buyer)


def test_number_changed_by_the_buyer(client, order, buyer, supplier):
    """The engagement was replaced: one invoice is at the supplier's, one about to leave, one already gone."""
    draft, leaving, gone = (
        InvoiceFactory(order=order, status=status, total_ht="20.00")
        for status in (Status.DRAFT, Status.APPROVED, Status.AVAILABLE)
    )
    before = order.engagement_number
    give_number(client, buyer, order, "2026-EJ-NEUF")
    for invoice in (draft, leaving, gone):
        invoice.refresh_from_db()
    assert [draft.status, leaving.status, gone.status] == [Status.DRAFT, Status.TO_REVIEW, Status.AVAILABLE]
    assert gone.engagement_number == before
    assert f"{before} → 2026-EJ-NEUF" in page(client, supplier, f"/commandes/{order.pk}/")


def remaining(order) -> Decimal:
    return Order.objects.with_billings().get(pk=order.pk).remaining_ht


def test_one_order_billed_twice(client, order, buyer, supplier):
    """Two deliveries, two invoices: the first leaves 60 € to bill, the second nothing; its refusal gives them back."""
    deposit_link = f"?commande={order.pk}"
    InvoiceFactory(order=order, status=Status.DEPOSITED, total_ht="40.00")
    assert remaining(order) == Decimal(60)
    assert deposit_link in page(client, supplier, "/commandes/a-facturer/")
    second = InvoiceFactory(order=order, status=Status.DEPOSITED, total_ht="60.00")
    assert remaining(order) == 0
    assert deposit_link not in page(client, supplier, "/commandes/a-facturer/")
    assert order.reference not in page(client, buyer, "/commandes/?etat=a-facturer")
    second.move_to(Status.REJECTED)
    assert remaining(order) == Decimal(60)
    assert deposit_link in page(client, supplier, "/commandes/a-facturer/")

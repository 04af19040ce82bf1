"""What the recipient and the orders ask of an invoice, on the confirm page."""

import pytest
from django.utils import timezone

from invoicing.lifecycle import Ball, Status
from invoicing.models import Invoice, InvoiceEvent
from orders.models import Requires
from tests.factories import (
    OrderFactory,
    RecipientFactory,
    RecipientServiceFactory,
)
from tests.invoicing.confirming import address, codes, errors_of, save
from tests.invoicing.conftest import confirm, deposit, drop, form_data
from tests.invoicing.pdfs import a_pdf

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"is_known": False}, "recipient-unknown"),
        ({"is_active": False}, "recipient-inactive"),
        ({"requires": Requires.SERVICE}, "service-missing"),
        ({"requires": Requires.BOTH}, "service-missing"),
    ],
)
def test_what_chorus_says_of_the_recipient_stops(supplier_client, order, facts, code):
    recipient = order.buyer.recipient
    for name, value in facts.items():
        setattr(recipient, name, value)
    recipient.save()
    invoice = drop(supplier_client, order)
    confirm(supplier_client, invoice)
    assert code in codes(invoice)
    assert invoice.status == Status.DRAFT


def test_services_are_a_list_to_choose_from(supplier_client, order):
    recipient = order.buyer.recipient
    RecipientServiceFactory(recipient=recipient, code="CANTINE", label="Restauration")
    RecipientServiceFactory(recipient=recipient, code="VIEUX", is_active=False)
    RecipientServiceFactory(recipient=recipient, code="FACTURES_PUBLIQUES")
    invoice = drop(supplier_client, order)
    field = supplier_client.get(address(invoice)).context["form"].fields["service_code"]
    assert [value for value, label in field.choices] == ["", "CANTINE"]
    confirm(supplier_client, invoice, service_code="CANTINE")
    invoice.refresh_from_db()
    assert (invoice.status, invoice.service_code) == (Status.TO_REVIEW, "CANTINE")


def test_a_buyer_outside_chorus_needs_no_siret(supplier_client, order):
    order.buyer.recipient = None
    order.buyer.save()
    invoice = drop(supplier_client, order)
    assert codes(invoice) >= {"buyer-outside"}
    confirm(supplier_client, invoice)
    invoice.refresh_from_db()
    assert invoice.status == Status.TO_REVIEW


def test_the_siret_of_another_canteen_finds_its_buyer(supplier_client, order):
    other = OrderFactory(supplier=order.supplier)
    invoice = drop(supplier_client, order)
    save(supplier_client, invoice, buyer_siret=other.buyer.recipient.siret, **{f"order-{order.pk}": ""})
    invoice.refresh_from_db()
    assert invoice.buyer == other.buyer
    assert f"order-{other.pk}" in supplier_client.get(address(invoice)).context["form"].fields


def test_a_missing_engagement_is_asked_for_then_offered(supplier_client, order):
    order.engagement_number = ""
    order.save(update_fields=["engagement_number"])
    invoice = drop(supplier_client, order)
    assert "engagement-missing" in codes(invoice)
    assert "Demander le numéro à l'acheteur" in supplier_client.get(address(invoice)).content.decode()

    supplier_client.post(address(invoice), form_data(supplier_client, invoice, action="ask"))
    order.refresh_from_db()
    invoice = Invoice.objects.get()
    assert order.engagement_asked_by == supplier_client.user
    assert (invoice.status, invoice.ball) == (Status.DRAFT, Ball.BUYER)
    assert "a été demandé à l'acheteur" in supplier_client.get(address(invoice)).content.decode()
    assert list(Invoice.objects.to_do()) == []
    assert list(Invoice.objects.under_way()) == [invoice]

    order.change_references(by=None, engagement_number="EJ-DONNE")
    assert list(Invoice.objects.to_do()) == [invoice]
    page = supplier_client.get(address(invoice)).content.decode()
    assert "Reprendre le numéro de la commande" in page
    assert "EJ-DONNE" in page
    supplier_client.post(address(invoice), form_data(supplier_client, invoice, action="take"))
    confirm(supplier_client, invoice)
    invoice.refresh_from_db()
    assert (invoice.status, invoice.engagement_number) == (Status.TO_REVIEW, "EJ-DONNE")


def test_asking_twice_asks_once(supplier_client, order):
    order.engagement_number = ""
    order.save(update_fields=["engagement_number"])
    invoice = drop(supplier_client, order)
    for _ in range(2):
        supplier_client.post(address(invoice), form_data(supplier_client, invoice, action="ask"))
    assert invoice.events.filter(kind=InvoiceEvent.Kind.NOTE).count() == 1


def test_orders_with_two_engagement_numbers_need_two_invoices(supplier_client, order):
    second = OrderFactory(supplier=order.supplier, buyer=order.buyer)
    invoice = drop(supplier_client, order)
    confirm(supplier_client, invoice, **{f"order-{order.pk}": "50", f"order-{second.pk}": "50"})
    assert "orders-engagements-differ" in codes(invoice)
    assert "une facture par numéro d'engagement" in str(invoice.verdict)
    assert invoice.status == Status.DRAFT


def test_orders_of_two_buyers_are_refused(supplier_client, order):
    other = OrderFactory(supplier=order.supplier)
    deposit(supplier_client, a_pdf("Facture"))
    invoice = Invoice.objects.get()
    response = save(supplier_client, invoice, **{f"order-{order.pk}": "50", f"order-{other.pk}": "50"})
    assert "plusieurs acheteurs" in errors_of(response)


def test_another_suppliers_order_cannot_be_billed(supplier_client, order):
    foreign = OrderFactory(buyer=order.buyer)
    invoice = drop(supplier_client, order)
    save(supplier_client, invoice, **{f"order-{foreign.pk}": "50"})
    assert [row.order for row in invoice.billed_orders.all()] == [order]


def test_an_order_is_added_for_all_that_remains_by_one_button(supplier_client, order):
    second = OrderFactory(supplier=order.supplier, buyer=order.buyer, engagement_number=order.engagement_number)
    invoice = drop(supplier_client, order)
    assert f"Ajouter {second.reference} pour 100,00\u00a0€" in supplier_client.get(address(invoice)).content.decode()
    data = form_data(supplier_client, invoice, action=f"add-{second.pk}", number="TAPE-1")
    supplier_client.post(address(invoice), data)
    assert dict(invoice.billed_orders.values_list("order", "amount_ht")) == {order.pk: 100, second.pk: 100}
    invoice.refresh_from_db()
    assert invoice.number == "TAPE-1"


def test_an_order_taken_away_is_not_billed_any_more(supplier_client, order):
    invoice = drop(supplier_client, order)
    save(supplier_client, invoice, **{f"order-{order.pk}": ""})
    assert not invoice.billed_orders.exists()


def test_a_recipient_that_was_never_asked_only_warns(supplier_client, order):
    unknown = RecipientFactory(is_known=None, requires=Requires.NOTHING)
    order.buyer.recipient = unknown
    order.buyer.save()
    invoice = drop(supplier_client, order)
    confirm(supplier_client, invoice)
    assert codes(invoice) == {"recipient-not-checked"}
    assert invoice.status == Status.TO_REVIEW
    assert invoice.status_at <= timezone.now()

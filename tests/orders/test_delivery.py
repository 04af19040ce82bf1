"""The place of delivery: the buyer's usual one at first, changed at any time, with its history."""

import pytest

from invoicing.lifecycle import Status
from orders.models import Order
from tests.factories import InvoiceFactory, SupplierFactory
from tests.people import signed_in


def page_of(order) -> str:
    return f"/commandes/{order.pk}/livraison/"


def change(client, order, place, revision=None):
    return client.post(page_of(order), {"delivery_place": place, "revision": revision or order.revision}, follow=True)


def test_it_changes_at_any_time_and_both_sides_read_it(order, as_buyer, as_supplier, people):
    invoice = InvoiceFactory(order=order, status=Status.APPROVED)
    change(as_buyer, order, "  Cuisine, quai  nord ")
    told = order.changes.get()
    assert (told.field, told.old, told.new, told.by) == ("delivery_place", "", "Cuisine, quai nord", people["buyer"])
    page = as_supplier.get(f"/commandes/{order.pk}/").content.decode()
    assert "<dd>Cuisine, quai nord</dd>" in page
    assert "Lieu de livraison&nbsp;: (vide) → Cuisine, quai nord" in page
    # No invoice depends on it: what may leave still may.
    invoice.refresh_from_db()
    assert invoice.status == Status.APPROVED


def test_an_aged_page_is_told_and_keeps_what_was_typed(order, as_buyer):
    order.change_delivery(by=None, delivery_place="Loge")
    answer = change(as_buyer, order, "Quai", revision=1).content.decode()
    assert 'value="Quai"' in answer
    assert "Loge" in answer
    assert Order.objects.get(pk=order.pk).delivery_place == "Loge"


def test_a_new_order_begins_with_the_usual_place(order, as_buyer):
    order.buyer.usual_delivery_place = "Loge"
    order.buyer.save()
    page = as_buyer.get("/commandes/nouvelle/", {"fournisseur": SupplierFactory().pk})
    assert page.context["form"]["delivery_place"].value() == "Loge"


@pytest.mark.parametrize("person", ["other_buyer", "supplier", "other_supplier", "stranger", "agent"])
def test_only_the_buyer_changes_it(person, order, people):
    client = signed_in(people[person])
    assert client.get(page_of(order)).status_code == 404
    assert change(client, order, "Ailleurs").status_code == 404
    assert not order.changes.exists()

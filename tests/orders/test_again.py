"""« Commander de nouveau »: the same goods, without the number and the days of the first order."""

import pytest

from orders.models import Order
from tests.factories import OrderFactory, SupplierFactory
from tests.people import signed_in


def page_of(order) -> str:
    return f"/commandes/{order.pk}/commander-de-nouveau/"


def sent_as_shown(answer) -> dict:
    """What the browser posts when nobody touches the form."""
    form, lines = answer.context["form"], answer.context["lines"]
    fields = [*form, *lines.management_form, *(field for line in lines for field in line)]
    return {field.html_name: value for field in fields if (value := field.value()) is not None}


def test_the_form_begins_with_the_goods_and_without_number_or_days(order, as_buyer):
    order.change_references(by=None, contract_number="M-7")
    order.delivery_on = order.ordered_on
    order.save(update_fields=["delivery_on"])
    order.lines.create(description="Cidre", quantity="2.5", unit="litre", unit_price=3, vat_rate="8.5")
    answer = as_buyer.post(page_of(order), sent_as_shown(as_buyer.get(page_of(order))))
    new = Order.objects.exclude(pk=order.pk).get()
    assert answer.url == f"/commandes/{new.pk}/"
    goods = ("description", "quantity", "unit", "unit_price", "vat_rate")
    assert list(new.lines.values_list(*goods)) == list(order.lines.values_list(*goods))
    assert (new.buyer, new.supplier, new.contract_number) == (order.buyer, order.supplier, "M-7")
    assert (new.engagement_number, new.delivery_on) == ("", None)
    assert order.lines.count() == 2


def test_what_is_wrong_is_shown_with_what_was_typed(order, as_buyer):
    data = {**sent_as_shown(as_buyer.get(page_of(order))), "form-0-quantity": "beaucoup"}
    answer = as_buyer.post(page_of(order), data)
    assert 'value="beaucoup"' in answer.content.decode()
    assert Order.objects.count() == 1


def test_it_goes_to_who_took_over_the_farm(order, as_buyer):
    order.supplier.successor = SupplierFactory()
    order.supplier.save()
    assert as_buyer.get(page_of(order)).context["supplier"] == order.supplier.successor


def test_a_supplier_who_stopped_is_told_of(as_buyer, order):
    order.supplier.validated_at = None
    order.supplier.save()
    answer = as_buyer.get(page_of(order), follow=True)
    assert "ne prend plus de commandes" in answer.content.decode()
    assert "À quel fournisseur" in answer.content.decode()


@pytest.mark.parametrize("person", ["other_buyer", "supplier", "stranger", "agent"])
def test_nobody_else_orders_again(person, order, people):
    client = signed_in(people[person])
    assert client.get(page_of(order)).status_code == 404
    assert client.post(page_of(order), {}).status_code == 404
    assert client.get(page_of(OrderFactory())).status_code == 404

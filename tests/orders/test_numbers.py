"""The week's numbers on one page: right rows are saved, wrong ones stay as they were typed."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.models import Order
from tests.factories import OrderFactory, RecipientServiceFactory, SupplierFactory
from tests.people import signed_in

PAGE = "/commandes/numeros/"


@pytest.fixture
def lacking(order) -> list[Order]:
    return [OrderFactory(buyer=order.buyer, supplier=order.supplier, engagement_number="") for _ in range(3)]


def row(order, number, revision=None) -> dict:
    prefix = f"commande-{order.pk}"
    return {f"{prefix}-engagement_number": number, f"{prefix}-revision": revision or order.revision}


def numbers(orders) -> list[str]:
    found = Order.objects.in_bulk([order.pk for order in orders])
    return [found[order.pk].engagement_number for order in orders]


def text_of(response) -> str:
    return response.content.decode().replace("&#x27;", "'")


def test_rows_are_saved_together_and_empty_ones_wait(lacking, as_buyer, people):
    first, second, third = lacking
    answer = as_buyer.post(PAGE, {**row(first, " EJ-1 "), **row(second, ""), **row(third, "EJ-3")}, follow=True)
    assert numbers(lacking) == ["EJ-1", "", "EJ-3"]
    assert "2 numéros sont enregistrés." in text_of(answer)
    assert [form.instance for form in answer.context["forms"]] == [second]
    assert first.changes.get().by == people["buyer"]


def test_the_last_number_leads_back_to_the_orders(lacking, as_buyer):
    data = {name: value for order in lacking for name, value in row(order, f"EJ-{order.pk}").items()}
    assert as_buyer.post(PAGE, data).url == "/commandes/"
    assert "Aucun numéro ne manque." in text_of(as_buyer.get(PAGE))


def test_a_mistyped_row_stays_as_it_was_typed_and_the_others_are_saved(lacking, as_buyer):
    first, second, third = lacking
    answer = as_buyer.post(PAGE, {**row(first, "EJ-1"), **row(second, "9" * 51)})
    assert numbers(lacking) == ["EJ-1", "", ""]
    assert [form.instance for form in answer.context["forms"]] == [second, third]
    assert f'value="{"9" * 51}"' in text_of(answer)
    assert "Le numéro est enregistré." in text_of(answer)


def test_a_row_that_aged_shows_what_was_given_meanwhile(lacking, as_buyer, people):
    order = lacking[0]
    order.change_references(by=people["buyer"], engagement_number="EJ-COLLEGUE")
    data = row(order, "EJ-MOI", revision=1)
    answer = as_buyer.post(PAGE, data)
    assert "EJ-COLLEGUE" in text_of(answer)
    assert numbers(lacking)[0] == "EJ-COLLEGUE"
    # Sent once more from the page that told him, it is meant.
    as_buyer.post(PAGE, {name: answer.context["forms"][0].data[name] for name in data})
    assert numbers(lacking)[0] == "EJ-MOI"


def test_what_a_supplier_asks_for_comes_first(lacking, as_buyer, people):
    lacking[0].ask_engagement(by=people["supplier"])
    assert as_buyer.get(PAGE).context["forms"][0].instance == lacking[0]


def test_to_come_is_no_number(lacking, as_buyer):
    as_buyer.post(PAGE, row(lacking[0], "à venir"))
    assert numbers(lacking)[0] == ""
    assert not lacking[0].changes.exists()


@pytest.mark.parametrize("person", ["other_buyer", "supplier", "other_supplier", "stranger", "agent"])
def test_nobody_gives_numbers_to_orders_of_others(person, lacking, people):
    client = signed_in(people[person])
    page = client.get(PAGE)
    assert page.status_code == (200 if person == "other_buyer" else 404)
    assert lacking[0].reference not in text_of(page)
    client.post(PAGE, row(lacking[0], "EJ-PIRATE"))
    assert numbers(lacking) == ["", "", ""]


def test_queries_do_not_grow_with_the_rows(order, as_buyer):
    counts = []
    for rows in (3, 27):
        for _ in range(rows):
            new = OrderFactory(buyer=order.buyer, supplier=SupplierFactory(), engagement_number="")
            RecipientServiceFactory(recipient=new.buyer.recipient)
        with CaptureQueriesContext(connection) as queries:
            assert as_buyer.get(PAGE).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]

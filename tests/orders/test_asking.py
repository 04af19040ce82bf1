"""The supplier asks for a missing engagement number; the buyer is reminded where he gives it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from orders.models import Order, Requires
from tests.at_once import at_once
from tests.people import signed_in


@pytest.fixture
def order(order):
    order.change_references(by=None, engagement_number="")
    return order


@pytest.fixture
def url(order):
    return f"/commandes/{order.pk}/demander-le-numero/"


def text_of(response) -> str:
    return response.content.decode().replace("&#x27;", "'")


def asked_at(order):
    return Order.objects.get(pk=order.pk).engagement_asked_at


def test_it_is_noted_and_the_buyer_reminded(order, as_supplier, as_buyer, people, url):
    page = text_of(as_supplier.post(url, follow=True))
    assert "est demandé à l'acheteur" in page
    assert "Numéro d'engagement demandé le" in page
    assert Order.objects.get(pk=order.pk).engagement_asked_by == people["supplier"]
    reminded = text_of(as_buyer.get(f"/commandes/{order.pk}/"))
    assert "Le fournisseur attend le numéro d'engagement (demandé le" in reminded
    assert "demandé le" in text_of(as_buyer.get("/commandes/"))


def test_once_a_day_at_most(order, as_supplier, url):
    as_supplier.post(url)
    first = asked_at(order)
    assert "déjà demandé depuis le" in text_of(as_supplier.post(url, follow=True))
    assert asked_at(order) == first
    yesterday = timezone.now() - timedelta(days=1, minutes=1)
    Order.objects.filter(pk=order.pk).update(engagement_asked_at=yesterday)
    as_supplier.post(url)
    assert asked_at(order) > first


def test_the_button_goes_once_it_was_pressed(order, as_supplier, url):
    assert url in text_of(as_supplier.get("/commandes/a-facturer/"))
    response = as_supplier.post(url, {"liste": "1"}, follow=True)
    assert response.redirect_chain == [("/commandes/a-facturer/", 302)]
    assert url not in text_of(response)


@pytest.mark.django_db(transaction=True)
def test_many_clicks_at_once_ask_once(order, people, url):
    def post():
        return text_of(signed_in(people["supplier"]).post(url, follow=True))

    said = at_once(*[post] * 3)
    assert sum("est demandé à l'acheteur" in page for page in said) == 1


def test_a_number_that_is_there_is_not_asked_for(order, as_supplier, url):
    order.change_references(by=None, engagement_number="EJ-1")
    assert "n'attend pas de numéro" in text_of(as_supplier.post(url, follow=True))
    assert asked_at(order) is None


def test_a_number_nobody_demands_is_not_asked_for(order, as_supplier, url):
    order.buyer.recipient.requires = Requires.NOTHING
    order.buyer.recipient.save()
    assert "n'attend pas de numéro" in text_of(as_supplier.post(url, follow=True))
    assert asked_at(order) is None


def test_the_reminder_ends_when_the_number_is_given(order, as_supplier, as_buyer, url):
    as_supplier.post(url)
    as_buyer.post(f"/commandes/{order.pk}/references/", {"engagement_number": "EJ-1", "revision": order.revision})
    for client in (as_buyer, as_supplier):
        assert "demandé le" not in text_of(client.get(f"/commandes/{order.pk}/"))


def test_asking_does_not_age_the_page_of_the_buyer(order, as_supplier, as_buyer, url):
    seen = {"engagement_number": "EJ-1", "revision": order.revision}
    as_supplier.post(url)
    as_buyer.post(f"/commandes/{order.pk}/references/?champ=engagement_number", seen)
    assert Order.objects.get(pk=order.pk).engagement_number == "EJ-1"

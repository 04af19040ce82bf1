"""What Chorus Pro demands, said in words at the order and reminded in the lists."""

import itertools

import pytest

from orders.models import Order, Requires
from orders.requirements import demand, demand_of_service, missing
from tests.factories import OrderFactory, RecipientFactory, RecipientServiceFactory

pytestmark = pytest.mark.django_db
# Demand, engagement number given, service given (no | plain | one that demands a number) -> what is still to come.
ENGAGEMENT, SERVICE = "numéro d'engagement à venir", "code service à venir"
EITHER = "numéro d'engagement ou code service à venir"
EXPECTED = {
    ("nothing", "", ""): [],
    ("nothing", "", "PLAIN"): [],
    ("nothing", "", "STRICT"): [ENGAGEMENT],
    ("service", "", ""): [SERVICE],
    ("service", "", "PLAIN"): [],
    ("service", "", "STRICT"): [ENGAGEMENT],
    ("engagement", "", ""): [ENGAGEMENT],
    ("engagement", "", "PLAIN"): [ENGAGEMENT],
    ("engagement", "", "STRICT"): [ENGAGEMENT],
    ("either", "", ""): [EITHER],
    ("either", "", "PLAIN"): [],
    ("either", "", "STRICT"): [ENGAGEMENT],
    ("both", "", ""): [ENGAGEMENT, SERVICE],
    ("both", "", "PLAIN"): [ENGAGEMENT],
    ("both", "", "STRICT"): [ENGAGEMENT],
    ("nothing", "EJ", ""): [],
    ("service", "EJ", ""): [SERVICE],
    ("engagement", "EJ", ""): [],
    ("either", "EJ", ""): [],
    ("both", "EJ", ""): [SERVICE],
    **{(requires, "EJ", code): [] for requires in Requires.values for code in ("PLAIN", "STRICT")},
}


def order_with(requires, number, code) -> Order:
    recipient = RecipientFactory(requires=requires)
    RecipientServiceFactory(recipient=recipient, code="PLAIN")
    RecipientServiceFactory(recipient=recipient, code="STRICT", engagement_required=True)
    return OrderFactory(buyer__recipient=recipient, engagement_number=number, service_code=code)


def test_the_table_has_every_case():
    assert set(EXPECTED) == set(itertools.product(Requires.values, ["", "EJ"], ["", "PLAIN", "STRICT"]))


@pytest.mark.parametrize(("case", "words"), EXPECTED.items())
def test_what_is_still_to_come(case, words):
    order = order_with(*case)
    assert missing(order) == words
    in_sql = Order.objects.lacking_engagement().filter(pk=order.pk).exists()
    assert in_sql == order.lacks_engagement == any("engagement" in word for word in words)


def test_the_service_of_another_recipient_demands_nothing_here():
    order = order_with("nothing", "", "ELSEWHERE")
    RecipientServiceFactory(code="ELSEWHERE", engagement_required=True)
    assert missing(order) == []
    assert not Order.objects.lacking_engagement().exists()


def test_a_buyer_outside_chorus_pro_demands_nothing():
    order = OrderFactory(buyer__recipient=None, engagement_number="")
    assert missing(order) == []
    assert not Order.objects.lacking_engagement().exists()
    assert "ne reçoit pas ses factures sur Chorus Pro" in demand(order.buyer.recipient)


@pytest.mark.parametrize("requires", [value for value in Requires if value != Requires.NOTHING])
def test_a_demand_is_said_in_words(requires):
    assert f"Chorus Pro exige {requires.label}" in demand(RecipientFactory(requires=requires))


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"requires": Requires.NOTHING}, "n'exige ni code service ni numéro d'engagement"),
        ({"requires": Requires.NOTHING, "synced_at": None, "is_known": None}, "pas encore été vérifié"),
        ({"is_known": False}, "ne connaît pas le SIRET"),
        ({"is_active": False}, "n'est plus actif"),
    ],
)
def test_what_is_known_of_the_recipient_is_said(facts, said):
    assert said in demand(RecipientFactory(**facts))


def test_the_demand_of_a_service_is_said_where_it_adds_something():
    assert "STRICT" in demand_of_service(order_with("nothing", "EJ", "STRICT"))
    assert demand_of_service(order_with("both", "EJ", "STRICT")) == ""
    assert demand_of_service(order_with("nothing", "EJ", "PLAIN")) == ""


def test_both_sides_read_it(order, as_buyer, as_supplier):
    for client in (as_buyer, as_supplier):
        page = client.get(f"/commandes/{order.pk}/").content.decode().replace("&#x27;", "'")
        assert "Chorus Pro exige un numéro d'engagement" in page
    order.change_references(by=None, engagement_number="")
    for client, url in ((as_buyer, "/commandes/"), (as_supplier, "/commandes/a-facturer/")):
        assert ">à venir<" in client.get(url).content.decode().replace("&#x27;", "'")

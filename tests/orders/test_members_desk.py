"""The people of a buyer at the desk, and buyers where nobody would read us."""

import pytest

from orders.models import Buyer
from tests.factories import (
    BuyerFactory,
    BuyerMemberFactory,
    OrderFactory,
)
from tests.orders.desk import list_of, save, text_of, url_of

pytestmark = pytest.mark.django_db


def test_buyers_without_anybody_are_listed(desk):
    alone, served, left = BuyerFactory(name="Sans"), BuyerMemberFactory().buyer, BuyerMemberFactory()
    left.user.is_active = False
    left.user.save(update_fields=["is_active"])
    found = {
        value: set(desk.get(list_of(Buyer), {"personnes": value}).context["cl"].result_list)
        for value in ("sans", "avec", "autre")
    }
    assert found == {"sans": {alone, left.buyer}, "avec": {served}, "autre": {alone, served, left.buyer}}


def test_an_order_says_when_nobody_reads_what_is_written_to_its_buyer(desk):
    order = OrderFactory()
    assert "ne sont lus par personne. Appelez l'acheteur (02 00 00 00 02)" in text_of(desk.get(url_of(order)))
    member = BuyerMemberFactory(buyer=order.buyer)
    page = text_of(desk.get(url_of(order)))
    assert "lus par personne" not in page
    assert str(member.user) in page


def test_members_of_a_buyer_removed_at_the_desk_are_journalled(desk):
    member = BuyerMemberFactory()
    save(desk, member.buyer, **{"members-0-DELETE": "on"})
    assert [(one.what, one.user) for one in member.buyer.member_changes.all()] == [("removed", member.user)]

"""What buyers are told, and that nobody else is."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from orders.models import Order
from suppliers.models import Mail
from tests.factories import BuyerMemberFactory, MemberFactory, OrderFactory
from tests.letters import delivered, forget_welcome, written
from tests.people import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def order():
    return OrderFactory(engagement_number="")


@pytest.fixture
def canteen(order):
    """Two people of the buyer; another canteen looks on."""
    people = [BuyerMemberFactory(buyer=order.buyer).user for _ in range(2)]
    BuyerMemberFactory()
    forget_welcome()
    return people


@pytest.fixture
def farmer(order, canteen):
    person = signed_in(MemberFactory(supplier=order.supplier).user)
    forget_welcome()
    return person


def ask(farmer, order):
    farmer.post(reverse("orders:ask_engagement", args=[order.pk]))


def test_everybody_of_the_buyer_is_asked_for_the_number_once(farmer, order, canteen):
    ask(farmer, order)
    ask(farmer, order)
    assert written() == sorted(("number_asked", person.email) for person in canteen)
    letters = delivered()
    assert len(letters) == 2
    assert f"/commandes/{order.pk}/references/?champ=engagement_number" in letters[0].body
    assert "105" not in letters[0].body  # No amount.


def test_where_nobody_would_read_it_the_supplier_is_told_to_call(order):
    farmer = signed_in(MemberFactory(supplier=order.supplier).user)
    address = reverse("orders:ask_engagement", args=[order.pk])
    assert "appelez-le" in farmer.post(address, follow=True).content.decode()
    BuyerMemberFactory(buyer=order.buyer)
    Order.objects.update(engagement_asked_at=None)
    assert "appelez-le" not in farmer.post(address, follow=True).content.decode()


def test_its_link_leads_to_the_one_field(farmer, order, canteen):
    ask(farmer, order)
    page = signed_in(canteen[0]).get(Mail.objects.first().path)
    assert page.status_code == 200
    assert page.context["form"]["engagement_number"]


def test_from_a_mail_to_the_number_by_a_code_alone(client, farmer, order, canteen, mailoutbox):
    """He was signed out for months: the link asks for a code, and still leads to the field."""
    EmailAddress.objects.create(user=canteen[0], email=canteen[0].email, verified=True, primary=True)
    ask(farmer, order)
    [letter] = [letter for letter in delivered() if letter.to == [canteen[0].email]]
    link = re.search(r"https?://\S+engagement_number", letter.body)[0].removeprefix(settings.SITE["url"])
    mailoutbox.clear()
    door = urlsplit(client.get(link)["Location"])
    wanted = parse_qs(door.query)["next"][0]
    client.post(door.path, {"login": canteen[0].email, "next": wanted})
    code = re.search(r"^\s{4}(\S+)$", mailoutbox[0].body, re.MULTILINE)[1]
    answer = client.post(reverse("account_confirm_login_code"), {"code": code, "next": wanted})
    assert answer["Location"] == link
    page = client.get(link)
    given = {name: page.context["form"][name].value() or "" for name in page.context["form"].fields}
    client.post(link, given | {"engagement_number": "EJ-2026-77"})
    order.refresh_from_db()
    assert order.engagement_number == "EJ-2026-77"


def test_a_day_later_it_may_be_asked_again(farmer, order, canteen):
    ask(farmer, order)
    delivered()
    Order.objects.update(engagement_asked_at=timezone.now() - timedelta(days=2))
    ask(farmer, order)
    assert len(delivered()) == 2


def test_a_number_given_meanwhile_is_not_asked_for(farmer, order, canteen):
    ask(farmer, order)
    order.refresh_from_db()
    order.change_references(by=canteen[0], engagement_number="EJ-1")
    assert delivered() == []


def test_who_left_the_canteen_is_not_told(farmer, order, canteen):
    ask(farmer, order)
    order.buyer.members.filter(user=canteen[0]).delete()
    assert [letter.to for letter in delivered()] == [[canteen[1].email]]


def test_a_new_member_of_a_buyer_is_told_at_once(order):
    person = BuyerMemberFactory(buyer=order.buyer, user__mail_rhythm="weekly").user
    [letter] = delivered()
    assert letter.to == [person.email]
    assert str(order.buyer) in letter.subject

"""Requests to act for a buyer, answered at the desk by an agent who called."""

import pytest
from django.urls import reverse

from orders.models import Buyer, BuyerMembershipRequest
from suppliers.models import AlreadyDecided, MembershipRequest
from tests.factories import (
    BuyerFactory,
    UserFactory,
    siret,
)
from tests.orders.desk import list_of, text_of, url_of

pytestmark = pytest.mark.django_db


def request_for(number, kind="buyer"):
    fields = {"company_name": "Collège qui demande", "person_name": "Jo Nouveau", "phone": "02 11"}
    asked = MembershipRequest.objects.create(kind=kind, user=UserFactory(), siret=number, **fields)
    return BuyerMembershipRequest.objects.filter(pk=asked.pk).first() or asked


def decide(desk, asked, decision, contact="Appelée au 02 00 00 00 02 le 3", **answer):
    url = reverse("admin:orders_buyermembershiprequest_change", args=[asked.pk])
    return desk.post(url, {"decision": decision, "contact_made": contact, **answer}, follow=True)


@pytest.fixture
def asked(db):
    return request_for(BuyerFactory().recipient.siret)


def status_of(asked) -> str:
    return MembershipRequest.objects.get(pk=asked.pk).status


def test_an_agent_accepts_for_a_buyer_he_chose(desk, asked, agent):
    other = BuyerFactory()
    page = text_of(decide(desk, asked, "accept", buyer=other.pk))
    assert f"peut maintenant agir pour {other}" in page
    assert [member.user for member in other.members.all()] == [asked.user]
    stored = MembershipRequest.objects.get()
    assert (stored.status, stored.decided_by, stored.contact_made) == (
        "accepted",
        agent,
        "Appelée au 02 00 00 00 02 le 3",
    )


def test_the_only_buyer_at_this_siret_is_proposed_with_its_telephone(desk, asked):
    buyer = Buyer.objects.get()
    page = text_of(desk.get(url_of(asked)))
    assert f'<option value="{buyer.pk}" selected' in page
    assert f"Appelez le numéro que nous connaissons&nbsp;: {buyer.phone}" in page


def test_accepting_needs_a_buyer(desk, asked):
    assert "Choisissez l'acheteur" in text_of(decide(desk, asked, "accept"))
    assert "Choisissez l'acheteur" in text_of(decide(desk, asked, "accept", buyer="99999"))
    assert status_of(asked) == "pending"


@pytest.mark.parametrize(("decision", "contact"), [("accept", ""), ("refuse", " "), ("", "Appelée le 3")])
def test_no_answer_without_a_contact(desk, asked, decision, contact):
    decide(desk, asked, decision, contact, buyer=Buyer.objects.get().pk)
    assert status_of(asked) == "pending"


def test_an_agent_refuses(desk, asked):
    decide(desk, asked, "refuse")
    assert status_of(asked) == "refused"
    assert not Buyer.objects.get().members.exists()


def test_the_second_agent_is_told_and_changes_nothing(desk, asked):
    asked.refuse(by=UserFactory(), contact_made="numéro faux")
    assert "a répondu à cette demande avant vous" in text_of(
        decide(desk, asked, "accept", buyer=Buyer.objects.get().pk)
    )
    assert status_of(asked) == "refused"
    assert not Buyer.objects.get().members.exists()
    with pytest.raises(AlreadyDecided):
        asked.accept(by=None, contact_made="", buyer=Buyer.objects.get())


def test_somebody_who_is_a_member_already_stays_one(desk, asked):
    buyer = Buyer.objects.get()
    buyer.members.create(user=asked.user)
    decide(desk, asked, "accept", buyer=buyer.pk)
    assert status_of(asked) == "accepted"
    assert buyer.members.count() == 1


def test_a_producers_request_is_not_answered_here(desk):
    asked = request_for(siret(901), kind="supplier")
    assert decide(desk, asked, "refuse").status_code == 404
    assert asked.company_name not in text_of(desk.get(list_of(BuyerMembershipRequest)))


def test_staff_without_the_right_answers_nothing(client, asked):
    client.force_login(UserFactory(is_staff=True))
    assert decide(client, asked, "refuse").status_code == 403
    assert status_of(asked) == "pending"

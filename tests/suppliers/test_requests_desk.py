"""Requests to act for a supplier, answered at the desk by an agent who called."""

import pytest
from django.urls import reverse

from suppliers.models import Supplier
from tests.factories import UserFactory, siret
from tests.suppliers.desk import REQUESTS, request_for

pytestmark = pytest.mark.django_db


def decide(desk, asked, decision, contact="Appelé le 02 00 00 00 01 le 3"):
    url = reverse(f"{REQUESTS}_change", args=[asked.pk])
    return desk.post(url, {"decision": decision, "contact_made": contact}, follow=True)


def test_the_list_opens_on_what_waits(desk):
    request_for(siret(901), company_name="Ferme qui attend")
    request_for(siret(902), company_name="Ferme acceptée", status="accepted")
    request_for(siret(903), company_name="Collège qui attend", kind="buyer")
    page = desk.get(reverse(f"{REQUESTS}_changelist")).content.decode()
    assert "Ferme qui attend" in page
    assert "Ferme acceptée" not in page
    assert "Collège qui attend" not in page
    assert "Ferme acceptée" in desk.get(reverse(f"{REQUESTS}_changelist") + "?etat=all").content.decode()


def test_it_shows_the_agent_what_is_known_of_the_siren(desk, supplier, alice):
    asked = request_for(supplier.establishments.get().siret)
    page = desk.get(reverse(f"{REQUESTS}_change", args=[asked.pk])).content.decode()
    assert "Appelez le numéro que nous connaissons&nbsp;: 02 00 00 00 01" in page
    assert alice.email in page


def test_it_says_when_nobody_bears_this_siren(desk):
    asked = request_for(siret(901))
    page = desk.get(reverse(f"{REQUESTS}_change", args=[asked.pk])).content.decode()
    assert "Aucun fournisseur ne porte ce SIREN" in page


def test_an_agent_accepts(desk, agent):
    asked = request_for(siret(901))
    page = decide(desk, asked, "accept").content.decode()
    supplier = Supplier.objects.get()
    assert (supplier.validated_by, supplier.members.get().user) == (agent, asked.user)
    assert "peut maintenant agir pour Ferme nouvelle" in page


def test_an_agent_refuses(desk, agent):
    asked = request_for(siret(901))
    decide(desk, asked, "refuse")
    asked.refresh_from_db()
    assert (asked.status, asked.decided_by) == ("refused", agent)
    assert not Supplier.objects.exists()


@pytest.mark.parametrize(("decision", "contact"), [("accept", ""), ("refuse", "  "), ("accept", "oui"), ("", "appelé")])
def test_no_answer_without_a_contact(desk, decision, contact):
    asked = request_for(siret(901))
    assert decide(desk, asked, decision, contact).status_code == 200
    asked.refresh_from_db()
    assert asked.status == "pending"


def test_the_second_agent_is_told_and_changes_nothing(desk, agent):
    asked = request_for(siret(901))
    asked.refuse(by=UserFactory(), contact_made="numéro faux")
    page = decide(desk, asked, "accept").content.decode()
    assert "a répondu à cette demande avant vous" in page
    assert not Supplier.objects.exists()


def test_an_answered_request_is_only_read(desk, agent):
    asked = request_for(siret(901))
    asked.refuse(by=agent, contact_made="numéro faux, appelé le 3")
    page = desk.get(reverse(f"{REQUESTS}_change", args=[asked.pk])).content.decode()
    assert "numéro faux, appelé le 3" in page
    assert "Accepter" not in page


def test_a_buyers_request_is_not_answered_here(desk):
    asked = request_for(siret(901), kind="buyer")
    assert decide(desk, asked, "accept").status_code == 404
    asked.refresh_from_db()
    assert asked.status == "pending"


def test_staff_without_the_right_answers_nothing(client):
    asked = request_for(siret(901))
    client.force_login(UserFactory(is_staff=True))
    assert decide(client, asked, "accept").status_code == 403
    assert client.get(reverse(f"{REQUESTS}_changelist")).status_code == 403

"""The frame of every page: navigation by role, banner, error pages."""

import re

import pytest
from django.core.exceptions import RequestDataTooBig
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils.html import strip_tags

from agrilocal18 import views
from tests.factories import BuyerMemberFactory, MemberFactory, UserFactory

NAV = re.compile(r'<nav class="nav".*?</nav>', re.DOTALL)


def entries(client):
    page = client.get(reverse("suppliers:membership_request")).content.decode()
    return strip_tags(NAV.search(page).group()).split("\n")


def nav_of(client, user):
    client.force_login(user)
    return [entry.strip() for entry in entries(client) if entry.strip()]


PRODUCER = ["Accueil", "Commandes à facturer", "Mes factures", "Déposer une facture", "Profil"]
BUYER = ["Commandes", "Factures reçues", "Mon établissement"]
OUT = ["Se déconnecter"]


def test_each_sees_where_he_may_go(client, db):
    producer, buyer = MemberFactory().user, BuyerMemberFactory().user
    assert nav_of(client, producer) == [*PRODUCER, *OUT]
    assert nav_of(client, buyer) == [*BUYER, *OUT]
    assert nav_of(client, UserFactory(is_staff=True)) == ["Bureau", *OUT]
    assert nav_of(client, UserFactory()) == ["Accueil", *OUT]
    BuyerMemberFactory(user=producer)
    assert nav_of(client, producer) == [*PRODUCER, *BUYER, *OUT]


def test_the_navigation_costs_one_query(client, db, django_assert_num_queries):
    user = MemberFactory().user
    MemberFactory(user=user)
    client.force_login(user)
    with django_assert_num_queries(4):  # session, user, navigation, requests
        client.get(reverse("suppliers:membership_request"))


def test_the_visitor_is_offered_the_doors(client, db):
    page = client.get(reverse("account_login")).content.decode()
    assert [e.strip() for e in strip_tags(NAV.search(page).group()).split("\n") if e.strip()] == [
        "Se connecter",
        "S&#x27;inscrire",
    ]


@pytest.mark.parametrize(
    ("environment", "shown"), [("simulator", True), ("qualification", True), ("production", False)]
)
def test_it_says_when_nothing_goes_to_the_real_chorus_pro(client, db, settings, environment, shown):
    settings.CHORUS = {**settings.CHORUS, "ENVIRONMENT": environment}
    page = client.get(reverse("account_login")).content.decode()
    assert ("rien ne part sur le vrai Chorus Pro" in page) is shown


def test_the_frame_is_accessible_and_closed(client, db):
    answer = client.get(reverse("account_login"))
    page = answer.content.decode()
    assert '<html lang="fr">' in page
    assert 'href="#contenu"' in page
    assert "Accessibilité&nbsp;: non conforme" in page
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)
    assert not re.search(r"<style|\sstyle=|<script>|\son\w+=", page)
    assert "unsafe" not in answer["Content-Security-Policy"]


def test_an_unknown_page_says_what_to_do(client, db):
    client.force_login(UserFactory())
    answer = client.get("/nulle-part/")
    assert answer.status_code == 404
    assert "Cette page n'existe pas" in answer.content.decode()


def test_a_page_left_open_too_long_says_what_to_do(db):
    client = Client(enforce_csrf_checks=True)
    answer = client.post(reverse("account_login"), {"login": "camille@example.org"})
    assert answer.status_code == 403
    assert "restée ouverte trop longtemps" in answer.content.decode()


def test_what_was_written_is_given_back_but_no_iban(db):
    sent = {"comment": "Le bon de livraison est joint", "iban": "FR76 3000 6000 0112 3456 7890 189"}
    page = Client(enforce_csrf_checks=True).post("/", sent, headers={"Origin": "http://testserver"}).content.decode()
    assert sent["comment"] in page
    assert sent["iban"] not in page


def test_an_address_that_is_only_posted_to_says_so(client, db):
    client.force_login(UserFactory())
    answer = client.get(reverse("invoicing:withdraw", args=[1]))
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "partez de l'accueil" in answer.content.decode()


def test_a_breakdown_is_told_without_the_database():
    answer = views.server_error(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert "Agrilocal18" in answer.content.decode()


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [(RequestDataTooBig(), 413, "trop lourd"), (ValueError(), 400, "n'est pas comprise")],
)
def test_what_cannot_be_read_is_told(error, status, said):
    answer = views.bad_request(RequestFactory().post("/"), error)
    assert answer.status_code == status
    assert said in answer.content.decode()


def test_a_request_that_is_too_heavy_is_refused_in_french(client, db, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    answer = client.post(reverse("account_login"), {"login": "x" * 200})
    assert answer.status_code == 413

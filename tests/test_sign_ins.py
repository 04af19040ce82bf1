"""When and from where staff came in, were refused or left: in the desk's journal, for a year."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal import auth
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from suppliers.journals import erasing
from suppliers.models import User
from suppliers.tasks import forget_sign_ins
from tests.people import signed_in
from tests.test_accounts import forget_attempts

pytestmark = pytest.mark.django_db
PASSWORD = "une longue phrase de passe"


@pytest.fixture(autouse=True)
def _nothing_counted_yet():
    forget_attempts()


def somebody(**more):
    person = User.objects.create_user("personne@example.org", PASSWORD, **more)
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person


@pytest.fixture
def agent():
    return somebody(is_staff=True, is_superuser=True)


def test_the_desk_does_not_call_a_sign_in_a_change(client, agent, settings):
    settings.STAFF_MFA = False
    enter(client)
    assert LogEntry.objects.filter(user=agent).exists()
    page = client.get(reverse("admin:index")).content.decode()
    assert "Aucune pour le moment" in page


def enter(client, password=PASSWORD, email="Personne@example.org"):
    return client.post(reverse("account_login"), {"login": email, "password": password})


def told() -> list[str]:
    return [entry.change_message for entry in LogEntry.objects.order_by("pk")]


def test_staff_who_come_in_and_leave(client, agent):
    enter(client)
    client.post(reverse("account_logout"))
    assert told() == ["Connexion", "Déconnexion"]
    first = LogEntry.objects.earliest("pk")
    assert (first.user, first.object_repr) == (agent, "depuis 127.0.0.1")


def test_a_refusal_is_noted_without_what_was_tried(client, agent):
    enter(client, password="une autre phrase")
    assert told() == ["Mot de passe refusé"]
    assert "autre phrase" not in str(LogEntry.objects.values())


def test_nothing_is_noted_of_other_people(client):
    somebody()
    enter(client, password="une autre phrase")
    enter(client, email="personne-du-tout@example.org")
    enter(client)
    assert "_auth_user_id" in client.session
    assert told() == []


def test_the_second_factor_is_told_of(client, agent):
    secret = generate_totp_secret()
    TOTP.activate(agent, secret)
    enter(client)
    asked = reverse("mfa_authenticate")
    client.post(asked, {"code": "000000"})
    counter = next(auth.yield_hotp_counters_from_time())
    client.post(asked, {"code": auth.format_hotp_value(auth.hotp_value(secret, counter))})
    client.post(reverse("mfa_deactivate_totp"))
    assert [each.replace("\u00a0", " ") for each in told()] == [
        "Double authentification refusée : application",
        "Connexion",
        "Double authentification retirée : application",
    ]


def test_they_are_forgotten_after_a_year_and_acts_are_not(client, agent, settings):
    enter(client)
    signed_in(agent).get(reverse("admin:orders_buyer_export", args=["csv"]))
    with erasing():
        LogEntry.objects.update(action_time=timezone.now() - timedelta(days=settings.SIGN_INS_KEPT_DAYS + 1))
    enter(client.__class__())
    forget_sign_ins()
    assert told() == ["Liste gardée en fichier", "Connexion"]

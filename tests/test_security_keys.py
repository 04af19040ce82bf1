"""A security key as second factor: added, used, renamed, removed; what is no answer of it is refused."""

import json
from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from suppliers.security_keys import NOT_READ, NOT_RECOGNISED
from tests.factories import UserFactory
from tests.soft_key import SoftKey
from tests.suppliers.test_admin import take_away
from tests.suppliers.test_keys import NEW
from tests.test_accounts import forget_attempts

pytestmark = pytest.mark.django_db
PASSWORD = "une longue phrase de passe"
ADD, DOOR, KEYS = reverse("mfa_add_webauthn"), reverse("mfa_authenticate"), reverse("mfa_list_webauthn")


@pytest.fixture(autouse=True)
def _demanded(settings):
    forget_attempts()
    settings.STAFF_MFA = True


@pytest.fixture
def operator():
    return somebody(email="operateur@example.org", is_staff=True, is_superuser=True)


def somebody(**who):
    person = UserFactory(**who)
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    person.set_password(PASSWORD)
    person.save()
    return person


def enter(person) -> Client:
    client = Client()
    client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    return client


def asked(client, page: str, options: str) -> dict:
    return client.get(page).context["js_data"][f"{options}_options"]["publicKey"]


def add(client, key: SoftKey, name="clé du bureau"):
    credential = json.dumps(key.introduce(asked(client, ADD, "creation")))
    return client.post(ADD, {"name": name, "credential": credential})


def use(client, key: SoftKey, page=DOOR):
    return client.post(page, {"credential": json.dumps(key.answer(asked(client, page, "request")))})


def words(response) -> str:
    return response.content.decode().replace("&#x27;", "'")


def told() -> list[str]:
    return [entry.change_message.replace("\u00a0", " ") for entry in LogEntry.objects.order_by("pk")]


def with_key(person) -> SoftKey:
    key = SoftKey()
    assert add(enter(person), key).status_code == 302
    return key


def test_with_a_key_the_desk_opens(operator, mailoutbox, django_capture_on_commit_callbacks):
    client = enter(operator)
    assert client.get("/admin/").url == reverse("mfa_index")
    with django_capture_on_commit_callbacks(execute=True):
        assert add(client, SoftKey()).url == reverse("mfa_view_recovery_codes")
    assert client.get("/admin/").status_code == 200
    assert client.get(reverse("mfa_view_recovery_codes")).status_code == 200
    assert mailoutbox[-1].subject == "Clé de sécurité ajoutée"
    assert told() == [
        "Connexion",
        "Double authentification ajoutée : clé de sécurité",
        "Double authentification ajoutée : codes de récupération",
    ]


def test_the_key_is_asked_for_at_the_door_and_opens_it(operator):
    key = with_key(operator)
    client = enter(operator)
    assert client.get("/admin/").url.startswith("/admin/login/")
    assert "Utiliser ma clé" in words(client.get(DOOR))
    use(client, key)
    assert client.get("/admin/").status_code == 200


def test_who_has_none_is_not_asked_for_one(operator):
    TOTP.activate(operator, generate_totp_secret())
    assert "clé de sécurité" not in words(enter(operator).get(DOOR))


def test_another_key_and_one_that_speaks_of_another_site_are_refused_and_it_is_noted(operator):
    key, other = with_key(operator), with_key(somebody())
    client, noted = enter(operator), len(told())
    assert NOT_RECOGNISED in words(use(client, other))
    key.origin = "https://testserver.example.org"
    assert NOT_RECOGNISED in words(use(client, key))
    assert told()[noted:] == ["Double authentification refusée : clé de sécurité"] * 2
    assert client.get("/admin/").url.startswith("/admin/login/")


def test_an_answer_serves_once(operator):
    key, client = with_key(operator), enter(operator)
    answer = json.dumps(key.answer(asked(client, DOOR, "request")))
    other = enter(operator)
    other.get(DOOR)
    assert NOT_RECOGNISED in words(other.post(DOOR, {"credential": answer}))


NO_ANSWERS = [1, "clé", [], {}, {"response": 1}, {"id": "a", "rawId": "a", "response": {}, "type": "public-key"}]


@pytest.mark.parametrize("forged", NO_ANSWERS)
def test_what_is_no_answer_of_a_key_is_refused_in_words(operator, forged):
    with_key(operator)
    client = enter(operator)
    client.get(DOOR)
    page = words(client.post(DOOR, {"credential": json.dumps(forged)}))
    assert NOT_RECOGNISED in page or NOT_READ in page
    newcomer = enter(somebody())
    newcomer.get(ADD)
    page = words(newcomer.post(ADD, {"name": "clé", "credential": json.dumps(forged)}))
    assert NOT_RECOGNISED in page or NOT_READ in page


@pytest.mark.parametrize("broken", ["attestationObject", "clientDataJSON"])
@pytest.mark.parametrize("value", ["", "AA", "é", "oWE", 1, {}, None])
def test_a_broken_introduction_is_refused_in_words(operator, broken, value):
    client = enter(operator)
    credential = SoftKey().introduce(asked(client, ADD, "creation"))
    credential["response"][broken] = value
    assert NOT_RECOGNISED in words(client.post(ADD, {"name": "clé", "credential": json.dumps(credential)}))
    assert not Authenticator.objects.exists()


def test_without_javascript_it_is_said_what_is_missing(operator):
    with_key(operator)
    assert NOT_READ in words(enter(operator).post(DOOR, {"credential": ""}))
    assert NOT_READ in words(enter(somebody()).post(ADD, {"name": "clé"}))


def test_it_is_renamed_and_removed_by_its_owner_alone(operator, mailoutbox):
    with_key(operator)
    client, key = enter_with_code(operator), operator.authenticator_set.get(type="webauthn")
    rename, remove = reverse("mfa_edit_webauthn", args=[key.pk]), reverse("mfa_remove_webauthn", args=[key.pk])
    stranger = enter(somebody())
    for page in (rename, remove):
        assert stranger.get(page).status_code == stranger.post(page, {"name": "à moi"}).status_code == 404
        assert Client().get(page).url.startswith(reverse("account_login"))
    client.post(rename, {"name": "clé du sac"})
    assert "clé du sac" in words(client.get(KEYS))
    assert "clé du sac" in words(client.get(remove))
    client.post(remove)
    assert mailoutbox[-1].subject == "Clé de sécurité retirée"
    assert client.get("/admin/").url == reverse("mfa_index")


def enter_with_code(person) -> Client:
    """The key was lost: a recovery code lets him in."""
    codes = person.authenticator_set.get(type="recovery_codes").wrap()
    client = enter(person)
    client.post(DOOR, {"code": codes.get_unused_codes()[0]})
    return client


def test_who_has_no_password_shows_the_key_again(operator, settings):
    key = with_key(operator)
    client = enter(operator)
    use(client, key)
    operator.set_unusable_password()
    operator.save()
    client.force_login(operator)
    again = client.get(ADD).url
    assert again.startswith(reverse("mfa_reauthenticate_webauthn"))
    assert "Un code de mon application ou de récupération" in words(client.get(again))
    assert NOT_RECOGNISED in words(client.get(use(client, SoftKey(), again).url, follow=True))
    assert use(client, key, again).url == ADD
    assert client.get(ADD).status_code == 200


def test_a_superuser_takes_a_lost_key_away(operator):
    with_key(operator)
    with_key(other := somebody(is_staff=True, is_superuser=True))
    take_away(enter_with_code(other), operator)
    assert enter(operator).get("/admin/").url == reverse("mfa_index")
    assert other.authenticator_set.filter(type="webauthn").exists()


def test_of_a_key_nothing_is_secret_and_it_serves_under_a_new_encryption_key(operator, settings):
    key = with_key(operator)
    settings.FIELD_KEYS = [NEW, *settings.FIELD_KEYS]
    call_command("rotate_keys", stdout=StringIO())
    settings.FIELD_KEYS = [NEW]
    client = enter(operator)
    use(client, key)
    assert client.get("/admin/").status_code == 200


def test_a_browser_is_told_the_sites_name_and_address(operator):
    site = asked(enter(operator), ADD, "creation")["rp"]
    assert site == {"id": "testserver", "name": settings.SITE["name"]}

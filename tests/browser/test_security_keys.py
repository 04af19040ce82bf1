"""A security key as a person uses it, with the one that Chromium plays."""

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.test_every_page import views_of
from tests.factories import UserFactory
from tests.test_accounts import forget_attempts

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "un-mot-de-passe-assez-long"
KEY = {"protocol": "ctap2", "transport": "usb", "automaticPresenceSimulation": True}


@pytest.fixture
def agent(settings):
    forget_attempts()
    settings.STAFF_MFA = True
    user = UserFactory(email="agent@example.org", is_staff=True, is_superuser=True)
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


class KeyRing:
    """What is plugged into this browser."""

    def __init__(self, page):
        self._session = page.context.new_cdp_session(page)
        self._session.send("WebAuthn.enable")

    def plug_in(self) -> str:
        return self._session.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})["authenticatorId"]

    def pull_out(self, key: str) -> None:
        self._session.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": key})


def see(person, page: str, *rows: int) -> None:
    address = reverse(page, args=rows)
    for width, theme in views_of(address):
        person.see(address, width=width, theme=theme)


def enter(person, user) -> None:
    page = person.page
    page.goto(reverse("account_login"))
    page.get_by_label("Adresse e-mail").fill(user.email)
    page.get_by_text("J'ai un mot de passe").click()
    page.get_by_label("Mot de passe").fill(PASSWORD)
    person.press("Se connecter avec mon mot de passe")


def leave(person) -> None:
    person.page.goto(reverse("account_logout"))
    person.page.locator("main form button[type=submit]").click()


def test_added_used_renamed_and_removed(somebody, agent):
    person = somebody()
    page, keys = person.page, KeyRing(person.page)
    keys.plug_in()
    enter(person, agent)
    page.goto(reverse("admin:index"))
    expect(page.get_by_text("il faut une double authentification")).to_be_visible()
    see(person, "mfa_list_webauthn")
    see(person, "mfa_add_webauthn")
    page.get_by_label("Nom de la clé").fill("clé du bureau")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Codes de récupération")).to_be_visible()
    key = agent.authenticator_set.get(type="webauthn").pk
    see(person, "mfa_index")
    see(person, "mfa_list_webauthn")
    see(person, "mfa_reauthenticate_webauthn")
    see(person, "account_reauthenticate")

    leave(person)
    enter(person, agent)
    see(person, "mfa_authenticate")
    page.get_by_role("button", name="Utiliser ma clé de sécurité").click()
    page.wait_for_url(lambda address: "2fa" not in address)
    assert page.goto(reverse("admin:index")).ok

    see(person, "mfa_edit_webauthn", key)
    page.get_by_label("Nom de la clé").fill("clé du sac")
    person.press("Enregistrer")
    expect(page.get_by_role("heading", name="clé du sac")).to_be_visible()
    see(person, "mfa_remove_webauthn", key)
    person.press("Retirer la clé")
    expect(page.get_by_text("Votre compte n'en a pas.")).to_be_visible()


def test_a_key_that_is_there_already_is_told_from_one_that_did_not_answer(somebody, agent):
    person = somebody()
    page, keys = person.page, KeyRing(person.page)
    key = keys.plug_in()
    enter(person, agent)
    page.goto(reverse("mfa_add_webauthn"))
    page.get_by_role("button", name="Ajouter la clé").click()
    expect(page.get_by_role("heading", name="Codes de récupération")).to_be_visible()
    page.goto(reverse("mfa_add_webauthn"))
    page.get_by_role("button", name="Ajouter la clé").click()
    expect(page.get_by_text("Cette clé est déjà sur votre compte")).to_be_visible()
    person.look()

    leave(person)
    enter(person, agent)
    keys.pull_out(key)
    keys.plug_in()
    page.get_by_role("button", name="Utiliser ma clé de sécurité").click()
    expect(page.get_by_text("La clé n'a pas été lue")).to_be_visible()
    person.look()


def test_where_the_browser_refuses_it_is_said(somebody, agent):
    person = somebody()
    person.page.add_init_script("delete Navigator.prototype.credentials")
    enter(person, agent)
    person.page.goto(reverse("mfa_add_webauthn"))
    person.page.get_by_role("button", name="Ajouter la clé").click()
    expect(person.page.get_by_text("Ce navigateur ne peut pas lire de clé à cette adresse")).to_be_visible()


def test_without_javascript_the_page_says_what_it_lacks(somebody, agent):
    person = somebody(javascript=False)
    enter(person, agent)
    person.page.goto(reverse("mfa_add_webauthn"))
    person.press("Ajouter la clé")
    expect(person.page.get_by_role("alert").first).to_contain_text("dans un navigateur où JavaScript est actif")

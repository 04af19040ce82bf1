"""Pages that take more than an address to come to: errors, the second factor, the doors, a setting that is off."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from playwright.sync_api import expect

import tests.browser.urls  # noqa: F401 (the site's own addresses are read before a test changes a setting)
from tests.browser.test_every_page import views_of
from tests.factories import MemberFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "un-mot-de-passe-assez-long"


@pytest.fixture
def camille():
    """She has a password."""
    user = UserFactory(email="camille@example.org")
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def see(person, address):
    for width, theme in views_of(address):
        person.see(address, width=width, theme=theme)


@pytest.mark.parametrize("status", [400, 403, 404, 405, 413, 429, 500, "csrf"])
def test_errors(enter, settings, status):
    settings.ROOT_URLCONF = "tests.browser.urls"
    person = enter(UserFactory())
    see(person, f"/erreur/{status}/")
    expect(person.page.get_by_role("link", name="Revenir à l'accueil")).to_be_visible()
    # The browser itself says in its console that the answer was an error.
    person.complaints = [one for one in person.complaints if "responded with a status" not in one]


def test_too_many_deposits_leave_the_files_chosen_and_say_from_when_on(enter, settings, tmp_path):
    settings.RATE_LIMITS = {"uploads": "0/h/user"}
    (tmp_path / "facture.pdf").write_bytes(b"%PDF-1.4")
    person = enter(MemberFactory().user)
    person.visit(reverse("invoicing:deposit"))
    person.page.locator("input[type=file]").first.set_input_files(tmp_path / "facture.pdf")
    person.page.get_by_role("button", name="Lire la facture").click()
    expect(person.page.get_by_role("alert").filter(visible=True)).to_contain_text("Recommencez à partir de")
    expect(person.page.get_by_role("button", name="Retirer facture.pdf")).to_be_visible()
    person.complaints = [one for one in person.complaints if "429" not in one]


def test_the_demonstrations_mails(somebody, settings, tmp_path):
    settings.ROOT_URLCONF, settings.DEMONSTRATION = "tests.browser.urls", True
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path
    person = somebody()
    letters = reverse("demo:mails")
    see(person, letters)
    EmailMultiAlternatives("Votre facture est partie", "Rien à faire.", to=["camille@example.org"]).send()
    see(person, letters)
    person.press("Votre facture est partie", role="link")
    expect(person.page.get_by_text("Rien à faire.")).to_be_visible()


def test_a_supplier_s_own_account(enter, settings):
    settings.CHORUS = {**settings.CHORUS, "ENVIRONMENT": "simulator", "OWN_ACCOUNTS": True}
    member = MemberFactory()
    person = enter(member.user)
    see(person, reverse("chorus:own_account", args=[member.supplier_id]))
    see(person, reverse("suppliers:supplier", args=[member.supplier_id]))


def test_the_second_factor(enter, camille):
    person = enter(camille)
    page = person.page
    page.goto(reverse("account_reauthenticate"))
    page.get_by_label("Mot de passe").fill(PASSWORD)
    person.press("Continuer")
    see(person, reverse("mfa_activate_totp"))
    TOTP.activate(camille, "A" * 32)
    see(person, reverse("mfa_index"))
    see(person, reverse("mfa_generate_recovery_codes"))
    person.press(re.compile("Générer"))
    see(person, reverse("mfa_view_recovery_codes"))
    see(person, reverse("mfa_reauthenticate"))
    see(person, reverse("mfa_deactivate_totp"))


def test_the_doors(somebody, camille, mailoutbox):
    person = somebody()
    page = person.page
    page.goto(reverse("account_request_login_code"))
    page.get_by_label("Adresse e-mail").fill(camille.email)
    person.press(re.compile("code"))
    see(person, reverse("account_confirm_login_code"))
    page.goto(reverse("account_reset_password"))
    page.get_by_label("Adresse e-mail").fill(camille.email)
    page.locator("main form button[type=submit]").click()
    page.wait_for_load_state()
    page.goto(re.search(r"http\S+/compte/\S+", mailoutbox[-1].body)[0])
    see(person, page.url)


def test_who_comes_for_the_first_time(somebody, mailoutbox):
    """His address is verified by a code; then he may choose a password."""
    person = somebody()
    page = person.page
    page.goto(reverse("account_signup"))
    page.get_by_label("Adresse e-mail").fill("nouveau@example.org")
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_load_state()
    see(person, reverse("account_email_verification_sent"))
    page.get_by_label("Code").fill(re.search(r"^ {4}(\S+)$", mailoutbox[-1].body, re.MULTILINE)[1])
    page.get_by_role("button", name="Valider le code").click()
    page.wait_for_load_state()
    see(person, reverse("account_set_password"))


def test_the_second_factor_asked_for_at_the_door(somebody, camille):
    TOTP.activate(camille, "A" * 32)
    person = somebody()
    page = person.page
    page.goto(reverse("account_login"))
    page.get_by_label("Adresse e-mail").fill(camille.email)
    page.get_by_text("J'ai un mot de passe").click()
    page.get_by_label("Mot de passe").fill(PASSWORD)
    person.press("Se connecter avec mon mot de passe")
    see(person, reverse("mfa_authenticate"))

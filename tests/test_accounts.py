import re
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from suppliers.models import User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
PASSWORD = "fraise-des-bois-18"
CODE = re.compile(r"^\s{4}(\S+)$", re.MULTILINE)


@pytest.fixture(autouse=True)
def _no_attempts():
    forget_attempts()


def forget_attempts():
    """The cache is not cleared: tests of another process may share its Redis."""
    cache.key_prefix = uuid4().hex


@pytest.fixture
def camille():
    user = User.objects.create_user("camille@example.org", PASSWORD, first_name="Camille", last_name="Exemple")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def ask_code(client, email, **data):
    return client.post(reverse("account_login"), {"login": email, **data})


def give_code(client, code):
    return client.post(reverse("account_confirm_login_code"), {"code": code})


def code_in(message):
    return CODE.search(message.body).group(1)


def signed_in(client):
    return "_auth_user_id" in client.session


def words_of(answer):
    """What a person reads, without what differs from one visit to the next."""
    html = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", answer.content.decode())
    return re.sub(r"\s+", " ", strip_tags(html))


# --- Coming in with a code ---


def test_it_lets_in_with_an_emailed_code(client, camille, mailoutbox):
    assert ask_code(client, "Camille@Example.org")["Location"] == reverse("account_confirm_login_code")
    assert mailoutbox[0].to == ["camille@example.org"]
    assert mailoutbox[0].subject == "Votre code Agrilocal18"
    assert give_code(client, code_in(mailoutbox[0]))["Location"] == reverse("home")
    assert signed_in(client)


def test_a_code_keeps_the_device_signed_in_for_weeks(client, camille, mailoutbox):
    ask_code(client, camille.email)
    give_code(client, code_in(mailoutbox[0]))
    assert client.session.get_expiry_age() > 50 * 24 * 3600
    assert not client.session.get_expire_at_browser_close()


def test_a_code_serves_once(client, camille, mailoutbox):
    ask_code(client, camille.email)
    code = code_in(mailoutbox[0])
    give_code(client, code)
    client.post(reverse("account_logout"))
    give_code(client, code)
    assert not signed_in(client)


def test_three_wrong_codes_end_the_attempt(client, camille, mailoutbox):
    ask_code(client, camille.email)
    for _ in range(3):
        give_code(client, "WRONG")
    give_code(client, code_in(mailoutbox[0]))
    assert not signed_in(client)


def test_a_new_code_can_be_asked_for(client, camille, mailoutbox):
    ask_code(client, camille.email)
    client.post(reverse("account_confirm_login_code"), {"action": "resend"})
    give_code(client, code_in(mailoutbox[1]))
    assert signed_in(client)


def test_codes_are_not_sent_without_end(camille, mailoutbox):
    for _ in range(6):
        ask_code(Client(), camille.email)
    assert len(mailoutbox) == 3


def test_it_comes_back_to_the_page_that_was_asked(client, camille, mailoutbox):
    wanted = reverse("suppliers:membership_request")
    page = client.get(ask_code(client, camille.email, next=wanted)["Location"])
    assert f'name="next" value="{wanted}"' in page.content.decode()
    data = {"code": code_in(mailoutbox[0]), "next": wanted}
    assert client.post(reverse("account_confirm_login_code"), data)["Location"] == wanted


def test_it_leads_to_no_other_site(client, camille):
    answer = ask_code(client, camille.email, password=PASSWORD, next="https://elsewhere.example/")
    assert answer["Location"] == reverse("home")


# --- Coming in with a password ---


def test_it_lets_in_with_a_password(client, camille, mailoutbox):
    assert ask_code(client, camille.email, password=PASSWORD)["Location"] == reverse("home")
    assert signed_in(client)
    assert not mailoutbox
    assert client.session.get_expiry_age() > 50 * 24 * 3600


def test_a_wrong_password_says_nothing_about_the_account(client, camille):
    known = ask_code(client, camille.email, password="wrong")
    forget_attempts()
    unknown = ask_code(client, "personne@example.org", password="wrong")
    assert "ou le mot de passe sont incorrects" in words_of(known)
    assert words_of(known) == words_of(unknown)


def test_passwords_are_not_guessed_without_end(client, camille):
    for _ in range(5):
        ask_code(client, camille.email, password="wrong")
    assert "Trop de tentatives" in words_of(ask_code(client, camille.email, password=PASSWORD))
    assert not signed_in(client)


def test_one_machine_does_not_knock_without_end(client, camille):
    answers = [ask_code(client, f"personne{n}@example.org", password="wrong") for n in range(31)]
    assert answers[-1].status_code == 429
    assert "Trop d'essais à la suite" in answers[-1].content.decode()


def test_a_person_switched_off_does_not_come_in(client, camille, mailoutbox):
    User.objects.filter(pk=camille.pk).update(is_active=False)
    ask_code(client, camille.email, password=PASSWORD)
    ask_code(client, camille.email)
    assert not signed_in(client)
    assert not any(CODE.search(message.body) for message in mailoutbox)


# --- Whether an address has an account is nobody's business ---


def test_asking_a_code_says_nothing_about_the_account(client, camille, mailoutbox):
    known, unknown = ask_code(client, camille.email), None
    page_of_known = words_of(client.get(known["Location"]))
    client.cookies.clear()
    unknown = ask_code(client, "inconnu@example.org")
    page_of_unknown = words_of(client.get(unknown["Location"]))
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert page_of_known.replace(camille.email, "") == page_of_unknown.replace("inconnu@example.org", "")
    assert "Aucun compte ne porte cette adresse" in mailoutbox[1].body


def test_signing_up_says_nothing_about_the_account(client, camille, mailoutbox):
    known = client.post(reverse("account_signup"), {"email": camille.email})
    page_of_known = words_of(client.get(known["Location"]))
    client.cookies.clear()
    unknown = client.post(reverse("account_signup"), {"email": "nouveau@example.org"})
    page_of_unknown = words_of(client.get(unknown["Location"]))
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert page_of_known.replace(camille.email, "") == page_of_unknown.replace("nouveau@example.org", "")
    assert mailoutbox[0].subject == "Vous êtes déjà inscrit sur Agrilocal18"
    assert User.objects.filter(email=camille.email).count() == 1


def test_a_lost_password_says_nothing_about_the_account(client, camille, mailoutbox):
    url = reverse("account_reset_password")
    answers = [client.post(url, {"email": email}) for email in (camille.email, "inconnu@example.org")]
    assert answers[0]["Location"] == answers[1]["Location"]
    assert [message.to for message in mailoutbox] == [[camille.email], ["inconnu@example.org"]]


# --- Signing up ---


def sign_up(client, mailoutbox, **names):
    client.post(reverse("account_signup"), {"email": "nouveau@example.org", **names})
    url = reverse("account_email_verification_sent")
    return client.post(url, {"code": code_in(mailoutbox[-1])})


def test_it_signs_up_with_an_address_alone(client, mailoutbox):
    assert sign_up(client, mailoutbox)["Location"] == reverse("home")
    user = User.objects.get(email="nouveau@example.org")
    assert not user.has_usable_password()
    assert EmailAddress.objects.get(user=user).verified
    page = client.get(reverse("home"), follow=True)
    assert page.redirect_chain == [(reverse("suppliers:membership_request"), 302)]
    assert "pour quelle exploitation ou quel établissement" in words_of(page)


def test_it_keeps_the_names_one_gives(client, mailoutbox):
    sign_up(client, mailoutbox, first_name="Jo", last_name="Nouveau")
    assert str(User.objects.get(email="nouveau@example.org")) == "Jo Nouveau"


def test_an_address_not_verified_opens_nothing(client, mailoutbox):
    client.post(reverse("account_signup"), {"email": "nouveau@example.org"})
    assert client.get(reverse("suppliers:membership_request")).status_code == 302
    client.post(reverse("account_email_verification_sent"), {"code": "WRONG"})
    assert not signed_in(client)


# --- One's own account ---


def test_the_lost_password_is_chosen_again(client, camille, mailoutbox):
    client.post(reverse("account_reset_password"), {"email": camille.email})
    link = re.search(r"http://testserver(\S+)", mailoutbox[0].body).group(1)
    form = client.get(link)["Location"]
    client.post(form, {"password1": "groseille-a-maquereau", "password2": "groseille-a-maquereau"})
    camille.refresh_from_db()
    assert camille.check_password("groseille-a-maquereau")
    assert "a été changé" in mailoutbox[1].body


def test_a_password_that_is_too_easy_is_refused(client, camille):
    client.force_login(camille)
    data = {"oldpassword": PASSWORD, "password1": "123456789012", "password2": "123456789012"}
    answer = client.post(reverse("account_change_password"), data)
    assert answer.status_code == 200
    camille.refresh_from_db()
    assert camille.check_password(PASSWORD)


def test_a_person_without_password_may_choose_one(client):
    user = UserFactory()
    user.set_unusable_password()
    user.save(update_fields=["password"])
    client.force_login(user)
    assert client.get(reverse("account_change_password"))["Location"] == reverse("account_set_password")
    client.post(reverse("account_set_password"), {"password1": PASSWORD, "password2": PASSWORD})
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_a_new_address_counts_once_verified(client, camille, mailoutbox):
    ask_code(client, camille.email, password=PASSWORD)
    client.post(reverse("account_email"), {"email": "autre@example.org", "action_add": ""})
    camille.refresh_from_db()
    assert camille.email == "camille@example.org"
    client.post(reverse("account_email_verification_sent"), {"code": code_in(mailoutbox[-1])})
    camille.refresh_from_db()
    assert camille.email == "autre@example.org"


def test_it_signs_out_by_post_only(client, camille):
    client.force_login(camille)
    client.get(reverse("account_logout"))
    assert signed_in(client)
    assert client.post(reverse("account_logout"))["Location"] == reverse("account_login")
    assert not signed_in(client)


# --- Pages and doors ---

OPEN = ["account_login", "account_signup", "account_reset_password", "account_request_login_code", "account_inactive"]
OWN = ["account_email", "account_change_password", "account_logout", "mfa_index"]
ENGLISH = re.compile(r"\b(the|your|please|sign|password|account|enter|send|code has|email)\b", re.IGNORECASE)


@pytest.mark.parametrize("name", OPEN)
def test_the_anonymous_sees_french_doors(client, name):
    answer = client.get(reverse(name))
    assert answer.status_code == 200
    assert not ENGLISH.search(words_of(answer))
    assert "<h1>" in answer.content.decode()


@pytest.mark.parametrize("name", OWN)
def test_one_sees_his_account_in_french(client, camille, name):
    ask_code(client, camille.email, password=PASSWORD)
    answer = client.get(reverse(name))
    assert answer.status_code == 200
    assert not ENGLISH.search(words_of(answer))


def test_the_second_factor_is_reachable_once_the_password_was_given(client, camille, mailoutbox):
    ask_code(client, camille.email)
    give_code(client, code_in(mailoutbox[0]))
    asked = client.get(reverse("mfa_activate_totp"), follow=True)
    assert "saisissez à nouveau votre mot de passe" in words_of(asked)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = client.get(reverse("mfa_activate_totp"))
    assert page.status_code == 200
    assert not ENGLISH.search(words_of(page))


@pytest.mark.parametrize("name", ["account_email", "account_change_password", "mfa_index", "home"])
def test_the_anonymous_is_sent_to_sign_in(client, name):
    assert client.get(reverse(name))["Location"].startswith(reverse("account_login"))


def test_every_mail_is_in_french_and_signed(camille, mailoutbox):
    ask_code(Client(), camille.email)
    ask_code(Client(), "inconnu@example.org")
    for url, email in [
        ("account_signup", camille.email),
        ("account_signup", "nouveau@example.org"),
        ("account_reset_password", camille.email),
    ]:
        Client().post(reverse(url), {"email": email})
    assert len(mailoutbox) == 5
    for message in mailoutbox:
        body = re.sub(r"https?://\S+|\S+@\S+", "", message.body)
        assert message.body.startswith("Bonjour,")
        assert "Agrilocal18 — Département du Cher" in body
        assert not ENGLISH.search(body + message.subject)
        assert "&#x27;" not in message.body


def test_the_desk_is_behind_the_same_door(client, camille):
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0].startswith(reverse("account_login"))
    answer = client.post("/admin/login/", {"username": camille.email, "password": PASSWORD})
    assert answer.status_code == 302
    assert not signed_in(client)


def test_the_desk_says_clearly_that_it_is_not_for_everybody(client, camille):
    client.force_login(camille)
    answer = client.get("/admin/", follow=True)
    assert answer.status_code == 403
    assert "Cette page ne vous est pas ouverte" in answer.content.decode()


def test_an_agent_lands_at_the_desk(client):
    client.force_login(UserFactory(is_staff=True))
    assert client.get(reverse("home"))["Location"] == reverse("admin:index")

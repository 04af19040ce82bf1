"""Staff have a second factor before anything opens; nobody else is asked for one."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail
from django.urls import reverse

from agrilocal18.checks import staff_have_a_second_factor
from suppliers.accounts import FactorAdapter
from tests.factories import MemberFactory, UserFactory
from tests.people import signed_in

pytestmark = pytest.mark.django_db
PASSWORD = "une longue phrase de passe"
SET_UP, APPLICATION = "/compte/2fa/", "/compte/2fa/totp/activate/"
DESK = ["/admin/", "/admin/orders/order/", "/admin/jsi18n/", "/factures/", "/commandes/", "/profil/"]


@pytest.fixture(autouse=True)
def _demanded(settings):
    settings.STAFF_MFA = True


@pytest.fixture
def operator():
    person = UserFactory(is_staff=True, is_superuser=True, email="operateur@example.org")
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    person.set_password(PASSWORD)
    person.save()
    return person


@pytest.mark.parametrize("page", DESK)
def test_staff_without_one_are_led_to_set_it_up(operator, page):
    client = signed_in(operator)
    for ask in (client.get, client.post):
        answer = ask(page)
        assert (answer.status_code, answer.url) == (302, SET_UP)
    assert "double authentification" in client.get(SET_UP, follow=True).content.decode()


@pytest.mark.parametrize("page", DESK)
def test_staff_with_one_go_on(operator, page):
    TOTP.activate(operator, generate_totp_secret())
    assert signed_in(operator).get(page).headers.get("Location") != SET_UP


def test_recovery_codes_alone_are_not_one(operator):
    RecoveryCodes.activate(operator)
    assert signed_in(operator).get("/admin/").url == SET_UP


def test_staff_set_it_up_and_the_desk_opens(client, operator):
    client.post(reverse("account_login"), {"login": operator.email, "password": PASSWORD})
    activate(client)
    assert client.get("/admin/").status_code == 200
    assert RecoveryCodes(operator.authenticator_set.get(type="recovery_codes")).get_unused_codes()


def test_the_password_is_asked_again_after_a_while_and_of_who_came_in_by_his_mailbox(client, operator, settings):
    enter_by_mail(client, operator)
    assert client.get(APPLICATION).url.startswith(reverse("account_reauthenticate"))
    client.post(reverse("account_logout"))
    client.post(reverse("account_login"), {"login": operator.email, "password": PASSWORD})
    assert client.get(APPLICATION).status_code == 200
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
    assert client.get(APPLICATION).url.startswith(reverse("account_reauthenticate"))


def enter_by_mail(client, operator):
    client.post(reverse("account_request_login_code"), {"email": operator.email})
    code = re.search(r"^ *([A-Z0-9]{3,}-?[A-Z0-9]+) *$", mail.outbox[-1].body, re.MULTILINE)[1]
    client.post(reverse("account_confirm_login_code"), {"code": code})


def test_who_has_no_password_sets_it_up_too(client, operator):
    operator.set_unusable_password()
    operator.save()
    enter_by_mail(client, operator)
    activate(client)
    assert client.get("/admin/").status_code == 200


def activate(client):
    secret = client.get(APPLICATION).context["form"].secret
    counter = next(auth.yield_hotp_counters_from_time())
    client.post(APPLICATION, {"code": auth.format_hotp_value(auth.hotp_value(secret, counter))})


def test_who_has_one_is_asked_for_it_at_the_door(client, operator):
    TOTP.activate(operator, generate_totp_secret())
    entered = {"login": operator.email, "password": PASSWORD}
    assert client.post(reverse("account_login"), entered).url == reverse("mfa_authenticate")
    assert client.get("/admin/").url.startswith("/admin/login/")


@pytest.mark.parametrize("page", ["/compte/email/", "/compte/2fa/", "/mentions-legales/", "/healthz"])
def test_the_account_and_public_pages_stay_open(operator, page):
    assert signed_in(operator).get(page).headers.get("Location") != SET_UP


def test_it_has_one_name_everywhere(client, operator):
    operator.set_unusable_password()
    operator.save()
    enter_by_mail(client, operator)
    for page in ("mfa_index", "mfa_activate_totp", "mfa_list_webauthn"):
        shown = client.get(reverse(page)).content.decode()
        assert "ouble authentification" in shown
        assert "facteurs" not in shown


def test_no_refusal_about_it_has_another_name():
    assert not [told for told in FactorAdapter.error_messages.values() if "facteurs" in str(told)]


def test_who_leaves_may_leave(operator):
    client = signed_in(operator)
    client.post("/admin/logout/")
    assert "_auth_user_id" not in client.session


def test_producers_are_not_asked():
    client = signed_in(MemberFactory().user)
    assert client.get("/factures/").status_code == 200
    assert client.get("/admin/").url.startswith("/admin/login/")


def test_whoever_opens_the_portal_without_it_is_warned(settings):
    assert not staff_have_a_second_factor(None)
    settings.STAFF_MFA = False
    assert [problem.id for problem in staff_have_a_second_factor(None)] == ["agrilocal18.W003"]


def test_where_it_is_not_demanded_nobody_is_asked(operator, settings):
    settings.STAFF_MFA = False
    assert signed_in(operator).get("/admin/").status_code == 200

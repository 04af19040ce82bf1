"""Invitations: one letter with one link, for one address, once, for a while."""

import logging
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.conf import settings
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from suppliers.journals import erasing
from suppliers.models import InvitationClosed, Mail, NotOurs, User
from suppliers.models.houses import FROM_HOUSE, TO_ADDRESS
from suppliers.models.mail import State
from suppliers.outbox import send_due
from suppliers.tasks import forget_mails
from tests.at_once import at_once
from tests.factories import BuyerMemberFactory, MemberFactory
from tests.invitations import ADDRESS, account, act, come, invite, letter_to, link_in, read
from tests.letters import forget_welcome
from tests.people import signed_in
from tests.test_accounts import code_in, forget_attempts

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_attempts():
    forget_attempts()


@pytest.fixture(params=["supplier", "buyer"])
def house(request):
    member = (MemberFactory if request.param == "supplier" else BuyerMemberFactory)()
    found = getattr(member, request.param)
    found.host = signed_in(member.user)
    forget_welcome()
    return found


@pytest.fixture
def link(house):
    invite(house.host, house)
    return link_in(letter_to())


def acts(house):
    return list(house.member_changes.order_by("pk").values_list("what", flat=True))


def is_member(house, user) -> bool:
    return house.members.filter(user=user).exists()


# --- The usual way ---


def test_who_has_an_account_comes_in(house, link):
    user = account()
    client = come(link, user)
    assert client.answer["Location"] == house.path
    assert client.get(house.path).status_code == 200
    assert acts(house) == ["invited", "joined"]
    assert "Invitation acceptée" in read(house.host, house)
    mail.outbox.clear()
    send_due()
    told = {letter.to[0]: letter.subject for letter in mail.outbox}
    assert told.keys() == {house.host.user.email, ADDRESS}
    assert told[ADDRESS].startswith("Vous pouvez agir")


def test_a_new_person_signs_up_with_that_address_and_no_agent_is_asked(house, link, client, mailoutbox):
    page = client.get(link, follow=True)
    assert page.redirect_chain == [(reverse("invitation"), 302)]
    assert str(house) in page.content.decode().replace("&#x27;", "'")
    assert reverse("invitation_account") in page.content.decode()
    mailoutbox.clear()
    posted = {"email": "mallory@example.org", "first_name": "Sophie", "last_name": ""}
    assert client.post(reverse("invitation_account"), posted).status_code == 302
    assert mailoutbox[0].to == [ADDRESS]
    door = reverse("account_email_verification_sent")
    assert client.post(door, {"code": code_in(mailoutbox[0])})["Location"] == reverse("invitation")
    assert "Accepter" in client.get(reverse("invitation")).content.decode()
    client.post(reverse("invitation"))
    user = User.objects.get(email=ADDRESS)
    assert is_member(house, user)
    assert not user.membership_requests.exists()
    assert not User.objects.filter(email="mallory@example.org").exists()


def test_who_must_sign_in_first_comes_back_to_the_invitation(house, link, client, mailoutbox):
    account()
    client.get(link)
    wanted = reverse("invitation")
    assert f"{reverse('account_login')}?next={wanted}" in client.get(wanted).content.decode()
    assert client.post(wanted)["Location"] == wanted
    mailoutbox.clear()
    client.post(reverse("account_login"), {"login": ADDRESS, "next": wanted})
    answer = client.post(reverse("account_confirm_login_code"), {"code": code_in(mailoutbox[0]), "next": wanted})
    assert answer["Location"] == wanted
    assert client.post(wanted)["Location"] == house.path


def test_the_letter_says_who_what_and_until_when(house):
    invite(house.host, house)
    letter = letter_to()
    until = timezone.localdate() + timedelta(days=settings.INVITATION_DAYS)
    for body in (letter.body, letter.alternatives[0][0]):
        assert house.for_members in body
        assert str(until.year) in body
        assert link_in(letter) in body
        assert "Choisir quand nous vous écrivons" not in body
        assert house.host.user.first_name not in body
    assert "une personne a donné votre adresse" in letter.body


# --- Once, for that address, for a while ---


def test_it_serves_once(house, link):
    user = account()
    come(link, user)
    house.members.filter(user=user).delete()
    assert come(link, user).answer.status_code == 404
    assert not is_member(house, user)


def test_a_mail_scanner_that_opens_the_link_uses_nothing_up(house, link):
    scanner = Client()
    scanner.get(link, follow=True)
    scanner.post(reverse("invitation"))
    assert come(link, account()).answer["Location"] == house.path


@pytest.mark.parametrize("whose", ["another address", "not verified"])
def test_another_account_cannot_accept(house, link, whose):
    other = account("mallory@example.org") if whose == "another address" else account(verified=False)
    client = come(link, other)
    assert client.answer["Location"] == reverse("invitation")
    assert "pour une autre" in client.get(reverse("invitation")).content.decode()
    assert not is_member(house, other)
    assert house.invitations.open().exists()
    with pytest.raises(NotOurs):
        house.invitations.get().accept(by=other)


def test_a_colleague_who_took_the_address_without_proving_it_gains_nothing(house, link):
    other = account("mallory@example.org")
    EmailAddress.objects.create(user=other, email=ADDRESS, verified=False)
    come(link, other)
    assert not is_member(house, other)


def test_it_expires(house, link):
    house.invitations.update(expires_at=timezone.now())
    assert come(link, account()).answer.status_code == 404
    assert "expirée" in read(house.host, house)
    mail.outbox.clear()
    act(house.host, house, "member_invitation", house.invitations.get().pk, again="")
    assert come(link_in(letter_to()), User.objects.get(email=ADDRESS)).answer["Location"] == house.path


def test_until_it_expires_it_is_good(house, settings):
    settings.INVITATION_DAYS = 3
    invite(house.host, house)
    left = house.invitations.get().expires_at - timezone.now()
    assert timedelta(days=2, hours=23) < left <= timedelta(days=3)


def test_sent_again_only_the_newest_link_opens(house, link):
    act(house.host, house, "member_invitation", house.invitations.get().pk, again="")
    newest = link_in(letter_to())
    user = account()
    assert newest != link
    assert come(link, user).answer.status_code == 404
    assert come(newest, user).answer["Location"] == house.path
    assert acts(house) == ["invited", "invited_again", "joined"]


def test_cancelled_it_opens_nothing_and_its_letter_does_not_leave(house, link):
    key = house.invitations.get().pk
    act(house.host, house, "member_invitation", key, again="")
    for _ in range(2):
        act(house.host, house, "member_invitation", key, cancel="")
    mail.outbox.clear()
    send_due()
    assert not mail.outbox
    assert come(link, account()).answer.status_code == 404
    assert acts(house) == ["invited", "invited_again", "cancelled"]
    assert "Invitations sans réponse" not in read(house.host, house)


def test_a_page_of_the_invitation_that_aged_accepts_nothing(house, link):
    """Cancelled between the look and the button."""
    client = signed_in(account())
    client.get(link)
    seen = house.invitations.get()
    house.cancel(seen, by=house.host.user)
    assert client.post(reverse("invitation")).status_code == 404
    with pytest.raises(InvitationClosed):
        seen.accept(by=client.user)


@pytest.mark.django_db(transaction=True)
def test_two_acceptances_at_once_make_one_member(house, link):
    user = account()
    one, other = signed_in(user), signed_in(user)
    for client in (one, other):
        client.get(link)
    answers = at_once(
        *[lambda client=client: client.post(reverse("invitation")).status_code for client in (one, other)]
    )
    assert sorted(answers) == [302, 404]
    assert house.members.filter(user=user).count() == 1
    assert acts(house) == ["invited", "joined"]


def test_a_link_that_never_was_opens_nothing(client):
    assert client.get(reverse("invitation_link", args=["rien"]), follow=True).status_code == 404
    assert client.get(reverse("invitation")).status_code == 404
    assert client.get(reverse("invitation_account"))["Location"] == reverse("invitation")


# --- Secrets ---


def test_the_token_stands_in_the_letter_alone(house, caplog):
    caplog.set_level(logging.DEBUG)
    invite(house.host, house)
    link = link_in(letter_to())
    client = signed_in(account())
    assert client.get(link)["Location"] == reverse("invitation")
    token = link.rstrip("/").rsplit("/", 1)[1]
    assert len(token) > 40
    assert token not in caplog.text
    assert token not in str(dict(client.session))
    for model in apps.get_models():
        for row in model._default_manager.values():
            assert token not in str(row), model
    assert client.get(reverse("invitation"))["Referrer-Policy"] == "same-origin"


def test_it_never_tells_whether_the_address_has_an_account(house):
    account("connue@example.org")
    said = []
    for address in ("connue@example.org", "inconnue@example.org"):
        answer = house.host.post(house.members_path, {"email": address}, follow=True)
        letter = letter_to(address)
        words = letter.body.replace(link_in(letter), "")
        said.append(([str(message) for message in answer.context["messages"]], letter.subject, words))
    assert said[0] == said[1]
    page = read(house.host, house)
    assert page.count("connue@example.org, envoyée le") == 2
    for mailed in Mail.objects.filter(kind__endswith="invitation"):
        assert mailed.user is None


def test_of_his_colleagues_he_knows_already(house):
    page = house.host.post(house.members_path, {"email": house.host.user.email.upper()}).content.decode()
    assert "agit déjà pour vous" in page
    assert not house.invitations.exists()


# --- Bounds ---


def test_a_house_writes_to_few_people_a_day(house):
    for number in range(FROM_HOUSE + 1):
        answer = invite(house.host, house, f"personne-{number}@example.net")
    assert "Attendez demain" in answer.content.decode()
    assert house.invitations.count() == FROM_HOUSE
    with erasing():
        house.member_changes.update(at=timezone.now() - timedelta(days=1, minutes=1))
    assert invite(house.host, house, "encore@example.net").status_code == 302


def test_nobody_is_flooded(house):
    for _ in range(TO_ADDRESS + 1):
        answer = invite(house.host, house)
    assert "Attendez demain" in answer.content.decode()
    key = house.invitations.get().pk
    assert (
        "Attendez demain"
        in house.host.post(
            reverse(f"{house.space}:member_invitation", args=[house.pk, key]), {"again": ""}, follow=True
        ).content.decode()
    )
    mail.outbox.clear()
    send_due()
    assert len([letter for letter in mail.outbox if letter.to == [ADDRESS]]) == 1  # Only the newest is still true.


@pytest.mark.parametrize("address", ["", "pas une adresse", "a@b.fr, c@d.fr", "a@b.fr\nBcc: c@d.fr"])
def test_a_wrong_address_is_said_and_kept(house, address):
    assert invite(house.host, house, address).context["form"].errors.keys() == {"email"}
    assert not house.invitations.exists()


# --- Kept and forgotten ---


def test_the_address_of_who_never_came_is_forgotten(house, link, settings):
    later = timezone.now() - timedelta(days=settings.MAILS_KEPT_DAYS + settings.INVITATION_DAYS + 1)
    house.invitations.update(expires_at=later)
    with erasing():
        house.member_changes.update(at=later)
    Mail.objects.update(created_at=later)
    forget_mails()
    assert not house.invitations.exists()
    for model in apps.get_models():
        for row in model._default_manager.values():
            assert ADDRESS not in str(row), model
    assert "adresse oubliée" in read(house.host, house)
    assert acts(house) == ["invited"]


def test_what_is_recent_is_not_forgotten(house, link):
    forget_mails()
    assert house.invitations.open().exists()
    assert house.member_changes.get().address == ADDRESS


def test_the_outbox_writes_to_an_address_once_and_drops_what_became_untrue(house):
    invite(house.host, house)
    mailed = Mail.objects.get(kind__endswith="invitation")
    assert (mailed.to, mailed.user, mailed.state) == (ADDRESS, None, State.WAITING)
    house.cancel(house.invitations.get(), by=house.host.user)
    send_due()
    mailed.refresh_from_db()
    assert mailed.state == State.DROPPED

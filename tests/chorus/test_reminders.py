"""Mail before a technical password dies: to whom, when, once, whatever breaks in between."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.utils import timezone

from agrilocal18.apps import AGENTS
from chorus import mails
from chorus.models import TechnicalAccount
from suppliers.models import Mail
from suppliers.outbox import send_due
from tests.factories import MemberFactory, SupplierFactory, TechnicalAccountFactory, UserFactory
from tests.letters import forget_welcome

pytestmark = pytest.mark.django_db

DEATH = datetime(2027, 3, 31, 12, tzinfo=ZoneInfo("Europe/Paris"))


@pytest.fixture(autouse=True)
def on(settings):
    settings.CHORUS = {**settings.CHORUS, "ENVIRONMENT": "simulator", "OWN_ACCOUNTS": True}


@pytest.fixture
def agent(db):
    person = UserFactory(is_staff=True)
    person.groups.add(Group.objects.get_or_create(name=AGENTS)[0])
    return person


@pytest.fixture
def account(db):
    return TechnicalAccountFactory(password_expires_at=DEATH)


@pytest.fixture
def at(monkeypatch):
    """Sweeps at that moment; gives how many letters left."""

    def sweep(moment, *, send=True) -> int:
        monkeypatch.setattr(timezone, "now", lambda: moment)
        forget_welcome()
        mails.remind()
        return send_due() if send else 0

    return sweep


@pytest.fixture
def before(at):
    return lambda send=True, **left: at(DEATH - timedelta(**left), send=send)


def told() -> list[str]:
    return [address for message in mail.outbox for address in message.to]


def test_each_threshold_is_told_once(agent, account, before):
    assert [before(days=left) for left in (40, 31, 30, 29, 16, 15, 14, 6, 5, 4, 2, 1)] == [
        *(0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1)
    ]
    assert [before(hours=12), before(hours=0), before(days=-3)] == [0, 1, 0]
    assert told() == [agent.email] * 5


def test_an_account_found_late_is_told_of_once(agent, account, before):
    assert before(days=3) == 1
    assert before(days=3) == 0


def test_it_says_what_to_do_in_french(agent, account, before):
    before(days=5)
    (message,) = mail.outbox
    assert message.subject == "Le mot de passe du compte technique Chorus Pro expire le 31 mars 2027"
    for words in ("Renouvelez le mot de passe", "Comptes techniques", account.login):
        assert words in message.body
    assert account.password not in message.body


def test_the_dead_password_is_told_once(agent, account, before):
    assert before(days=-1) == 1
    assert "a expiré" in mail.outbox[0].subject
    assert "elles attendent" in mail.outbox[0].body


def test_the_portals_account_is_the_business_of_staff_alone(agent, account, before):
    MemberFactory()
    UserFactory(is_staff=True)  # Without the right to see accounts.
    UserFactory(is_staff=True, is_superuser=True, is_active=False)
    chief = UserFactory(is_staff=True, is_superuser=True)
    before(days=1)
    assert sorted(told()) == sorted([agent.email, chief.email])


def test_an_own_account_is_told_to_its_supplier_and_staff(agent, before):
    member, neighbour = MemberFactory(), MemberFactory()
    TechnicalAccountFactory(password_expires_at=DEATH, supplier=member.supplier, login="TECH_7@cpro.fr")
    before(days=15)
    by_address = {message.to[0]: message.body for message in mail.outbox}
    assert set(by_address) == {agent.email, member.user.email}
    assert neighbour.user.email not in by_address
    assert "Mon compte technique" in by_address[member.user.email]
    assert "C'est au fournisseur" in by_address[agent.email]


def test_a_renewed_password_starts_again(agent, account, at):
    assert at(DEATH - timedelta(days=1)) == 1
    later = DEATH + timedelta(days=424)
    TechnicalAccount.objects.update(password_expires_at=later)
    assert at(DEATH) == 0
    assert at(later - timedelta(days=30)) == 1


@pytest.mark.parametrize("gone", ["renewed", "removed", "left"])
def test_what_waits_is_dropped_when_it_makes_no_sense_any_more(agent, account, before, gone):
    before(days=1, send=False)
    if gone == "renewed":
        TechnicalAccount.objects.update(password_expires_at=DEATH + timedelta(days=424))
    elif gone == "removed":
        TechnicalAccount.objects.update(is_active=False)
    else:
        agent.groups.clear()
    assert before(days=1) == 0
    assert not mail.outbox
    assert Mail.objects.get(kind="password").dropped_at


def test_a_threshold_that_could_not_be_told_gives_way_to_the_next(agent, account, before):
    before(days=5, send=False)
    assert before(days=1) == 1


def test_another_environment_and_an_unused_account_are_not_told(agent, before):
    TechnicalAccountFactory(password_expires_at=DEATH, environment="production", login="TECH_5@cpro.fr")
    TechnicalAccountFactory(password_expires_at=DEATH, is_active=False)
    TechnicalAccountFactory(password_expires_at=None, login="TECH_6@cpro.fr")
    own = SupplierFactory(no_account=True)
    TechnicalAccountFactory(password_expires_at=DEATH, supplier=own, login="TECH_8@cpro.fr")
    assert before(days=1) == 0


def test_the_thresholds_are_a_setting(agent, account, settings, before):
    settings.CHORUS = {**settings.CHORUS, "PASSWORD_REMINDERS": [60]}
    assert before(days=59) == 1
    assert before(days=1) == 0
    assert before(days=0) == 1

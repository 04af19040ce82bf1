"""Mail to staff about the portal's own health: to whom, once, not when it is over."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.utils import timezone

from agrilocal18 import readiness, tasks
from agrilocal18.apps import AGENTS
from agrilocal18.celery import Listener, app
from agrilocal18.mails import tell_silence
from chorus.models import Alarm, Breaker, Submission, Sweep, TechnicalAccount
from invoicing.lifecycle import Status
from suppliers.models import Mail, User
from suppliers.outbox import send_due
from tests.factories import InvoiceFactory, TechnicalAccountFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def on(settings):
    settings.CHORUS = {**settings.CHORUS, "ENVIRONMENT": "simulator"}


@pytest.fixture
def agent():
    person = UserFactory(is_staff=True)
    person.groups.add(Group.objects.get_or_create(name=AGENTS)[0])
    return person


@pytest.fixture
def operator():
    return User.objects.create_superuser("operator@example.org")


def told(*people) -> list[str]:
    """Subjects of what left now for these people; nobody else was told."""
    mail.outbox.clear()
    send_due()
    assert {to for letter in mail.outbox for to in letter.to} <= {person.email for person in people}
    return sorted(letter.subject for letter in mail.outbox)


def watched(times=1):
    for _ in range(times):
        tasks.watch()


# --- Accounts ---

STOPPED = "Compte technique Chorus Pro arrêté\u00a0: platform"


@pytest.fixture
def account():
    return TechnicalAccountFactory(login="platform")


def test_a_blocked_account_is_told_once(agent, account):
    watched()
    assert told(agent) == []
    account.block("Mot de passe expiré")
    watched(3)
    assert told(agent) == [STOPPED]
    watched(3)
    assert told(agent) == []


def test_blocked_again_it_is_told_again(agent, account):
    for _ in range(2):
        account.block("Mot de passe expiré")
        watched()
        assert told(agent) == [STOPPED]
        account.unblock()
        watched()


def test_an_account_that_works_again_before_the_mail_leaves_is_not_told(agent, account):
    account.block("Mot de passe expiré")
    watched()
    account.unblock()
    assert told(agent) == []
    assert Mail.objects.get().dropped_at


def test_sending_that_waits_for_a_person_is_told(agent, account):
    Breaker.objects.create(account=account, paused_since=timezone.now(), paused_reason="Le même refus")
    watched(2)
    assert told(agent) == [STOPPED]
    assert "« Reprendre les envois »" in mail.outbox[0].body.replace("\u00a0", " ")
    TechnicalAccount.objects.get().resume()
    watched()
    assert told(agent) == []


def test_a_supplier_is_not_told_of_the_portals_account(account):
    UserFactory(), UserFactory(is_staff=True)
    account.block("Mot de passe expiré")
    watched()
    assert told() == []


# --- Doubt ---

DOUBTFUL = "Des envois vers Chorus Pro restent incertains"


def doubt(account, hours):
    since = timezone.now() - timedelta(hours=hours)
    values = {"account": account, "structure_cpp_id": 7, "claimed_at": since, "doubt_since": since}
    invoice = InvoiceFactory(status=Status.SENDING)
    return Submission.objects.create(
        invoice=invoice, status=Submission.Status.IN_DOUBT, environment="simulator", **values
    )


def test_growing_doubt_is_told_once_until_it_is_over(agent, account):
    doubt(account, 0)
    watched()
    assert told(agent) == []
    row = doubt(account, 3)
    watched(3)
    assert told(agent) == [DOUBTFUL]
    # Another one takes the place of the oldest: the same trouble goes on.
    doubt(account, 4)
    Submission.objects.filter(pk=row.pk).update(status=Submission.Status.HELD)
    watched(3)
    assert told(agent) == []
    Submission.objects.update(status=Submission.Status.HELD)
    watched()
    doubt(account, 3)
    watched()
    assert told(agent) == [DOUBTFUL]


def test_doubt_that_was_settled_before_the_mail_leaves_is_not_told(agent, account):
    doubt(account, 3)
    watched()
    Submission.objects.update(status=Submission.Status.HELD)
    watched()
    assert told(agent) == []


# --- Disk ---


def test_a_full_disk_is_told_to_operators_once(agent, operator, settings):
    watched()
    assert told(operator) == []
    settings.DISK_FREE_MIN = 10**18
    watched(3)
    assert told(operator) == ["Le disque du portail est presque plein"]
    assert "manage.py doctor" in mail.outbox[0].body
    watched(3)
    assert told(operator) == []
    settings.DISK_FREE_MIN = 0
    watched()
    assert not Alarm.objects.exists()
    settings.DISK_FREE_MIN = 10**18
    watched()
    assert len(told(operator)) == 1


def test_one_look_that_fails_keeps_no_other_from_telling(agent, account, settings):
    account.block("Mot de passe expiré")
    settings.DISK_FREE_MIN = "a lot"
    with pytest.raises(TypeError):
        tasks.watch()
    assert told(agent) == [STOPPED]
    assert Sweep.objects.get(name=readiness.WATCH).ended_at is None


# --- Beat ---


def be_silent(**duration):
    Sweep.objects.filter(name=readiness.WATCH).update(began_at=timezone.now() - timedelta(**duration))


def test_a_silent_beat_is_told_by_a_worker_itself(agent, operator):
    watched()
    be_silent(minutes=5)
    tasks.listen_to_beat()
    assert mail.outbox == []
    be_silent(minutes=11)
    tasks.listen_to_beat()
    tasks.listen_to_beat()
    [letter] = mail.outbox
    assert (letter.to, letter.subject) == ([operator.email], "Le service de fond du portail s'est tu")


def test_a_portal_that_never_ran_misses_nothing(operator):
    tasks.listen_to_beat()
    assert Mail.objects.count() == 0


def test_a_beat_that_came_back_before_the_mail_left_is_not_told(operator):
    watched()
    be_silent(minutes=11)
    assert tell_silence()
    watched()
    assert told(operator) == []


class Timer:
    def call_repeatedly(self, seconds, act):
        self.seconds, self.act = seconds, act
        return self

    def cancel(self):
        self.act = None


class Worker:
    timer = Timer()


def test_each_worker_listens_by_its_own_clock(memory_broker):
    assert Listener in app.steps["worker"]
    step = Listener(Worker)
    step.start(Worker)
    assert timedelta(seconds=Worker.timer.seconds) < readiness.SILENT_AFTER
    Worker.timer.act()
    with app.connection_for_read() as bus:
        message = bus.SimpleQueue("celery").get(timeout=10)
        message.ack()
    assert message.headers["task"] == tasks.listen_to_beat.name
    step.stop(Worker)
    assert Worker.timer.act is None

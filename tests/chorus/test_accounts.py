"""Technical accounts: what they may act for, their secrets, and when their passwords die."""

from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from chorus import accounts, checkup, doubt
from chorus.models import Breaker, Connection, PisteApplication, SetAside, Submission, TechnicalAccount
from chorus.simulator import world
from chorus.steps import Step
from chorus.tasks import deposit_sweep, directory_sweep, news_sweep
from invoicing.lifecycle import Status
from invoicing.models import Invoice
from tests.factories import InvoiceFactory, OrderFactory, SupplierFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

FARM = world.SUPPLIERS[0].siret


def test_attachments_follow_what_chorus_lists(account, simulator, read_twice):
    account.structures.create(siret="10000004100010", cpp_id=1, name="Plus rattachée")
    simulator.attach("10000004100010")
    read_twice()
    sirets = set(account.structures.values_list("siret", flat=True))
    assert sirets == {*world.PLATFORM_ACCOUNT.suppliers, "10000004100010"}
    assert not account.structures.filter(cpp_id=1).exists()


def test_a_structure_is_gone_only_when_a_second_list_leaves_it_out(account, simulator):
    simulator.detach(FARM)
    directory_sweep()
    directory_sweep()
    assert account.structures.filter(siret=FARM, missing_since__isnull=False).exists()
    account.structures.filter(siret=FARM).update(missing_since=timezone.now() - accounts.BELIEVED_AFTER)
    deposit_sweep()
    assert not account.structures.filter(siret=FARM).exists()


def test_one_wrong_empty_list_stops_nothing(account, approved, simulator):
    followed = approved()
    deposit_sweep()
    for supplier in world.PLATFORM_ACCOUNT.suppliers:
        simulator.detach(supplier)
    directory_sweep()
    waiting = approved()
    deposit_sweep()
    news_sweep()
    followed.refresh_from_db()
    waiting.refresh_from_db()
    assert followed.follow_stopped_at is None
    assert waiting.status == Status.APPROVED
    assert waiting.submissions.get().status == Submission.Status.QUEUED
    account.refresh_from_db()
    assert account.blocked_since is None
    for supplier in world.PLATFORM_ACCOUNT.suppliers:
        simulator.attach(supplier)
    directory_sweep()
    deposit_sweep()
    waiting.refresh_from_db()
    assert waiting.status == Status.DEPOSITED
    assert not account.structures.filter(missing_since__isnull=False).exists()


def test_who_asks_is_told_what_the_last_list_says(supplier, simulator):
    simulator.detach(FARM)
    directory_sweep()
    checkup.ask_for_check(supplier)
    checkup.answer_checks()
    assert Connection.objects.get().failing_step == Step.ATTACHMENT


def test_the_password_is_unreadable_in_the_database(account):
    with connection.cursor() as cursor:
        cursor.execute("SELECT password FROM chorus_technicalaccount")
        (stored,) = cursor.fetchone()
    assert world.PLATFORM_ACCOUNT.password not in stored
    assert TechnicalAccount.objects.get().password == world.PLATFORM_ACCOUNT.password


def test_the_token_is_shared_and_unreadable_in_the_database(account, simulator):
    account.ask()
    deposit_sweep()
    account.ask()
    deposit_sweep()
    assert simulator.calls()["token"] == 1
    token = PisteApplication.objects.get().token
    with connection.cursor() as cursor:
        cursor.execute("SELECT token FROM chorus_pisteapplication")
        assert token not in cursor.fetchone()[0]


def test_the_date_on_which_the_password_dies_is_read_from_chorus(account, simulator):
    simulator.expire_password(in_seconds=12 * 24 * 3600)
    directory_sweep()
    account.refresh_from_db()
    assert timedelta(days=11) < account.password_expires_at - timezone.now() < timedelta(days=13)


# --- A blocked account is not hammered ---

DEAD = "un-mot-de-passe-perdu"


@pytest.fixture
def blocked(account, simulator, patient):
    """Its password was changed over there; one probe found out."""
    patient(RETRY_DELAY=60)
    simulator.set_password(DEAD)
    accounts.read_all_attachments()
    account.refresh_from_db()
    assert account.blocked_since
    return account


def refused(simulator) -> int:
    """How often the far side was asked with a password it refuses; a 401 is asked once more with a fresh token."""
    return simulator.calls()["transverses/health-check"]


def time_of_the_probe() -> None:
    Breaker.objects.update(next_probe_at=timezone.now())


def test_it_is_probed_after_a_pause_that_grows_up_to_an_hour(blocked, simulator):
    before = refused(simulator)
    deposit_sweep()
    directory_sweep()
    assert refused(simulator) == before
    pauses = []
    for _ in range(9):
        time_of_the_probe()
        began = timezone.now()
        accounts.probe_blocked()
        pauses.append(Breaker.objects.get().next_probe_at - began)
    assert pauses[0] >= timedelta(minutes=2)
    assert pauses[1] >= timedelta(minutes=4)
    assert timedelta(minutes=40) <= pauses[-1] <= timedelta(hours=1, seconds=5)


def test_another_password_is_tried_at_once(blocked, simulator, client):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    form = {"login": blocked.login, "is_active": "on", "new_password": DEAD}
    inline = {"structures-TOTAL_FORMS": 0, "structures-INITIAL_FORMS": 0}
    url = reverse("admin:chorus_technicalaccount_change", args=[blocked.pk])
    assert client.post(url, form | inline).status_code == 302
    deposit_sweep()
    blocked.refresh_from_db()
    assert (blocked.blocked_since, blocked.failing_step) == (None, "")


def test_an_unchanged_form_does_not_hasten_it(blocked, simulator, client):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    form = {"login": blocked.login, "is_active": "on", "new_password": ""}
    inline = {"structures-TOTAL_FORMS": 0, "structures-INITIAL_FORMS": 0}
    client.post(reverse("admin:chorus_technicalaccount_change", args=[blocked.pk]), form | inline)
    before = refused(simulator)
    deposit_sweep()
    assert refused(simulator) == before


def test_staff_who_ask_make_it_try_and_resume(blocked, simulator):
    """As after a consent was mended: no need to wait for the next probe."""
    simulator.set_password(world.PLATFORM_ACCOUNT.password)
    blocked.ask()
    deposit_sweep()
    blocked.refresh_from_db()
    assert blocked.blocked_since is None
    assert Breaker.objects.get().denials == 0


def test_suppliers_who_ask_do_not_make_it_try(blocked, simulator):
    before = refused(simulator)
    for known in world.SUPPLIERS[:2]:
        checkup.ask_for_check(SupplierFactory(siren=known.siret[:9]))
    deposit_sweep()
    assert {connection.failing_step for connection in Connection.objects.all()} == {Step.ACCOUNT}
    assert refused(simulator) == before


def test_doubts_wait_for_a_blocked_account(account, approved, simulator):
    invoice = approved()
    simulator.trouble("lost_answer", operation="factures/soumettre")
    deposit_sweep()
    Submission.objects.update(status=Submission.Status.IN_DOUBT, cpp_id=None, due_at=timezone.now())
    account.block("401")
    doubt.settle_due()
    assert invoice.submissions.get().status == Submission.Status.IN_DOUBT
    account.unblock()
    Submission.objects.update(due_at=timezone.now())
    doubt.settle_due()
    assert invoice.submissions.get().status == Submission.Status.DEPOSITED


# --- One structure that refuses us ---

RIGHT_TAKEN_BACK = {"code": 20001, "label": "GDP_MSG_11.005 L'utilisateur n'a pas les habilitations nécessaires"}


@pytest.fixture
def refusing(account, approved, simulator, patient):
    """The account lists the farm, and Chorus Pro refuses what is deposited for it."""
    patient(RETRY_DELAY=60)
    simulator.trouble("business_error", operation="factures/soumettre", times=1, **RIGHT_TAKEN_BACK)
    invoice = approved()
    deposit_sweep()
    return account.structures.get(siret=FARM), invoice.submissions.get()


def test_it_stops_its_own_supplier_alone(account, refusing, college, simulator):
    _, submission = refusing
    dairy = SupplierFactory(siren=world.SUPPLIERS[1].siret[:9])
    other = InvoiceFactory(order=OrderFactory(supplier=dairy, buyer=college), status=Status.APPROVED)
    deposit_sweep()
    account.refresh_from_db()
    assert account.blocked_since is None
    assert submission.status == Submission.Status.BLOCKED
    assert other.submissions.get().status == Submission.Status.DEPOSITED


def test_what_waits_for_it_tries_again_ever_more_rarely(refusing, approved, simulator):
    structure, submission = refusing
    tries = simulator.calls()["factures/soumettre"]
    approved()
    deposit_sweep()
    assert simulator.calls()["factures/soumettre"] == tries
    pauses = []
    for _ in range(8):
        structure.refresh_from_db()
        began = timezone.now()
        structure.not_allowed()
        structure.refresh_from_db()
        pauses.append(structure.next_try_at - began)
    assert timedelta(minutes=2) <= pauses[0] <= timedelta(minutes=3, seconds=5)
    assert timedelta(minutes=40) <= pauses[-1] <= timedelta(hours=1, seconds=5)
    account = structure.account
    account.structures.update(next_try_at=timezone.now())
    deposit_sweep()
    submission.refresh_from_db()
    assert submission.status == Submission.Status.DEPOSITED


def test_a_check_that_finds_nothing_wrong_lets_it_try_at_once(refusing):
    _, submission = refusing
    checkup.ask_for_check(submission.invoice.supplier)
    deposit_sweep()
    submission.refresh_from_db()
    assert submission.status == Submission.Status.DEPOSITED


def test_a_history_refused_that_way_is_set_aside_and_the_others_are_read(account, approved, simulator):
    invoices = [approved() for _ in range(3)]
    deposit_sweep()
    for invoice in invoices:
        simulator.play(invoice.submissions.get().cpp_id, "MISE_A_DISPOSITION")
    simulator.trouble("business_error", operation="consulter/historique", times=1, **RIGHT_TAKEN_BACK)
    news_sweep()
    account.refresh_from_db()
    assert account.blocked_since is None
    aside = SetAside.objects.get()
    assert aside.reason.startswith("NotAllowed")
    # Asked for again at the end of the same sweep, which was not stopped.
    assert aside.solved_at
    assert Invoice.objects.filter(status=Status.AVAILABLE).count() == 3


# --- A supplier nobody attached ---


def test_the_longer_one_waits_for_an_attachment_the_rarer_the_list_is_read(account, approved, simulator):
    simulator.detach(FARM)
    account.structures.filter(siret=FARM).delete()
    submission = Submission.objects.filter(invoice=approved())
    deposit_sweep()
    submission.update(due_at=timezone.now() - timedelta(days=3))
    account.refresh_from_db()
    lists = "transverses/recuperer/structures/actives/fournisseur"

    def read_after(pause: timedelta) -> bool:
        TechnicalAccount.objects.update(attachments_read_at=timezone.now() - pause)
        before = simulator.calls().get(lists, 0)
        deposit_sweep()
        return simulator.calls().get(lists, 0) > before

    assert [read_after(pause) for pause in (timedelta(minutes=50), timedelta(minutes=61))] == [False, True]
    simulator.attach(FARM)
    assert read_after(timedelta(minutes=61))
    assert submission.get().status == Submission.Status.DEPOSITED

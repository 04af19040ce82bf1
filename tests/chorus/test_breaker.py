"""What fails alike for many is not the fault of one: an outage, a quota, a refusal that everybody hears."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from chorus import deposit, plain
from chorus.models import Breaker, Exchange, PisteApplication, Submission
from chorus.simulator import Simulator, world
from chorus.tasks import deposit_sweep
from chorus.wiring import Clients, connect
from invoicing.lifecycle import Status
from invoicing.models import Invoice
from tests.at_once import at_once
from tests.factories import InvoiceFactory, OrderFactory, SupplierFactory, UserFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.core]

ST = Submission.Status
UPLOAD = "transverses/ajouter/fichier"
REFUSAL = {"operation": "soumettre", "code": 29011, "label": "SIM_MSG_02.001 - Destinataire inconnu"}


def uploads() -> int:
    return Exchange.objects.filter(operation=UPLOAD).count()


def time_of_the_trial() -> None:
    Breaker.objects.update(next_trial_at=timezone.now())


def counts() -> dict[str, int]:
    return {status: Submission.objects.filter(status=status).count() for status in Submission.Status}


# --- An outage ---


@pytest.fixture
def outage(simulator, approved, patient):
    """Twelve invoices, and a far side that takes none."""
    patient(RETRY_DELAY=60)
    for _ in range(12):
        approved()
    simulator.trouble("html_error", operation="ajouter/fichier", times=None)
    deposit_sweep()


def test_an_outage_costs_five_calls_not_one_for_each_row_that_waits(outage):
    assert uploads() == 5
    deposit_sweep()
    assert uploads() == 5


def test_one_row_at_a_time_tries_after_a_growing_pause(outage):
    first = Breaker.objects.get()
    time_of_the_trial()
    deposit_sweep()
    assert uploads() == 6
    second = Breaker.objects.get()
    assert second.rests == first.rests + 1
    assert second.next_trial_at - second.rested_at >= timedelta(seconds=120)


def test_two_workers_do_not_both_try_and_a_dead_one_gives_its_trial_up(outage, patient):
    patient(LEASE=600)
    time_of_the_trial()
    assert deposit.claim_next()
    assert deposit.claim_next() is None
    waits = Breaker.objects.get().next_trial_at - timezone.now()
    assert timedelta(seconds=500) < waits <= timedelta(seconds=600)


def test_a_trial_that_passes_lets_the_others_go_and_nobody_is_held(outage, simulator):
    simulator.calm()
    time_of_the_trial()
    deposit_sweep()
    assert not Breaker.objects.get().is_open
    Submission.objects.filter(status=ST.QUEUED).update(due_at=timezone.now())
    deposit_sweep()
    assert counts()[ST.DEPOSITED] == 12
    assert len(simulator.invoices()) == 12


def unfit(simulator, trial):
    trial.invoice.engagement_number = ""


def unlisted(simulator, trial):
    simulator.trouble("business_error", operation="soumettre", code=29999, label="MOTS_INCONNUS")


def already_there(simulator, trial):
    simulator.trouble("business_error", operation="soumettre", code=29001, label="SIM_MSG_01.001")


def taken_by_another_worker(simulator, trial):
    Submission.objects.filter(pk=trial.pk).update(status=ST.HELD)


@pytest.mark.parametrize("ending", [unfit, unlisted, already_there, taken_by_another_worker])
def test_a_trial_that_tells_nothing_of_the_account_lets_the_next_row_try(outage, simulator, patient, ending):
    patient(LEASE=900, RETRY_DELAY=0, SETTLING_DELAY=3600)
    simulator.calm()
    time_of_the_trial()
    Submission.objects.filter(status=ST.QUEUED).update(due_at=timezone.now())
    trial = deposit.claim_next()
    ending(simulator, trial)
    with Clients() as clients:
        deposit.send(trial, clients)
    assert not counts()[ST.DEPOSITED]
    deposit.send_due()
    assert counts()[ST.DEPOSITED] == 11
    assert not Breaker.objects.get().is_open


def test_one_invoice_that_fails_again_and_again_stops_nobody(simulator, approved):
    approved()
    simulator.trouble("html_error", operation="ajouter/fichier", times=None)
    for _ in range(8):
        deposit_sweep()
    assert not Breaker.objects.get().is_open


def test_lost_answers_count_too(simulator, approved, patient):
    patient(RETRY_DELAY=60, SETTLING_DELAY=3600)
    for _ in range(8):
        approved()
    simulator.trouble("html_error", operation="soumettre", times=None)
    deposit.queue_ready()
    deposit.send_due()
    assert counts()[ST.IN_DOUBT] == 5
    assert counts()[ST.QUEUED] == 3


# --- A refusal that everybody hears ---


@pytest.fixture
def refused_to_all(simulator, account, college):
    """Six invoices of six suppliers, refused alike; the last two are suppliers whom the simulator knows."""
    type(account).objects.update(attachments_read_at=timezone.now())
    known = [supplier.siret[:9] for supplier in world.SUPPLIERS[:2]]
    suppliers = [SupplierFactory() for _ in range(4)] + [SupplierFactory(siren=siren) for siren in known]
    for position, supplier in enumerate(suppliers[:4]):
        account.structures.create(siret=supplier.establishments.get().siret, cpp_id=9000 + position)
    invoices = [
        InvoiceFactory(order=OrderFactory(supplier=supplier, buyer=college), status=Status.APPROVED)
        for supplier in suppliers
    ]
    simulator.trouble("business_error", times=None, **REFUSAL)
    deposit.queue_ready()
    deposit.send_due()
    return invoices


def statuses(invoices) -> list[str]:
    return [Invoice.objects.get(pk=invoice.pk).status for invoice in invoices]


def test_the_fifth_equal_refusal_in_a_row_is_nobodys_fault_and_pauses_the_account(refused_to_all, account):
    assert statuses(refused_to_all) == [Status.RETURNED] * 4 + [Status.SENDING, Status.APPROVED]
    assert counts()[ST.BLOCKED] == 1
    assert "SIM_MSG_02.001" in account.breaker.paused_reason


def test_staff_are_told_of_those_that_were_believed_before(refused_to_all):
    flagged = [invoice.events.filter(kind="flag").count() for invoice in refused_to_all]
    assert flagged == [1, 1, 1, 1, 0, 0]


def test_a_healthy_account_does_not_resume_by_itself(refused_to_all, simulator):
    simulator.calm()
    for _ in range(3):
        deposit_sweep()
    assert counts()[ST.BLOCKED] == 1
    assert "transverses/health-check" not in simulator.calls()


def test_a_person_resumes_it_and_the_others_follow_the_one_that_passes(refused_to_all, simulator, account, client):
    simulator.calm()
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    page = client.get(reverse("admin:chorus_technicalaccount_change", args=[account.pk]))
    assert "Reprendre les envois" in page.content.decode()
    client.post(reverse("admin:chorus_technicalaccount_resume", args=[account.pk]))
    for _ in range(2):
        deposit_sweep()
    assert statuses(refused_to_all)[4:] == [Status.DEPOSITED, Status.DEPOSITED]
    account.refresh_from_db()
    assert not account.breaker.is_open


def test_the_same_refusal_again_pauses_it_again_after_one_row(refused_to_all, simulator, account):
    before = simulator.calls()["factures/soumettre"]
    account.resume()
    deposit_sweep()
    account.refresh_from_db()
    assert account.is_paused
    assert simulator.calls()["factures/soumettre"] <= before + 1
    assert Status.RETURNED not in statuses(refused_to_all)[4:]
    assert counts()[ST.HELD] == 1  # a person may give it back, if the refusal is right after all
    assert Invoice.objects.filter(events__kind="flag").distinct().count() == 4


def test_only_who_manages_accounts_resumes(refused_to_all, account, client):
    url = reverse("admin:chorus_technicalaccount_resume", args=[account.pk])
    client.force_login(UserFactory(is_staff=True))
    assert client.post(url).status_code == 403
    assert client.get(url).status_code == 405
    account.refresh_from_db()
    assert account.is_paused


def test_refusals_of_one_supplier_are_his_own(simulator, approved, account):
    for _ in range(7):
        approved()
    simulator.trouble("business_error", times=None, **REFUSAL)
    deposit_sweep()
    assert counts()[ST.REFUSED] == 7


# --- A quota ---


def test_after_a_429_no_worker_calls_before_the_time_that_was_asked_for(simulator, approved, account):
    for _ in range(4):
        approved()
    simulator.trouble("too_many", operation="ajouter/fichier", retry_after=600)
    deposit_sweep()
    before = sum(simulator.calls().values())
    assert PisteApplication.objects.get().paused_until > timezone.now() + timedelta(seconds=500)
    deposit_sweep()
    with Clients() as clients, clients.acting(account) as another, pytest.raises(deposit.Unavailable):
        another.health()
    assert sum(simulator.calls().values()) == before
    assert counts()[ST.QUEUED] == 4
    PisteApplication.objects.update(paused_until=timezone.now())
    Submission.objects.update(due_at=timezone.now())
    deposit_sweep()
    assert counts()[ST.DEPOSITED] == 4


def test_threads_together_never_call_faster_than_the_limit(account, patient):
    """The far side counts, in any second of its own clock; twice the limit leaves room for calls that travel slowly."""
    rate, threads = 10, 8
    with Simulator(quota=2 * rate) as strict:
        patient(CALLS_PER_SECOND=rate, API_URL=strict.url, TOKEN_URL=strict.token_url)

        def work():
            with connect(account) as client:
                for _ in range(5):
                    client.health()

        at_once(*[work] * threads)
    calls = Exchange.objects.filter(operation="transverses/health-check")
    assert calls.count() == 5 * threads
    assert not calls.exclude(http_status=200).exists()


# --- What the journal keeps ---


def test_the_journal_keeps_sizes_the_message_code_and_the_attempt(simulator, approved):
    approved()
    simulator.trouble("business_error", **REFUSAL)
    deposit_sweep()
    sent = Exchange.objects.get(operation="factures/soumettre")
    assert (sent.message_code, sent.attempt) == ("SIM_MSG_02.001", 1)
    assert sent.request_bytes == len(json.dumps(_as_sent(sent.submission), ensure_ascii=False).encode())
    assert sent.response_bytes > 0


def _as_sent(submission):
    from chorus.api.payloads import with_pieces

    return with_pieces(submission.payload, submission.piece_id, plain.file_name(submission.number))

"""What left without a clear answer: looked for, compared, adopted, or believed absent. Everything goes through HTTP."""

import datetime

import pytest
from django.utils import timezone

from chorus import deposit, doubt
from chorus.models import Submission
from chorus.simulator import world
from invoicing.lifecycle import Status
from invoicing.models import Invoice, Kind
from tests.chorus.sweeping import sweep, the_submission
from tests.factories import RecipientFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.core]


@pytest.mark.parametrize("trouble", ["lost_answer", "html_after", "cut_answer"])
def test_a_lost_answer_is_looked_up_not_sent_again(simulator, approved, trouble):
    simulator.set_duplicate_check(False)
    invoice = approved()
    simulator.trouble(trouble, operation="soumettre")
    sweep(times=3)
    invoice.refresh_from_db()
    assert len(simulator.invoices()) == 1
    assert invoice.status == Status.DEPOSITED


@pytest.mark.parametrize("trouble", ["drop", "reset", "html_error", "html_ok", "redirect"])
def test_a_deposit_that_never_arrived_is_sent_again_once_its_absence_is_believed(simulator, approved, trouble):
    simulator.set_duplicate_check(False)
    invoice = approved()
    simulator.trouble(trouble, operation="soumettre")
    sweep()
    assert the_submission(invoice).status == Submission.Status.IN_DOUBT
    sweep(times=4)
    invoice.refresh_from_db()
    assert len(simulator.invoices()) == 1
    assert invoice.status == Status.DEPOSITED


def test_a_number_already_deposited_by_us_is_adopted(simulator, approved):
    invoice = approved()
    sweep()
    cpp_id = the_submission(invoice).cpp_id
    # As after the loss of our database's last minute: we believe it never left.
    Submission.objects.all().delete()
    type(invoice).objects.filter(pk=invoice.pk).update(status=Status.APPROVED)
    sweep(times=2)
    invoice.refresh_from_db()
    assert invoice.status == Status.DEPOSITED
    assert the_submission(invoice).cpp_id == cpp_id
    assert len(simulator.invoices()) == 1


@pytest.mark.parametrize(
    "otherwise",
    [
        {"total_ht": "200", "total_tva": "11", "total_ttc": "211", "net_to_pay": "211"},
        {"issue_date": datetime.date(2026, 11, 3)},
        {"kind": Kind.CREDIT_NOTE, "origin_number": "F-0"},
        {"recipient": world.DEMO_RECIPIENTS[1].siret},
    ],
    ids=lambda otherwise: next(iter(otherwise)),
)
def test_a_number_taken_by_another_invoice_goes_back_to_the_supplier(simulator, approved, otherwise):
    first = approved(number="F-1", number_key="F1")
    sweep()
    Submission.objects.all().delete()
    type(first).objects.filter(pk=first.pk).update(status=Status.WITHDRAWN)
    if "recipient" in otherwise:
        otherwise = {"recipient": RecipientFactory(siret=otherwise["recipient"])}
    second = approved(number="F-1", number_key="F1", **otherwise)
    sweep(times=2)
    second.refresh_from_db()
    assert second.status == Status.RETURNED
    assert "déjà ce numéro" in second.timeline()[-1].reason


def test_a_late_answer_to_a_row_in_doubt_is_still_recorded(simulator, approved):
    invoice = approved()
    deposit.queue_ready()
    submission = deposit.claim_next()
    submission.about_to_call()
    assert deposit.release_expired() == 1
    assert the_submission(invoice).status == Submission.Status.IN_DOUBT
    submission.record(cpp_id=123, answer={})
    invoice.refresh_from_db()
    assert (invoice.status, the_submission(invoice).cpp_id) == (Status.DEPOSITED, 123)


def test_a_second_deposit_told_by_a_late_answer_is_flagged(approved):
    invoice = approved()
    deposit.queue_ready()
    submission = deposit.claim_next()
    assert submission.record(cpp_id=123, answer={})
    assert not submission.record(cpp_id=124, answer={})
    assert the_submission(invoice).cpp_id == 123
    assert "124" in invoice.events.get(kind="flag").reason


@pytest.mark.parametrize("moved_to", [Status.RETURNED, Status.APPROVED])
def test_a_doubt_given_back_moves_no_invoice_that_went_elsewhere_meanwhile(simulator, approved, moved_to):
    invoice = approved()
    simulator.trouble("lost_answer", operation="soumettre")
    deposit.queue_ready()
    deposit.send_due()
    submission = Submission.objects.select_related("invoice").get()
    Invoice.objects.filter(pk=invoice.pk).update(status=moved_to)
    assert submission.requeue(source=Submission.Status.IN_DOUBT, at=timezone.now())
    invoice.refresh_from_db()
    assert (invoice.status, Submission.objects.get().status) == (moved_to, Submission.Status.QUEUED)


def test_a_doubt_given_back_by_an_old_copy_frees_its_invoice(simulator, approved):
    invoice = approved()
    deposit.queue_ready()
    old = Submission.objects.select_related("invoice").get()
    simulator.trouble("lost_answer", operation="soumettre")
    deposit.send_due()
    old.attempt = 1
    assert old.requeue(source=Submission.Status.IN_DOUBT, at=timezone.now())
    invoice.refresh_from_db()
    assert invoice.status == Status.APPROVED


def test_absence_is_not_believed_before_the_settling_delay(simulator, approved, patient):
    patient(SETTLING_DELAY=3600)
    simulator.set_duplicate_check(False)
    invoice = approved()
    simulator.trouble("drop", operation="soumettre")
    sweep()
    Submission.objects.update(due_at="2026-01-01T00:00Z")
    doubt.settle_due()
    Submission.objects.update(due_at="2026-01-01T00:00Z")
    doubt.settle_due()
    assert the_submission(invoice).status == Submission.Status.IN_DOUBT
    assert the_submission(invoice).absences == 0


def test_absence_needs_a_later_deposit_in_the_same_index(simulator, approved, patient):
    patient(DOUBT_DEADLINE=24 * 3600)
    lost = approved()
    simulator.trouble("drop", operation="soumettre")
    sweep(times=4)
    assert the_submission(lost).status == Submission.Status.IN_DOUBT
    Submission.objects.update(calling_since="2026-11-01T00:00Z")
    witness = approved()
    sweep(times=2)
    assert the_submission(witness).status == Submission.Status.DEPOSITED
    sweep(times=2)
    assert the_submission(lost).status == Submission.Status.DEPOSITED
    assert len(simulator.invoices()) == 2


def test_an_earlier_deposit_does_not_show_that_the_index_caught_up(simulator, approved, patient):
    patient(DOUBT_DEADLINE=24 * 3600)
    approved()
    sweep()
    lost = approved()
    simulator.trouble("drop", operation="soumettre")
    sweep(times=4)
    assert the_submission(lost).status == Submission.Status.IN_DOUBT


def test_each_doubt_counts_its_own_absences(simulator, approved):
    invoice = approved()
    deposit.queue_ready()
    for looks in (2, 1):
        simulator.trouble("drop", operation="soumettre")
        deposit.send_due()
        for _ in range(looks):
            doubt.settle_due()
    submission = the_submission(invoice)
    assert (submission.status, submission.attempt) == (Submission.Status.IN_DOUBT, 2)


@pytest.mark.parametrize("word", ["SUPPRIMEE", "ABANDONNEE"])
def test_what_was_given_up_over_there_is_no_deposit_of_ours(simulator, approved, word):
    invoice = approved()
    sweep()
    given_up = the_submission(invoice).cpp_id
    simulator.play(given_up, word, force=True)
    Submission.objects.all().delete()
    type(invoice).objects.filter(pk=invoice.pk).update(status=Status.APPROVED, was_self_deposit=True)
    sweep()
    assert the_submission(invoice).cpp_id != given_up
    assert len(simulator.invoices()) == 2


def test_said_to_be_there_and_yet_nowhere_is_for_a_person(simulator, approved):
    invoice = approved()
    simulator.trouble("business_error", operation="soumettre", code=29001, label="SIM_MSG_01.001 - Déjà utilisé")
    sweep(times=4)
    assert the_submission(invoice).status == Submission.Status.HELD

"""One row that nobody can treat keeps neither the others nor the steps that follow from their turn."""

import datetime

import pytest
from django.utils import timezone

from chorus import deposit, following, histories, news
from chorus.models import Cursor, Exchange, Search, Submission
from chorus.tasks import deposit_sweep, each_in_turn, news_sweep
from invoicing.lifecycle import Status
from invoicing.models import Invoice

pytestmark = pytest.mark.django_db(transaction=True)

ST = Submission.Status
LONG_AGO = "2026-01-01T00:00Z"
HISTORY = "factures/consulter/historique"


def moved_to_available(simulator, invoices):
    for invoice in invoices:
        simulator.play(invoice.submissions.get().cpp_id, "MISE_A_DISPOSITION")
    return invoices


def statuses(invoices) -> list[str]:
    return sorted(Invoice.objects.filter(pk__in=[one.pk for one in invoices]).values_list("status", flat=True))


def test_every_step_runs_whatever_became_of_those_before():
    ran = []

    def stops():
        ran.append("stops")
        raise ValueError("no such luck")

    def follows():
        ran.append("follows")

    with pytest.raises(ValueError, match="no such luck"):
        each_in_turn(stops, follows)
    assert ran == ["stops", "follows"]


def test_an_invoice_whose_history_does_not_come_keeps_no_silent_one_waiting(simulator, deposited):
    invoices = moved_to_available(simulator, deposited(2))
    Submission.objects.update(deposited_at=LONG_AGO)
    simulator.trouble("html_error", operation=HISTORY, times=1, status=500)
    assert news.ask_silent() == 1
    assert statuses(invoices) == [Status.AVAILABLE, Status.DEPOSITED]


def test_an_outage_is_not_asked_about_each_silent_invoice(simulator, deposited, monkeypatch):
    monkeypatch.setattr(histories, "MOST_SILENT_ROWS", 2)
    deposited(4)
    Submission.objects.update(deposited_at=LONG_AGO)
    simulator.trouble("html_error", operation=HISTORY, times=None, status=500)
    assert news.ask_silent() == 0
    assert Exchange.objects.filter(operation=HISTORY).count() == 2


def test_declared_deposits_are_looked_for_while_no_history_comes(simulator, deposited, approved):
    deposited()
    Submission.objects.update(deposited_at=LONG_AGO)
    declared = approved(status=Status.DEPOSITED, declared_at=timezone.now())
    simulator.trouble("html_error", operation=HISTORY, times=None, status=500)
    news_sweep()
    assert Search.objects.filter(invoice=declared).exists()


def test_an_invoice_whose_history_does_not_come_keeps_no_other_from_being_followed_again(simulator, deposited):
    invoices = moved_to_available(simulator, deposited(2))
    for invoice in invoices:
        invoice.stop_following("essai")
    simulator.trouble("html_error", operation=HISTORY, times=1, status=500)
    assert following.resume() == 1
    assert statuses(invoices) == [Status.AVAILABLE, Status.DEPOSITED]


def test_a_row_set_aside_whose_history_does_not_come_stops_no_cursor(simulator, deposited, account):
    (invoice,) = deposited()
    histories.set_aside(invoice.submissions.get().cpp_id, invoice.number, {}, "simulator", ValueError("essai"))
    news_sweep()
    simulator.trouble("html_error", operation=HISTORY, times=None, status=500)
    Cursor.objects.update(position=None)
    histories.set_aside(invoice.submissions.get().cpp_id, invoice.number, {}, "simulator", ValueError("essai"))
    news_sweep()
    cursor = Cursor.objects.get(account=account)
    assert (cursor.last_error, cursor.position is None) == ("", False)


def test_a_dead_workers_row_whose_invoice_moved_is_held_and_stops_nothing(simulator, approved):
    approved(), approved()
    deposit.queue_ready()
    stuck = deposit.claim_next()
    # A late answer to an earlier row told meanwhile that Chorus Pro has it.
    Invoice.objects.filter(pk=stuck.invoice_id).update(status=Status.DEPOSITED)
    deposit_sweep()
    stuck.refresh_from_db()
    assert stuck.status == ST.HELD
    assert Submission.objects.exclude(pk=stuck.pk).get().status == ST.DEPOSITED


def test_a_doubt_that_cannot_be_settled_is_held_and_keeps_no_other_waiting(simulator, approved):
    stuck, other = approved(), approved()
    deposit.queue_ready()
    simulator.trouble("lost_answer", operation="factures/soumettre", times=2)
    deposit.send_due()
    long_ago = timezone.now() - datetime.timedelta(hours=1)
    # Said to be a duplicate of another invoice, while its own is no longer being sent.
    Submission.objects.filter(invoice=stuck).update(said_duplicate=True, total_ttc=1, due_at=long_ago)
    Invoice.objects.filter(pk=stuck.pk).update(status=Status.WITHDRAWN)
    deposit_sweep()
    assert Submission.objects.get(invoice=stuck).status == ST.HELD
    assert Submission.objects.get(invoice=other).status == ST.DEPOSITED


def test_signs_that_no_database_takes_are_left_out(simulator, deposited):
    suspended, other = deposited(2)
    simulator.play(suspended.submissions.get().cpp_id, "SUSPENDUE", "Bon\x00 manquant", force=True)
    moved_to_available(simulator, [other])
    news_sweep()
    assert statuses([suspended, other]) == [Status.AVAILABLE, Status.SUSPENDED]
    assert "Bon manquant" in [event.reason for event in suspended.events.all()]


def test_what_was_blocked_is_left_to_a_supplier_who_wants_us_no_more(simulator, approved, supplier):
    invoice = approved()
    simulator.trouble("wrong_password", times=None)
    deposit_sweep()
    assert invoice.submissions.get().status == ST.BLOCKED
    supplier.mandates.update(revoked_at=timezone.now())
    deposit_sweep()
    invoice.refresh_from_db()
    assert invoice.status == Status.TO_SELF_DEPOSIT


def test_what_was_blocked_can_be_taken_back_once_no_account_sees_its_supplier(simulator, approved, account):
    invoice = approved()
    simulator.trouble("wrong_password", times=None)
    deposit_sweep()
    account.structures.all().delete()
    deposit_sweep()
    invoice.refresh_from_db()
    assert (invoice.status, invoice.submissions.get().status) == (Status.APPROVED, ST.BLOCKED)


def test_a_row_dated_too_far_ahead_hides_nothing_that_comes_before(simulator, deposited, account):
    (invoice,) = deposited()
    news_sweep()
    Cursor.objects.filter(account=account).update(position=timezone.now() + datetime.timedelta(hours=23))
    moved_to_available(simulator, [invoice])
    news_sweep()
    assert statuses([invoice]) == [Status.AVAILABLE]


def test_an_invoice_whose_data_cannot_be_put_together_lets_the_next_one_leave(simulator, approved):
    odd, sound = approved(), approved()
    Invoice.objects.filter(pk=odd.pk).update(total_ht=None)
    deposit.queue_ready()
    assert deposit.send_due() == 1
    sound.refresh_from_db()
    assert sound.status == Status.DEPOSITED
    waiting = Submission.objects.get(invoice=odd)
    assert waiting.status == Submission.Status.QUEUED
    assert waiting.due_at > timezone.now()
    assert waiting.last_error

"""Agents send held rows again, one or several: what is stored already never leaves twice."""

from datetime import timedelta

import pytest
from django.utils import timezone

from chorus import doubt
from chorus.models import Exchange, Look, Submission
from chorus.tasks import deposit_sweep
from invoicing.lifecycle import Status
from tests.chorus.desk.acts import SURPRISE, deposits_sent, page, press
from tests.invoicing.at_desk import read

pytestmark = pytest.mark.django_db(transaction=True)


ST = Submission.Status


def test_sent_again_what_was_stored_is_adopted_and_never_sent(agent, held_though_stored, simulator):
    row = held_though_stored
    shown = read(press(agent, row, "renvoyer"))
    assert "regarde d'abord" in shown
    for _ in range(4):
        deposit_sweep()
    row.refresh_from_db()
    row.invoice.refresh_from_db()
    assert (row.status, row.invoice.status) == (ST.DEPOSITED, Status.DEPOSITED)
    assert len(simulator.invoices()) == 1
    assert deposits_sent() == 1


def test_sent_again_what_never_arrived_leaves_once(agent, held, simulator):
    simulator.set_duplicate_check(False)
    row = held()
    press(agent, row, "renvoyer")
    for _ in range(5):
        deposit_sweep()
    row.refresh_from_db()
    assert row.status == ST.DEPOSITED
    assert len(simulator.invoices()) == 1


def test_what_may_have_left_waits_until_its_absence_is_believed(agent, held, simulator, patient):
    patient(SETTLING_DELAY=3600)
    row = held()
    press(agent, row, "renvoyer")
    for _ in range(3):
        Submission.objects.update(due_at=timezone.now())
        deposit_sweep()
    row.refresh_from_db()
    assert row.status == ST.IN_DOUBT
    assert deposits_sent() == 1


def test_what_was_held_longer_than_the_settling_delay_need_not_wait_for_it_again(agent, held, simulator, patient):
    patient(SETTLING_DELAY=3600)
    row = held()
    Submission.objects.update(calling_since=timezone.now() - timedelta(hours=2))
    row.refresh_from_db()
    press(agent, row, "renvoyer")
    for _ in range(4):
        Submission.objects.update(due_at=timezone.now())
        deposit_sweep()
    row.refresh_from_db()
    assert row.status == ST.DEPOSITED
    assert len(simulator.invoices()) == 1


def test_said_to_be_there_and_yet_nowhere_leaves_once_a_person_wants_it(agent, approved, simulator):
    invoice = approved()
    simulator.trouble("business_error", operation="soumettre", code=29001, label="SIM_MSG_01.001 - Déjà utilisé")
    for _ in range(4):
        deposit_sweep()
    row = Submission.objects.get(invoice=invoice)
    assert row.status == ST.HELD
    press(agent, row, "renvoyer")
    doubt.settle_due()
    row.refresh_from_db()
    assert row.status == ST.IN_DOUBT  # one look is not enough
    for _ in range(4):
        deposit_sweep()
    row.refresh_from_db()
    assert row.status == ST.DEPOSITED
    assert len(simulator.invoices()) == 1


def test_what_never_left_goes_straight_back_to_the_queue(agent, approved, simulator):
    invoice = approved()
    simulator.trouble("business_error", operation="ajouter/fichier", **SURPRISE)
    deposit_sweep()
    row = Submission.objects.get(invoice=invoice)
    press(agent, row, "renvoyer")
    row.refresh_from_db()
    invoice.refresh_from_db()
    assert (row.status, invoice.status) == (ST.QUEUED, Status.APPROVED)
    deposit_sweep()
    row.refresh_from_db()
    assert (row.status, row.attempt) == (ST.DEPOSITED, 2)
    assert "factures/rechercher/fournisseur" in [call.operation for call in Exchange.objects.all()]


def test_pressed_twice_it_is_sent_once(agent, held, simulator):
    simulator.set_duplicate_check(False)
    row = held()
    press(agent, row, "renvoyer")
    shown = read(press(agent, row, "renvoyer"))
    assert "n'attend pas de décision" in shown
    assert row.invoice.events.filter(label="Renvoi demandé").count() == 1
    for _ in range(5):
        deposit_sweep()
    assert len(simulator.invoices()) == 1


def test_a_decision_on_an_older_attempt_counts_for_nothing(agent, held):
    row = held()
    Submission.objects.filter(pk=row.pk).update(attempt=row.attempt + 1)
    shown = read(press(agent, row, "renvoyer"))
    assert "a changé entre-temps" in shown
    assert "Le service est rouvert." in shown  # what was typed is not lost
    row.refresh_from_db()
    assert row.status == ST.HELD


def test_an_act_without_a_reason_does_nothing(agent, held):
    row = held()
    assert "Écrivez pourquoi" in read(press(agent, row, "renvoyer", why=" "))
    row.refresh_from_db()
    assert row.status == ST.HELD


def test_what_is_deposited_is_never_offered_again(agent, approved):
    invoice = approved()
    deposit_sweep()
    row = Submission.objects.get(invoice=invoice)
    assert "renvoyer/" not in read(agent.get(page(row)))
    press(agent, row, "renvoyer")
    press(agent, row, "rendre")
    row.refresh_from_db()
    assert row.status == ST.DEPOSITED
    assert deposits_sent() == 1


def test_it_leaves_a_line_for_staff_with_who_and_why(agent, held):
    row = held()
    press(agent, row, "renvoyer", why="IBAN FR7630006000011234567890189, service rouvert")
    event = row.invoice.events.get(label="Renvoi demandé")
    assert (event.by, event.kind) == (agent.agent, "flag")
    assert "service rouvert" in event.reason
    assert "Surprise" in event.reason  # the error that the row forgets
    assert "FR7630006000011234567890189" not in event.reason
    assert event not in row.invoice.timeline()


# --- Several at once ---


def act_on_all(browser, action, rows, **seen):
    seen = {f"seen-{row.pk}": row.attempt for row in rows} | seen
    data = {"action": action, "index": "0", "_selected_action": [row.pk for row in rows], **seen}
    return browser.post("/admin/chorus/submission/", data, follow=True)


def test_several_are_sent_again_and_what_cannot_be_is_named(agent, held, approved):
    first, moved = held(), held()
    gone = approved()
    deposit_sweep()
    sent = Submission.objects.get(invoice=gone)
    shown = read(act_on_all(agent, "send_chosen_again", [first, moved, sent], **{f"seen-{moved.pk}": 7}))
    assert f"Renvoi demandé : {first.invoice}" in shown
    assert f"{moved.invoice} : Cet envoi a changé entre-temps" in shown
    assert f"{gone} : Cet envoi est maintenant « déposée »" in shown
    moved.refresh_from_db()
    assert moved.status == ST.HELD


def test_several_are_looked_at(agent, held):
    rows = [held(), held()]
    act_on_all(agent, "look_at_chosen", rows)
    assert Look.objects.filter(outcome=Look.Outcome.ASKED).count() == 2

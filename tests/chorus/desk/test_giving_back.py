"""Agents give an invoice back to its supplier once Chorus Pro surely does not have it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from chorus import desk
from chorus.models import Look, Submission
from chorus.tasks import deposit_sweep
from invoicing.lifecycle import Status, TransitionError
from tests.chorus.desk.acts import deposits_sent, look, page, press
from tests.factories import UserFactory
from tests.invoicing.at_desk import read

pytestmark = pytest.mark.django_db(transaction=True)


ST = Submission.Status


def test_given_back_only_after_a_look_that_found_nothing(agent, held):
    row = held()
    assert "Regardez d'abord" in read(agent.get(page(row)))
    assert "Regardez d'abord" in read(press(agent, row, "rendre"))
    row.refresh_from_db()
    assert row.status == ST.HELD
    look(row)
    press(agent, row, "rendre", why="Le service n'existe plus : demandez le nouveau.")
    row.refresh_from_db()
    row.invoice.refresh_from_db()
    assert (row.status, row.invoice.status) == (ST.REFUSED, Status.RETURNED)
    last = row.invoice.timeline()[-1]
    assert last.by == agent.agent
    assert "demandez le nouveau" in last.reason


def test_a_look_made_too_soon_after_the_call_proves_nothing(held, patient):
    patient(SETTLING_DELAY=3600)
    row = held()
    look(row)
    assert "Regardez d'abord" in desk.why_not_back(row)
    with pytest.raises(TransitionError):
        desk.give_back(row, by=UserFactory(), why="…")
    Submission.objects.filter(pk=row.pk).update(calling_since=timezone.now() - timedelta(hours=2))
    row.refresh_from_db()
    assert desk.why_not_back(row) == ""


def test_a_look_without_an_answer_proves_nothing(held, simulator):
    row = held()
    simulator.trouble("html_error", operation="rechercher/fournisseur")
    look(row)
    assert "Regardez d'abord" in desk.why_not_back(row)


def test_an_answer_that_comes_after_it_was_given_back_is_recorded_and_told(held):
    row = held()
    look(row)
    desk.give_back(row, by=UserFactory(), why="À refaire.")
    assert row.record(cpp_id=4321, answer={})
    row.invoice.refresh_from_db()
    assert row.invoice.status == Status.DEPOSITED
    assert row.invoice.events.filter(kind="flag", reason__contains="Déposée sur Chorus Pro alors").exists()


def test_corrected_and_sent_after_it_was_given_back_it_is_looked_for_first(held_though_stored, simulator):
    """The index lagged when the agent looked; it was stored all the same."""
    row = held_though_stored
    Look.objects.create(
        submission=row, by=UserFactory(), environment="simulator", attempt=row.attempt, outcome=Look.Outcome.ABSENT,
        looked_at=timezone.now(),
    )  # fmt: skip
    desk.give_back(row, by=UserFactory(), why="À refaire.")
    invoice = row.invoice
    type(invoice).objects.filter(pk=invoice.pk).update(status=Status.APPROVED, send_after=timezone.now())
    deposit_sweep()
    invoice.refresh_from_db()
    assert invoice.status == Status.DEPOSITED
    assert len(simulator.invoices()) == 1
    assert deposits_sent() == 1

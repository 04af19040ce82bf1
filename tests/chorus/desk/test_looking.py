"""Agents ask what became of a held row. It is looked up on the simulator, over HTTP."""

import pytest

from chorus import looks
from chorus.models import Look, Submission
from chorus.tasks import deposit_sweep
from invoicing.lifecycle import Status
from tests.chorus.desk.acts import deposits_sent, look, page, press
from tests.factories import UserFactory
from tests.invoicing.at_desk import read

pytestmark = pytest.mark.django_db(transaction=True)


ST = Submission.Status


def test_a_look_is_asked_on_the_page_and_answered_by_the_sweep(agent, held, simulator):
    row = held()
    calls = sum(simulator.calls().values())
    shown = read(press(agent, row, "regarder"))
    assert "Le regard est demandé" in shown
    assert sum(simulator.calls().values()) == calls  # not a call inside the request
    deposit_sweep()
    shown = read(agent.get(page(row)))
    assert "Introuvable" in shown
    assert "aucune facture de ce fournisseur sous ce numéro" in shown
    assert str(agent.agent) in shown


def test_a_look_adopts_what_is_there_and_sends_nothing(agent, held_though_stored, simulator):
    seen = look(held_though_stored)
    assert (seen.outcome, held_though_stored.status) == (Look.Outcome.FOUND, ST.DEPOSITED)
    assert held_though_stored.invoice.status == Status.DEPOSITED
    assert len(simulator.invoices()) == 1
    assert deposits_sent() == 1


def test_a_look_tells_what_differs_in_another_invoice_under_the_number(held_though_stored):
    row = held_though_stored
    Submission.objects.filter(pk=row.pk).update(total_ttc="99.00")
    row.refresh_from_db()
    seen = look(row)
    assert (seen.outcome, row.status) == (Look.Outcome.OTHER, ST.HELD)
    assert "TTC 105,50\u00a0€ au lieu de 99,00\u00a0€" in seen.told
    assert "date" not in seen.told


def test_a_look_that_got_no_answer_says_so(held, simulator):
    row = held()
    simulator.trouble("html_error", operation="rechercher/fournisseur")
    seen = look(row)
    assert seen.outcome == Look.Outcome.FAILED
    assert "Redemandez" in seen.told
    assert row.status == ST.HELD


def test_asked_twice_it_is_one_look(held):
    row, by = held(), UserFactory()
    assert looks.ask(row, by=by) == looks.ask(row, by=by)
    assert looks.answer_asked() == 1
    assert looks.answer_asked() == 0


def test_a_doubtful_row_is_looked_for_at_once(agent, simulator, approved, patient):
    patient(SETTLING_DELAY=3600)
    invoice = approved()
    simulator.trouble("lost_answer", operation="soumettre")
    simulator.trouble("html_error", operation="rechercher/fournisseur")
    deposit_sweep()
    row = Submission.objects.get(invoice=invoice)
    assert row.status == ST.IN_DOUBT
    assert look(row).outcome == Look.Outcome.FOUND
    assert row.status == ST.DEPOSITED

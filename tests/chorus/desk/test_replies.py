"""Held replies to invoices that came back."""

import pytest

from chorus.models import Look, Return, Submission
from chorus.tasks import deposit_sweep, news_sweep
from invoicing.lifecycle import Status
from tests.chorus import returning
from tests.chorus.desk.acts import SURPRISE, look, press

pytestmark = pytest.mark.django_db(transaction=True)


ST = Submission.Status


@pytest.fixture
def held_reply(simulator, approved, agent):
    """An answer to the buyer that met an error nobody listed."""
    invoice = returning.come_back(simulator, approved(), "SUSPENDUE", "Bon de livraison manquant")
    people = returning.people_of(invoice)
    returning.post(people.supplier, invoice, comment="Voici le bon de livraison.")
    simulator.trouble("business_error", operation="completer", **SURPRISE)
    deposit_sweep()
    row = Return.objects.get(kind=Submission.Kind.COMPLETE)
    assert row.status == ST.HELD
    return Submission.objects.get(pk=row.pk)


def test_a_held_reply_is_sent_again_once(agent, held_reply, simulator):
    press(agent, held_reply, "renvoyer")
    for _ in range(4):
        deposit_sweep()
    news_sweep()
    held_reply.refresh_from_db()
    assert held_reply.status == ST.DEPOSITED
    assert returning.words(simulator, held_reply.invoice).count("COMPLETEE") == 1


def test_a_held_reply_that_arrived_is_adopted_by_a_look(agent, held_reply, simulator):
    simulator.play(held_reply.cpp_id, "COMPLETEE", force=True)
    assert look(held_reply).outcome == Look.Outcome.FOUND
    assert held_reply.status == ST.DEPOSITED
    assert held_reply.reply.state == "sent"


def test_a_held_reply_given_back_frees_the_supplier_to_answer_again(agent, held_reply):
    look(held_reply)
    press(agent, held_reply, "rendre", why="Le fichier joint est illisible.")
    held_reply.refresh_from_db()
    assert held_reply.status == ST.REFUSED
    assert (held_reply.reply.state, held_reply.reply.refusal) == ("refused", "Le fichier joint est illisible.")
    held_reply.invoice.refresh_from_db()
    assert held_reply.invoice.status == Status.SUSPENDED

"""News that were set aside: read again, or filed with a reason."""

import pytest

from chorus import desk
from chorus.models import Look, SetAside
from chorus.tasks import deposit_sweep
from tests.chorus.desk.acts import look, page, press
from tests.invoicing.at_desk import read

pytestmark = pytest.mark.django_db(transaction=True)


def test_news_set_aside_are_read_again_on_demand(agent, aside):
    press(agent, aside, "relire")
    deposit_sweep()
    aside.refresh_from_db()
    assert aside.solved_at
    assert "a été appliquée" in read(agent.get(page(aside)))


def test_news_of_nobodys_invoice_are_filed_with_a_reason(agent, account):
    stray = SetAside.objects.create(environment="simulator", cpp_id=99, number="X-1", row={}, reason="ValueError: ?")
    assert look(stray).outcome == Look.Outcome.ABSENT
    press(agent, stray, "classer", why="Facture d'un autre logiciel.")
    stray.refresh_from_db()
    assert stray.solved_at
    assert (stray.filed_by, stray.filed_reason) == (agent.agent, "Facture d'un autre logiciel.")
    assert "déjà réglée" in read(press(agent, stray, "classer"))


def test_filed_news_open_again_only_when_they_change(agent, account):
    from chorus import histories

    histories.set_aside(99, "X-1", {"statut": "A"}, "simulator", ValueError("?"))
    stray = SetAside.objects.get()
    desk.file(stray, by=agent.agent, why="Rien à voir.")
    histories.set_aside(99, "X-1", {"statut": "A"}, "simulator", ValueError("?"))
    stray.refresh_from_db()
    assert stray.solved_at
    histories.set_aside(99, "X-1", {"statut": "B"}, "simulator", ValueError("?"))
    stray.refresh_from_db()
    assert stray.solved_at is None
    assert stray.filed_reason == ""

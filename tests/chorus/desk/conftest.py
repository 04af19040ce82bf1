"""Rows that a person has to decide about, and who may."""

import pytest

from chorus.models import SetAside, Submission
from chorus.tasks import deposit_sweep
from invoicing.lifecycle import Status
from tests.chorus import returning
from tests.chorus.desk.acts import SURPRISE
from tests.invoicing.at_desk import staff

ST = Submission.Status


@pytest.fixture
def agent(client):
    """The browser of an agent who may settle; `.agent` is who he is."""
    client.agent = staff("view_submission", "settle_submission", "view_setaside", "settle_setaside", "view_invoice")
    client.force_login(client.agent)
    return client


@pytest.fixture
def held(simulator, approved):
    """A deposit whose answer nobody listed: Chorus Pro did not take it."""

    def make(**values):
        invoice = approved(**values)
        simulator.trouble("business_error", operation="soumettre", **SURPRISE)
        deposit_sweep()
        row = Submission.objects.get(invoice=invoice)
        assert row.status == ST.HELD
        return row

    return make


@pytest.fixture
def held_though_stored(simulator, approved):
    """A deposit that Chorus Pro stored, held by a mistake of ours. The far side's own duplicate check is off."""
    simulator.set_duplicate_check(False)
    invoice = approved()
    deposit_sweep()
    row = Submission.objects.get(invoice=invoice)
    Submission.objects.filter(pk=row.pk).update(
        status=ST.HELD, cpp_id=None, deposited_at=None, answer={}, last_error="Réponse inconnue"
    )
    type(invoice).objects.filter(pk=invoice.pk).update(status=Status.SENDING)
    row.refresh_from_db()
    return row


@pytest.fixture
def aside(simulator, approved):
    invoice = approved()
    deposit_sweep()
    return SetAside.objects.create(
        environment="simulator", cpp_id=returning.cpp_id(invoice), number=invoice.number, row={}, reason="?"
    )

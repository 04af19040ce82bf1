"""A worker killed at any point between claim and record neither loses nor doubles a deposit.

The far side's duplicate check is OFF: nothing but our own habits keeps a deposit from being made twice.
"""

import pytest

from chorus.models import Submission
from chorus.tasks import deposit_sweep
from invoicing.lifecycle import Status
from tests.chorus.killed_worker import kill_a_worker_at, points

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.core]

# Point -> whether Chorus Pro had the invoice when the worker died.
POINTS = {
    "inside the claim": False,
    "claimed": False,
    "before upload": False,
    "after upload": False,
    "piece kept": False,
    "before the deposit leaves": False,
    "after it is stored": True,
    "inside the record": True,
    "recorded": True,
}


@pytest.mark.parametrize(("point", "stored"), POINTS.items())
def test_a_worker_killed_anywhere_neither_loses_nor_doubles(simulator, approved, point, stored):
    simulator.set_duplicate_check(False)
    invoice = approved()
    kill_a_worker_at(point)
    assert len(simulator.invoices()) == stored

    for _ in range(5):
        deposit_sweep()

    invoice.refresh_from_db()
    assert len(simulator.invoices()) == 1
    assert invoice.status == Status.DEPOSITED
    assert Submission.objects.get(invoice=invoice).cpp_id == simulator.invoices()[0]["cpp_id"]


def test_every_point_is_tried():
    assert set(points()) == set(POINTS)

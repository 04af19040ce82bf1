"""A worker killed anywhere between the claim of a Factur-X and the record of its report makes one invoice, never two.

The far side's duplicate check is OFF. The file becomes an invoice before its absence would be believed, as the settling
delay of files wants.
"""

import pytest

from chorus.tasks import deposit_sweep
from invoicing.lifecycle import Status
from tests.chorus.facturx.conftest import LONG_ENOUGH, the_submission
from tests.chorus.killed_worker import kill_a_worker_at, points_of_a_file

pytestmark = pytest.mark.django_db(transaction=True)

# Point -> whether Chorus Pro had the file when the worker died.
HANDING_OVER = {
    "file claimed": False,
    "fingerprint kept": False,
    "before the file leaves": False,
    "after the file is taken": True,
    "inside the handing over": True,
    "handed over": True,
}
REPORTING = ["look taken", "report read", "report kept", "inside the record of the file", "file recorded"]


def settle(simulator, sweep, invoice):
    simulator.advance(LONG_ENOUGH)
    sweep(times=4)
    invoice.refresh_from_db()
    (stored,) = simulator.invoices()
    assert invoice.status == Status.DEPOSITED
    assert the_submission(invoice).cpp_id == stored["cpp_id"]
    assert len(simulator.fluxes()) == 1


@pytest.mark.parametrize(("point", "taken"), HANDING_OVER.items())
def test_a_worker_killed_while_it_hands_a_file_over(simulator, facturx, confirmed, sweep, point, taken):
    simulator.set_duplicate_check(False)
    invoice = confirmed()
    kill_a_worker_at(point)
    assert len(simulator.fluxes()) == taken
    settle(simulator, sweep, invoice)


@pytest.mark.parametrize("point", REPORTING)
def test_a_worker_killed_while_it_reads_the_report(simulator, facturx, confirmed, sweep, point):
    simulator.set_duplicate_check(False)
    invoice = confirmed()
    deposit_sweep()
    simulator.advance(LONG_ENOUGH)
    kill_a_worker_at(point)
    settle(simulator, sweep, invoice)


def test_every_point_is_tried():
    assert set(points_of_a_file()) == {*HANDING_OVER, *REPORTING}

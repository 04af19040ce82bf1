"""A worker killed at any point between claim and record neither loses nor doubles a deposit.

The far side's duplicate check is OFF: nothing but our own habits keeps a deposit from being made twice.
"""

import os
import signal
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection

from chorus.models import Submission
from chorus.tasks import deposit_sweep
from invoicing.lifecycle import Status
from tests.chorus.killed_worker import points, points_of_a_return

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


def environment() -> dict[str, str]:
    """What the worker needs to work on this test's database, files and simulator."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{database['NAME']}"
    else:
        database = {**database, "PORT": database["PORT"] or 5432}
        url = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
    chorus = {f"CHORUS_{name}": str(value) for name, value in settings.CHORUS.items() if not isinstance(value, list)}
    return {
        **os.environ,
        **chorus,
        "DJANGO_SETTINGS_MODULE": "agrilocal18.settings",
        "DATABASE_URL": url,
        "MEDIA_ROOT": str(settings.MEDIA_ROOT),
        "SEND_DELAY": "0",
    }


def kill_a_worker_at(point: str) -> None:
    worker = subprocess.run(
        [sys.executable, "-m", "tests.chorus.killed_worker", point],
        env=environment(),
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert worker.returncode == -signal.SIGKILL, worker.stderr


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


# What a worker passes that carries no file.
POINTS_WITHOUT_FILE = [point for point in points_of_a_return() if "upload" not in point]


def test_every_point_is_tried():
    assert set(points()) == set(POINTS)

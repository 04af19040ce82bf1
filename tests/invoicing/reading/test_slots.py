"""How many readers are at work at once, and what they leave behind."""

import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace

import pytest

from invoicing.reading import DEFAULT, Busy, read_invoice
from suppliers.confined.slots import reader_slot
from tests.invoices.paper import make_invoice

GOOD = make_invoice("ferme", seed=3).pdf
HOLDER = """
import sys
from suppliers.confined.limits import Limits
from suppliers.confined.slots import reader_slot
with reader_slot(Limits(readers=1, workplace=sys.argv[1])) as slot, slot.place() as place:
    (place / "invoice.pdf").write_bytes(b"%PDF-")
    print("held", flush=True)
    sys.stdin.read()
"""
IN_CROWD = """
import sys, time
from suppliers.confined.limits import Limits
from suppliers.confined.slots import reader_slot
with reader_slot(Limits(readers=2, patience=60, workplace=sys.argv[1])):
    with open(sys.argv[2], "a", buffering=1) as log:
        log.write("in\\n")
        time.sleep(0.2)
        log.write("out\\n")
"""


@pytest.fixture
def limits(tmp_path):
    """One reader, which nobody else on this machine uses."""
    return replace(DEFAULT, readers=1, patience=0.05, workplace=str(tmp_path / "readers"))


def holder(limits):
    """Another process that holds the slot until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, limits.workplace], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    return process


def left(tmp_path):
    """The files in the places of readers."""
    return [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".lock"]


def test_it_says_busy_when_every_reader_is_at_work(limits):
    with reader_slot(limits), pytest.raises(Busy):
        read_invoice(GOOD, limits=limits)
    assert read_invoice(GOOD, limits=limits).refusal is None


def test_those_who_work_elsewhere_do_not_count(limits, tmp_path):
    with reader_slot(limits):
        assert read_invoice(GOOD, limits=replace(limits, workplace=str(tmp_path / "other"))).refusal is None


def test_it_counts_the_readers_of_every_process_and_waits_a_little(limits):
    with holder(limits) as other:
        with pytest.raises(Busy):
            read_invoice(GOOD, limits=limits)
        release = threading.Timer(0.1, other.stdin.close)
        release.start()
        assert read_invoice(GOOD, limits=replace(limits, patience=5)).refusal is None
        release.join()
    assert other.returncode == 0


def test_processes_that_come_together_are_never_more_at_once_than_there_are_slots(limits, tmp_path):
    command = [sys.executable, "-c", IN_CROWD, limits.workplace, str(tmp_path / "log")]
    crowd = [subprocess.Popen(command) for _ in range(6)]
    assert [process.wait() for process in crowd] == [0] * 6
    at_work, most = 0, 0
    for line in (tmp_path / "log").read_text().split():
        at_work += 1 if line == "in" else -1
        most = max(most, at_work)
    assert (at_work, most) == (0, 2)


def test_it_leaves_no_file_behind(limits, tmp_path):
    assert read_invoice(GOOD, limits=limits).refusal is None
    assert read_invoice(GOOD, limits=replace(limits, wall_seconds=0.01, cpu_seconds=0)).refusal.code == "too-slow"
    assert left(tmp_path) == []


def test_what_a_killed_reader_left_goes_with_the_next_reading(limits, tmp_path):
    with holder(limits) as other:
        os.kill(other.pid, signal.SIGKILL)
    assert len(left(tmp_path)) == 1
    read_invoice(GOOD, limits=limits)
    assert left(tmp_path) == []


def test_a_workplace_prepared_by_somebody_else_is_not_used(limits, tmp_path):
    (tmp_path / "theirs").mkdir()
    (tmp_path / "readers").symlink_to(tmp_path / "theirs")
    with pytest.raises(PermissionError):
        read_invoice(GOOD, limits=limits)

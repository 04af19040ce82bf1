"""Exactly once under any schedule: answers lost, requests that arrive late, workers frozen, an index that lags.

The portal and the simulator share one clock, moved by the schedule; the far side's check for duplicates is off.
"""

from contextlib import suppress
from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from chorus import deposit
from chorus.api import AnswerLost, Chorus
from chorus.models import Submission
from chorus.tasks import deposit_sweep
from chorus.wiring import Clients, connect
from invoicing.lifecycle import Status

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = 3600
LAG = 1800
DELAYS = {"CALL_DEADLINE": 5, "LEASE": 900, "SETTLING_DELAY": HOUR, "DOUBT_DEADLINE": 24 * HOUR, "RETRY_DELAY": 60}
TROUBLES = {
    "lose an answer": ("lost_answer", "soumettre"),
    "lose a deposit": ("drop", "soumettre"),
    "fail an upload": ("html_error", "ajouter/fichier"),
    "fail a search": ("html_error", "rechercher/fournisseur"),
}
WAITS = {"a minute passes": 60, "the lease passes": 1000, "the settling delay passes": HOUR, "a day passes": 25 * HOUR}
ACTS = st.sampled_from([*TROUBLES, *WAITS, "sweep", "sweep", "freeze", "thaw", "hang", "answer late"])


class World:
    """One far side, one portal, one clock."""

    def __init__(self, simulator, monkeypatch):
        self.simulator, self._passed, self._now = simulator, timedelta(), timezone.now
        self.frozen: list[Submission] = []
        self.hangs, self._hanging = False, []
        self._submit = Chorus.submit
        monkeypatch.setattr(timezone, "now", lambda: self._now() + self._passed)
        monkeypatch.setattr(Chorus, "submit", lambda client, *given, **more: self.submit(client, *given, **more))

    def submit(self, client, *request, before_send, **more):
        """Sent as ever, unless the network holds it: the client gives up before the far side reads it."""
        if not self.hangs:
            return self._submit(client, *request, before_send=before_send, **more)
        before_send()
        self.hangs = False
        self._hanging.append((before_send.__self__, request, more))
        raise AnswerLost("factures/soumettre", "held by the network")

    def arrive(self, *, answered: bool) -> None:
        """What the network held is read now; its answer may even come back to a worker that still waits for it."""
        for submission, request, more in self._hanging:
            # Its answer may be lost in its turn.
            with connect(submission.account) as client, suppress(AnswerLost):
                submitted = self._submit(client, *request, **more)
                if answered:
                    submission.record(cpp_id=submitted.cpp_id, answer=submitted.raw)
        self._hanging.clear()

    def wait(self, seconds: int) -> None:
        """Nothing hangs longer than a call's deadline."""
        self.arrive(answered=False)
        self.pass_time(seconds)

    def pass_time(self, seconds: int) -> None:
        self._passed += timedelta(seconds=seconds)
        self.simulator.advance(seconds)

    def act(self, act: str) -> None:
        if act in TROUBLES:
            kind, operation = TROUBLES[act]
            self.simulator.trouble(kind, operation=operation)
        elif act in WAITS:
            self.wait(WAITS[act])
        elif act == "freeze":
            deposit.queue_ready()
            self.frozen += filter(None, [deposit.claim_next()])
        elif act == "thaw" and self.frozen:
            with Clients() as clients:
                deposit.send(self.frozen.pop(), clients)
        elif act == "hang":
            self.hangs = True
        elif act == "answer late":
            self.arrive(answered=True)
        elif act == "sweep":
            deposit_sweep()

    def calm_down(self) -> None:
        """Good weather until nothing is open; a person puts back what is held."""
        self.hangs = False
        self.lag()
        while self.frozen:
            self.act("thaw")
        for _ in range(8):
            self.wait(13 * HOUR)
            for held in Submission.objects.filter(status=Submission.Status.HELD).select_related("invoice"):
                held.send_again()
            deposit_sweep()

    def lag(self) -> None:
        self.simulator.calm()
        self.simulator.trouble("search_lag", seconds=LAG)


def test_no_schedule_loses_or_doubles_a_deposit(simulator, approved, patient, monkeypatch):
    patient(**DELAYS, REQUIREMENTS_AGE=10**9)
    simulator.set_duplicate_check(False)
    world = World(simulator, monkeypatch)

    # One schedule takes a second; shrinking one that fails would take minutes.
    @settings(derandomize=True, max_examples=8, phases=[Phase.generate])
    @given(schedule=st.lists(ACTS, min_size=5, max_size=15))
    def play(schedule):
        world.lag()
        invoices = [approved(), approved()]
        for act in schedule:
            world.act(act)
        world.calm_down()
        stored = [row["number"] for row in simulator.invoices()]
        for invoice in invoices:
            invoice.refresh_from_db()
            assert (stored.count(invoice.number), invoice.status) == (1, Status.DEPOSITED)

    play()


def test_what_is_stored_after_its_absence_was_believed_is_found_before_it_is_sent_again(
    simulator, approved, patient, monkeypatch
):
    """A request that the network held for two days: only the search before the next attempt can see it."""
    patient(**DELAYS, REQUIREMENTS_AGE=10**9)
    simulator.set_duplicate_check(False)
    world, invoice = World(simulator, monkeypatch), approved()
    world.hangs = True
    for _ in range(3):
        deposit_sweep()
        world.pass_time(25 * HOUR)
    assert Submission.objects.get().status == Submission.Status.QUEUED
    world.arrive(answered=False)
    deposit_sweep()
    invoice.refresh_from_db()
    assert invoice.status == Status.DEPOSITED
    assert [row["number"] for row in simulator.invoices()] == [invoice.number]

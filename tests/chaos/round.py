"""One round: invoices to deposit, accidents on the way, and the judgement at the end."""

import time
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tests.chaos import orders, weather
from tests.chaos.orders import DEPOSIT_POINTS, POINTS, Plan
from tests.chaos.places import GivenRedis, OwnRedis
from tests.chaos.stage import Patience, Stage

TICK = 0.25
UPKEEP = 10  # seconds
THAW_MARGIN = 2  # seconds frozen beyond the lease
STRIKE_REDIS_AT, CUT_POWER_AT = 0.3, 0.5  # of the invoices deposited


@dataclass(frozen=True, kw_only=True)
class Wanted:
    invoices: int
    mutant: bool
    duplicate_check: bool
    returns: bool
    patience: Patience
    workers: int
    processes: int
    faults: float
    kills: int
    freezes: int
    seed: int
    limit: float


class Round:
    def __init__(self, var: Path, database: str, redis: OwnRedis | GivenRedis, wanted: Wanted):
        self.wanted, self.redis = wanted, redis
        self.stage = Stage(
            var,
            database,
            redis,
            patience=wanted.patience,
            workers=wanted.workers,
            processes=wanted.processes,
            mutant=wanted.mutant,
        )
        self.points = POINTS if wanted.returns else DEPOSIT_POINTS
        self.plan = Plan(
            self.stage.orders,
            self.points,
            kills=wanted.kills,
            freezes=wanted.freezes,
            most_frozen=max(1, wanted.workers * wanted.processes - 3),
            thaw_after=wanted.patience.lease + THAW_MARGIN,
            seed=wanted.seed,
        )
        self.strikes: list[str] = []
        self.put_back: Counter[str] = Counter()
        self.seconds = 0.0

    def play(self) -> int:
        """The exit code: 0 when every invoice was deposited exactly once in spite of every accident planned."""
        try:
            self._prepare()
            self._run()
            self.plan.thaw_all()
            self.simulator.calm()
            return self._judge()
        finally:
            self.plan.thaw_all()
            self.stage.crew.end()

    @property
    def simulator(self):
        return self.stage.simulator

    def _prepare(self) -> None:
        self.stage.open("--seed", str(self.wanted.seed))
        from tests.chaos import data, ledger  # only now does Django know its database
        from tests.chaos.buyer import Buyer

        data.connect_suppliers()
        data.approve_invoices(self.wanted.invoices)
        ledger.watch_moves()
        self.buyer = Buyer(self.simulator, self.wanted.invoices, awake=self.wanted.returns)
        self.simulator.set_duplicate_check(self.wanted.duplicate_check)
        weather.storm(self.simulator, share=self.wanted.faults, call_deadline=self.wanted.patience.call_deadline)
        self.simulator.trouble("search_lag", seconds=self.wanted.patience.search_lag)

    def _run(self) -> None:
        from tests.chaos import ledger

        began = time.monotonic()
        self.stage.begin()
        done, kept_at = 0, began
        while done < self.wanted.invoices or not self.buyer.is_over() or self.plan.frozen():
            self.seconds = time.monotonic() - began
            if self.seconds > self.wanted.limit:
                return
            time.sleep(TICK)
            self.stage.supervise()
            done = ledger.deposits().count()
            self._accidents(done / self.wanted.invoices)
            self.buyer.act()
            self._do_what_a_person_would()
            if time.monotonic() > kept_at + UPKEEP:
                ledger.keep_up()
                kept_at = time.monotonic()

    def _accidents(self, progress: float) -> None:
        self.plan.advance(progress)
        if progress >= STRIKE_REDIS_AT and "redis" not in self.strikes:
            self.strikes.append("redis")
            self.redis.strike()
        if progress >= CUT_POWER_AT and "power" not in self.strikes:
            self.strikes.append("power")
            self.stage.cut_power()

    def _do_what_a_person_would(self) -> None:
        """Put back what is held after too many faults; and as a duplicate that cannot be seen, once the far side shows
        what it stored: put back sooner it would only be held again. The next attempt looks first. What is held for
        another reason stays, and fails the round."""
        from django.db.models import Q
        from django.utils import timezone

        from chorus.deposit import ATTEMPTS
        from chorus.models import Submission

        now, held = timezone.now(), Submission.Status.HELD
        shown = now - timedelta(seconds=self.wanted.patience.search_lag)
        duplicate = Q(said_duplicate=True)
        explained = duplicate & Q(doubt_since__lt=shown) | ~duplicate & Q(attempt__gte=ATTEMPTS)
        for submission in Submission.objects.filter(explained, status=held).select_related("invoice"):
            if submission.requeue(source=held, at=now, error=submission.last_error):
                self.put_back[submission.last_error] += 1

    def _judge(self) -> int:
        from tests.chaos import report

        return report.judge(self)

    def acts(self) -> Counter[tuple[str, str]]:
        return Counter((one.act, one.point) for one in orders.obeyed(self.stage.orders))

    def never_passed(self) -> list[str]:
        """Points at which a planned accident never happened."""
        seen = self.acts()
        return [f"{act} {point}" for (act, point), times in self.plan.wanted.items() if seen[act, point] < times]

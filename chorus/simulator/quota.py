"""How many calls an application may make: PISTE shows the figures in each account and publishes none."""

import math
import threading
import time
from collections import deque
from datetime import date, timedelta

from chorus.simulator.clock import local, moment_of
from chorus.simulator.office import Office


class Quota:
    """Per real second, and per day of the simulator's clock; None allows everything. Safe between threads."""

    def __init__(self, office: Office):
        self.per_second, self.per_day = office.options.quota, office.options.daily_quota
        self._clock = office.clock
        self._lock = threading.Lock()
        self._last: dict[str, deque[float]] = {}
        self._today: dict[tuple[str, date], int] = {}

    def exceeded(self, client_id: str) -> int | None:
        """None when the call passes (and counts), else the seconds to wait."""
        if self.per_second is None and self.per_day is None:
            return None
        with self._lock:
            return self._of_the_day(client_id) or self._of_the_second(client_id) or self._count(client_id)

    def _of_the_day(self, client_id: str) -> int | None:
        today = self._clock.today()
        if self.per_day is None or self._today.get((client_id, today), 0) < self.per_day:
            return None
        now = self._clock.now()
        midnight = local(now).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        return max(1, math.ceil((moment_of(midnight) - now) / 1000))

    def _of_the_second(self, client_id: str) -> int | None:
        calls, now = self._last.setdefault(client_id, deque()), time.monotonic()
        while calls and calls[0] <= now - 1:
            calls.popleft()
        return None if self.per_second is None or len(calls) < self.per_second else 1

    def _count(self, client_id: str) -> None:
        today = self._clock.today()
        self._last[client_id].append(time.monotonic())
        self._today = {key: count for key, count in self._today.items() if key[1] == today}
        self._today[client_id, today] = self._today.get((client_id, today), 0) + 1

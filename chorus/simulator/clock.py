"""The simulator's own time: real time, moved and accelerated at will, kept across restarts."""

import time
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from chorus.simulator.store import Store

PARIS = ZoneInfo("Europe/Paris")


class Clock:
    """Moments are integers: milliseconds since 1970 in UTC."""

    def __init__(self, store: Store):
        self._store = store
        self._real, self._shown, self._speed = store.recall("clock") or (time.time(), time.time(), 1.0)

    @property
    def speed(self) -> float:
        return self._speed

    def now(self) -> int:
        return round((self._shown + (time.time() - self._real) * self._speed) * 1000)

    def today(self) -> date:
        return local(self.now()).date()

    def advance(self, seconds: float) -> None:
        self._set(self.now() / 1000 + seconds, self._speed)

    def run_at(self, speed: float) -> None:
        """`speed` seconds pass in one real second."""
        self._set(self.now() / 1000, speed)

    def reset(self) -> None:
        self._set(time.time(), 1.0)

    def _set(self, shown: float, speed: float) -> None:
        self._real, self._shown, self._speed = time.time(), shown, speed
        self._store.remember("clock", (self._real, self._shown, self._speed))


def local(moment: int) -> datetime:
    """The moment in Europe/Paris, exact to the millisecond."""
    return datetime.fromtimestamp(moment // 1000, PARIS) + timedelta(milliseconds=moment % 1000)


def moment_of(value: datetime) -> int:
    """A datetime without zone is French local time."""
    aware = value if value.tzinfo else value.replace(tzinfo=PARIS)
    return int(aware.timestamp()) * 1000 + aware.microsecond // 1000


def day(moment: int) -> str:
    """`AAAA-MM-JJ`, French local day."""
    return local(moment).date().isoformat()


def minute(moment: int) -> str:
    """`AAAA-MM-JJ HH:MI`, French local time without zone: the form of the histories."""
    return local(moment).strftime("%Y-%m-%d %H:%M")


def instant(moment: int) -> str:
    """ISO with milliseconds and offset: the form of `dateHeureEtatCourant`."""
    return local(moment).isoformat(timespec="milliseconds")

"""One request on its way: how much time it has left, and whether its first byte was written."""

import contextvars
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# Seconds between the start of `before_send` (which commits « I am calling ») and the first byte. A process frozen in
# between wakes up too late: others may have looked for the invoice meanwhile, so it must give up unsent.
SEND_WITHIN = 5.0


class Abandoned(Exception):
    """`before_send` raised: nothing was written. Not an OSError, which urllib3 would take for a network failure."""


class Trip:
    """The clock and the departure of one request. Times are `time.monotonic` seconds.

    `left` becomes True just before the first byte is handed to the system, and never becomes False again.
    `obstacle` is what `before_send` raised, if it did.
    """

    def __init__(self, *, deadline: float, silence: float, before_send: Callable[[], None] | None = None) -> None:
        self._ends_at = time.monotonic() + deadline
        self._silence = silence
        self._before_send = before_send
        self.left = False
        self.obstacle: Exception | None = None

    def allowance(self) -> float:
        """Seconds the next read or write may take; raises TimeoutError when the deadline has passed."""
        remaining = self._ends_at - time.monotonic()
        if remaining <= 0:
            raise TimeoutError("total deadline passed")
        return min(self._silence, remaining)

    def depart(self) -> None:
        """To be called before each write; only the first one is a departure."""
        if self.left:
            return
        began = time.monotonic()
        self._announce()
        if time.monotonic() - began > SEND_WITHIN:
            raise TimeoutError("too late to send after before_send")
        self.allowance()
        self.left = True

    def _announce(self) -> None:
        try:
            if self._before_send:
                self._before_send()
        except Exception as error:
            self.obstacle = error
            raise Abandoned from None


_current: contextvars.ContextVar[Trip | None] = contextvars.ContextVar("chorus_trip", default=None)


@contextmanager
def under_way(trip: Trip) -> Iterator[None]:
    """Sockets of this thread obey `trip` meanwhile; a kept connection serves one trip after another."""
    reset = _current.set(trip)
    try:
        yield
    finally:
        _current.reset(reset)


def current_trip() -> Trip | None:
    return _current.get()

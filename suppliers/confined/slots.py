"""At most so many readers at once, whatever the number of web and worker processes, and a place for each to work in.

A slot is a lock file and a folder. Who holds the lock is alone in the folder, and first throws away what a killed
reader left there.
"""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from suppliers.confined.limits import Limits

PAUSE = 0.02


class Busy(Exception):
    """Every reader of this host is at work, or whoever waits has to go on. Keep the file and read it a little later."""


class Starved(Busy):
    """Its time is up and it hardly had a processor: other programs held them. Keep the file and read it later, but not
    for ever: who looks only at the processor cannot tell it from a reader that sleeps."""


@dataclass(frozen=True)
class Slot:
    """`lock`: the descriptor of the locked file. Handed to the child, it lasts until parent and child have both closed
    it, so a reader that outlives a killed parent still counts."""

    lock: int
    folder: Path

    @contextmanager
    def place(self) -> Iterator[Path]:
        """An empty folder, for one child."""
        with tempfile.TemporaryDirectory(dir=self.folder) as place:
            yield Path(place)


@contextmanager
def reader_slot(limits: Limits) -> Iterator[Slot]:
    """Hold one of `limits.readers` slots. Raises Busy when none came free in `limits.patience` seconds."""
    until = min(time.monotonic() + limits.patience, limits.until)
    slot = _wait_for_slot(_workplace(limits), limits.readers, until)
    try:
        _empty(slot.folder)
        yield slot
    finally:
        os.close(slot.lock)


def _wait_for_slot(workplace: Path, count: int, until: float) -> Slot:
    while True:
        slot = _take_slot(workplace, count)
        if slot:
            return slot
        if time.monotonic() >= until:
            raise Busy
        time.sleep(PAUSE)


def _take_slot(workplace: Path, count: int) -> Slot | None:
    for number in range(count):
        lock = os.open(workplace / f"{number}.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
        else:
            return Slot(lock, workplace / str(number))
    return None


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, exist_ok=True)


def _workplace(limits: Limits) -> Path:
    folder = Path(limits.workplace or Path(tempfile.gettempdir()) / f"agrilocal18-readers-{os.getuid()}")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # The name can be guessed and /tmp is everybody's: a folder somebody else prepared is not ours to trust.
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to somebody else")
    return folder

"""At most so many readers at once on this host, whatever the number of web and worker processes."""

import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PAUSE = 0.02


class Busy(Exception):
    """Every reader of this host is at work. Keep the file and read it a little later."""


@contextmanager
def reader_slot(count: int, patience: float = 0) -> Iterator[int]:
    """Hold one of `count` slots; gives the descriptor of its lock. Raises Busy when none came free in `patience` s.

    The lock belongs to the open file: handed to the child, it lasts until parent and child have both closed it, so a
    reader that outlives a killed parent still counts.
    """
    descriptor = _wait_for_slot(count, time.monotonic() + patience)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _wait_for_slot(count: int, until: float) -> int:
    while True:
        descriptor = _take_slot(count)
        if descriptor is not None:
            return descriptor
        if time.monotonic() >= until:
            raise Busy
        time.sleep(PAUSE)


def _take_slot(count: int) -> int | None:
    folder = _slots_folder()
    for number in range(count):
        descriptor = os.open(folder / f"reader-{number}", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
        else:
            return descriptor
    return None


def _slots_folder() -> Path:
    folder = Path(tempfile.gettempdir()) / f"agrilocal18-readers-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    # The name can be guessed and /tmp is everybody's: a folder somebody else prepared is not ours to trust.
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to somebody else")
    return folder

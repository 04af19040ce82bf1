"""Whether this machine can serve: what `/readyz` answers and `manage.py doctor` begins with.

Each part is asked itself, says nothing when it is well and raises when not. What it raises may quote addresses: it is
for the log and the doctor's terminal, the page names the part alone.
"""

import logging
import shutil
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from agrilocal18.celery import app
from chorus.models import Sweep

logger = logging.getLogger(__name__)

PATIENCE = 3  # seconds
# The sweep that runs whatever is switched off: agrilocal18.tasks.watch.
WATCH = "watch"
# Since the last one: a deployment or a busy worker may cost some of them.
SILENT_AFTER = timedelta(minutes=10)
# Whoever asks, and how often, a file is written every so many seconds only.
STORAGE_TRIED_EVERY = 10.0
PROBE = "probe"


class NotWell(Exception):
    """A part does not work; says how."""


def database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def broker() -> None:
    with app.connection_for_write(connect_timeout=PATIENCE) as bus:
        bus.ensure_connection(max_retries=1, timeout=PATIENCE, interval_start=0)
    options = settings.CELERY_BROKER_TRANSPORT_OPTIONS if bus.transport_cls == "filesystem" else {}
    if missing := [folder for folder in options.values() if isinstance(folder, str) and not Path(folder).is_dir()]:
        raise NotWell(f"no folder {missing[0]}")


def storage() -> None:
    """A file is written, read back and deleted, under a name of its own."""
    content = b"agrilocal18"
    name = default_storage.save(PROBE, ContentFile(content))
    try:
        with closing(default_storage.open(name)) as file:
            if file.read() != content:
                raise NotWell("what was written is not what is read")
    finally:
        default_storage.delete(name)


def free_bytes() -> int:
    """On the fullest of the disks this machine writes to."""
    folders = (_existing(Path(folder)) for folder in (settings.VAR_DIR, settings.MEDIA_ROOT))
    return min(shutil.disk_usage(folder).free for folder in folders)


def _existing(folder: Path) -> Path:
    """Itself, or the one in which it will be made."""
    return folder if folder.is_dir() else _existing(folder.parent)


class Kept:
    """What a check said last, for a while: nobody makes us write files by asking again and again."""

    def __init__(self, check: Callable[[], None], seconds: float):
        self._check, self._seconds = check, seconds
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        self._until, self._failure = 0.0, None

    def __call__(self) -> None:
        with self._lock:
            if time.monotonic() > self._until:
                self._failure = failure_of(self._check)
                self._until = time.monotonic() + self._seconds
            if self._failure:
                raise self._failure


def sweep() -> None:
    """Beat wakes it each minute, a worker runs it: silent, one of them does not."""
    began = last_watch()
    if not began:
        raise NotWell("never ran")
    if timezone.now() - began > SILENT_AFTER:
        raise NotWell(f"ran last at {began.isoformat(timespec='seconds')}")


def last_watch():
    return Sweep.objects.filter(name=WATCH).values_list("began_at", flat=True).first()


def failure_of(check: Callable[[], None]) -> Exception | None:
    """Whatever a library raises: a part that does not answer must not take the others with it."""
    try:
        check()
    except Exception as failure:
        return failure
    return None


storage_of_late = Kept(storage, STORAGE_TRIED_EVERY)
PARTS = {"database": database, "broker": broker, "storage": storage_of_late, "sweep": sweep}


def failing() -> dict[str, Exception]:
    """Name -> why, of the parts that do not work."""
    failures = {name: failure_of(check) for name, check in PARTS.items()}
    found = {name: failure for name, failure in failures.items() if failure}
    for name, failure in found.items():
        logger.warning("Not ready: %s (%s: %s)", name, type(failure).__name__, failure)
    return found

"""The parent's side: start a child under limits, end it when its time is up, and believe nothing it leaves."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from suppliers.confined.limits import Limits
from suppliers.confined.slots import Busy, Slot, Starved

ROOT = Path(__file__).resolve().parents[2]
# -I ignores the environment and the current folder, so the child is told where the code is.
LAUNCH = (
    "import sys; from importlib import import_module; sys.path.insert(0, sys.argv[1]); "
    "import_module(sys.argv[2]).main(sys.argv[3])"
)
KEPT_ENVIRONMENT = ("LD_LIBRARY_PATH", "TESSDATA_PREFIX")
# How a child ends that went past its limits: pdfium gives up by SIGABRT when memory is refused to it.
ENDS = {
    **dict.fromkeys((-signal.SIGALRM, -signal.SIGXCPU, -signal.SIGKILL), "too-slow"),
    -signal.SIGABRT: "too-heavy",
}
ANSWER_LIMIT = 1_000_000
# A file is too slow to read once its reader had this part of the processor seconds it may have.
EARNEST = 1 / 4


def run_child(place: Path, slot: Slot, limits: Limits, *, reader: str) -> str:
    """Run a reader (a module of ours with `main(folder)`) in its own process group; gives the code of a refusal when it
    did not end well. Raises Busy when `limits.until` ended it, Starved when its time was up before it had begun."""
    child = subprocess.Popen(
        [sys.executable, "-I", "-X", "utf8", "-c", LAUNCH, str(ROOT), reader, str(place)],
        cwd=place,
        # The child needs none of our settings, and what it does not have it cannot betray.
        env={name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(slot.lock,),
        start_new_session=True,
    )
    try:
        status = child.wait(max(min(limits.wall_seconds, limits.until - time.monotonic()), 0))
    except subprocess.TimeoutExpired:
        if time.monotonic() >= limits.until:
            raise Busy from None
        if _killed(child) < limits.cpu_seconds * EARNEST:
            raise Starved from None
        status = -signal.SIGALRM
    finally:
        _kill_group(child)
    return ENDS.get(status, "crashed") if status else ""


def _killed(child: subprocess.Popen) -> float:
    """The seconds it spent on a processor, once it is killed."""
    os.killpg(child.pid, signal.SIGKILL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return used.ru_utime + used.ru_stime


def _kill_group(child: subprocess.Popen) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def read_bounded(path: Path, size: int) -> bytes:
    """Read a plain file the child wrote; a link to somewhere else is refused."""
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        content = file.read(size + 1)
    if len(content) > size:
        raise ValueError("too long")
    return content

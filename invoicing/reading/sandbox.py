"""The parent's side: hand an untrusted PDF to a short-lived process with limits, and believe nothing it answers."""

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path

from invoicing.reading.refusals import REFUSALS
from invoicing.reading.result import Found, Reading
from invoicing.reading.slots import Busy, reader_slot

__all__ = ["DEFAULT", "Busy", "Limits", "read_invoice"]

logger = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parents[2]
# -I ignores the environment and the current folder, so the child is told where the code is.
LAUNCH = "import sys; sys.path.insert(0, sys.argv[1]); from invoicing.reading.worker import main; main(sys.argv[2])"
KEPT_ENVIRONMENT = ("LD_LIBRARY_PATH",)
ANSWER_LIMIT = 1_000_000
VALUE_LIMIT = 1_000


@dataclass(frozen=True)
class Limits:
    """Bounds of one reading. Sizes in bytes, times in seconds; `readers`: how many may run at once on this host.

    `patience`: how long to wait for one of them to come free, a reading being over in a fraction of a second.
    """

    file_size: int = 10_000_000
    pages: int = 100
    pictures: int = 20
    picture_width: int = 1100
    cpu_seconds: int = 8
    wall_seconds: float = 10.0
    memory: int = 512 * 1024 * 1024
    written_file: int = 8_000_000
    open_files: int = 32
    readers: int = os.cpu_count() or 1
    patience: float = 2.0


DEFAULT = Limits()


def read_invoice(content: bytes, *, own_sirets: Collection[str] = (), limits: Limits = DEFAULT) -> Reading:
    """Read a PDF. Bad input gives a Reading with a refusal; only Busy is raised.

    `own_sirets`: establishments of the supplier who deposits; any other valid SIRET on the page is the buyer's.
    """
    refused = _refuse_at_once(content, limits)
    if refused:
        return _refusal(refused)
    with (
        reader_slot(limits.readers, limits.patience) as slot,
        tempfile.TemporaryDirectory(prefix="agrilocal18-reading-") as folder,
    ):
        job = {"limits": asdict(limits), "own_sirets": sorted(own_sirets)}
        Path(folder, "job.json").write_text(json.dumps(job))
        Path(folder, "invoice.pdf").write_bytes(content)
        failed = _run_child(folder, slot, limits)
        return _refusal(failed) if failed else _collect(Path(folder), limits)


def _refuse_at_once(content: bytes, limits: Limits) -> str:
    if not content.strip(b"\0\t\n\r "):
        return "empty"
    if len(content) > limits.file_size:
        return "too-large"
    # Adobe's own reader looks for the header in the first kilobyte; mail programs put lines before it.
    return "" if b"%PDF-" in content[:1024] else "not-pdf"


def _refusal(code: str) -> Reading:
    return Reading(refusal=REFUSALS.get(code, REFUSALS["crashed"]))


def _run_child(folder: str, slot: int, limits: Limits) -> str:
    """Run the reader in its own process group; gives the code of a refusal when it did not end well."""
    child = subprocess.Popen(
        [sys.executable, "-I", "-X", "utf8", "-c", LAUNCH, str(ROOT), folder],
        cwd=folder,
        # The child needs none of our settings, and what it does not have it cannot betray.
        env={name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(slot,),
        start_new_session=True,
    )
    try:
        status = child.wait(limits.wall_seconds)
    except subprocess.TimeoutExpired:
        status = -signal.SIGALRM
    finally:
        _kill_group(child)
    if status in {-signal.SIGALRM, -signal.SIGXCPU, -signal.SIGKILL}:
        return "too-slow"
    return "crashed" if status else ""


def _kill_group(child: subprocess.Popen) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _collect(folder: Path, limits: Limits) -> Reading:
    """Turn the child's files into a Reading. A hostile PDF may have taken the child over: everything is checked."""
    try:
        answer = json.loads(_read_bounded(folder / "answer.json", ANSWER_LIMIT))
        if answer.get("error"):
            # On a broken file stumbling is to be expected; on one we took it is ours to mend.
            level = logging.INFO if answer.get("refusal") else logging.WARNING
            logger.log(level, "the reader stumbled: %.200r", answer["error"])
        if answer.get("refusal"):
            return _refusal(answer["refusal"])
        return Reading(
            pages=int(answer["pages"]),
            has_text=bool(answer["has_text"]),
            fields={str(name): _found(found) for name, found in answer["fields"].items()},
            pictures=tuple(
                _picture(folder, number, limits) for number in range(min(answer["pictures"], limits.pictures))
            ),
            embedded_xml=bool(answer["embedded_xml"]),
            signed=bool(answer["signed"]),
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return _refusal("crashed")


def _found(found: dict) -> Found:
    left, top, right, bottom = (min(max(float(edge), 0.0), 1.0) for edge in found["box"])
    return Found(str(found["value"])[:VALUE_LIMIT], int(found["page"]), (left, top, right, bottom), bool(found["sure"]))


def _picture(folder: Path, number: int, limits: Limits) -> bytes:
    picture = _read_bounded(folder / f"page-{number}.jpg", limits.written_file)
    if not picture.startswith(b"\xff\xd8\xff"):
        raise ValueError("not a JPEG")
    return picture


def _read_bounded(path: Path, size: int) -> bytes:
    """Read a plain file the child wrote; a link to somewhere else is refused."""
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        content = file.read(size + 1)
    if len(content) > size:
        raise ValueError("too long")
    return content

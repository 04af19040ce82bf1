"""What every child does: take its job, limit itself before it opens anything, leave an answer that betrays nothing.

A child imports neither Django nor the rest of the portal: it starts fast and holds no secret.
"""

import json
import resource
import signal
import traceback
from collections.abc import Callable
from pathlib import Path


class Refused(Exception):
    """This file is not taken. The argument is the stable code of a refusal."""


def take_job(place: Path) -> dict:
    """What the parent wants, read under the limits it wants."""
    job = json.loads((place / "job.json").read_text())
    confine(job["limits"])
    return job


def leave_answer(place: Path, work: Callable[[], dict], *, too_heavy: str, broken: str) -> None:
    """What the work gives, or the code of the refusal it ends in: its own, or one of these two."""
    try:
        answer = work()
    except Refused as refused:
        answer = {"refusal": str(refused)}
    except MemoryError:
        answer = {"refusal": too_heavy}
    except Exception as error:
        answer = {"refusal": broken, "error": whereabouts(error)}
    (place / "answer.json").write_text(json.dumps(answer))


def confine(limits: dict) -> None:
    """Limit this process before it opens anything. The alarm ends it even when the parent was killed."""
    signal.alarm(int(limits["wall_seconds"]) + 2)
    for what, value in (
        (resource.RLIMIT_CPU, limits["cpu_seconds"]),
        (resource.RLIMIT_AS, limits["memory"]),
        (resource.RLIMIT_NOFILE, limits["open_files"]),
        (resource.RLIMIT_FSIZE, limits["written_file"]),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        _, highest = resource.getrlimit(what)
        if highest != resource.RLIM_INFINITY:
            value = min(value, highest)
        resource.setrlimit(what, (value, value))


def whereabouts(error: Exception) -> str:
    """The kind of error and the line of code; never its message, which may quote the document."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
    return f"{type(error).__name__} at {place}"

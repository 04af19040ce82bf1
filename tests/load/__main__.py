"""`python -m tests.load`: suppliers deposit at once while many people read, as in production but on one machine.

Fills a PostgreSQL database of its own (DATABASE_URL names the server), starts gunicorn, a worker and beat as the image
does, and lets locust play the people for a bounded time. Exit code 0: nobody met an error or what is not his, and each
file dropped is there exactly once. 1: not so. 2: the load could not take place.
"""

import argparse
import json
import math
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from agrilocal18.demo.services import Failed
from tests.chaos.places import any_redis, scratch_database
from tests.load import processors, verdict
from tests.load.cast import Cast, Depositor, Reader
from tests.load.stage import Stage

ENDING = 90  # seconds in which who is in the middle of a deposit brings it to its end


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("--seconds", type=int, default=90, help="(90)")
    parser.add_argument("--readers", type=int, default=200, help="people who read (200)")
    parser.add_argument("--depositors", type=int, default=20, help="suppliers who deposit (20)")
    parser.add_argument("--reading", type=_span, default=(15, 45), help="seconds between two pages of a reader (15-45)")
    parser.add_argument("--checking", type=_span, default=(15, 30), help="seconds to read a draft over (15-30)")
    parser.add_argument("--invoices", type=int, default=48_000, help="there already (48000)")
    parser.add_argument("--suppliers", type=int, default=300, help="(300)")
    parser.add_argument("--buyers", type=int, default=400, help="(400)")
    parser.add_argument("--keep", type=Path, help="an empty folder for logs, files and what was seen, kept")
    return parser


def _span(text: str) -> tuple[float, float]:
    least, most = map(float, text.split("-"))
    return least, most


def main(arguments: list[str] | None = None) -> int:
    asked = parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the database is dropped however this ends
    try:
        if asked.keep:
            asked.keep.mkdir(parents=True, exist_ok=True)
            return play(asked.keep.resolve(), asked)
        with tempfile.TemporaryDirectory(prefix="agrilocal18-load-") as folder:
            return play(Path(folder), asked)
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 2


def play(var: Path, asked: argparse.Namespace) -> int:
    redis = any_redis(var)
    try:
        with scratch_database("load") as database:
            stage = Stage(var, database, redis.url)
            try:
                return _play(stage, var, asked)
            finally:
                stage.crew.end()
    finally:
        redis.end()


def _play(stage: Stage, var: Path, asked: argparse.Namespace) -> int:
    began = time.monotonic()
    stage.open()
    cast = Cast(*_people(asked, var), asked.reading, asked.checking)
    cast.write(var / "cast.json")
    stage.begin()
    _say(f"{asked.invoices} invoices filled and all started in {time.monotonic() - began:.0f} s")
    seen = _loaded(stage, var, asked)

    from tests.load.books import differences

    different = differences(seen["deposits"], [depositor.supplier for depositor in cast.depositors])
    found = verdict.problems(seen, different, stage.complaints())
    for line in verdict.report(seen, found):
        _say(line)
    return 1 if found else 0


def _people(asked: argparse.Namespace, var: Path) -> tuple[list[Reader], list[Depositor]]:
    from tests.bench_web.fill import Size
    from tests.load import invent

    size = Size(asked.invoices, asked.suppliers, asked.buyers, asked.invoices // 24)
    invent.fill_portal(size)
    # More than anybody can read over in the time there is.
    files = math.ceil(asked.seconds / asked.checking[0] / 2) + 2
    return invent.readers(size, asked.readers), invent.depositors(asked.depositors, files, var / "factures")


def _loaded(stage: Stage, var: Path, asked: argparse.Namespace) -> dict:
    """What the people saw."""
    _say(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} before it begins")
    before = processors.spent(stage.web.process.pid), processors.busy()
    began = time.monotonic()
    _let_people_in(stage, var, asked)
    stage.crew.check()
    took = time.monotonic() - began
    site, busy = processors.spent(stage.web.process.pid) - before[0], processors.busy() - before[1]
    _say(f"{asked.readers} people read and {asked.depositors} deposit for {took:.0f} s; load {os.getloadavg()[0]:.1f}")
    _say(
        f"seconds of processor: {site:.0f} for the site and its readers of PDFs, {processors.of_children():.0f} for the"
        f" people played, {busy:.0f} with all other programs, of {took * (os.cpu_count() or 1):.0f} there are"
    )
    return json.loads((var / "seen.json").read_text())


def _let_people_in(stage: Stage, var: Path, asked: argparse.Namespace) -> None:
    count = asked.readers + asked.depositors
    options = ["-f", "tests/load/people.py", "--headless", "--host", stage.url, "--users", str(count)]
    options += ["--spawn-rate", str(max(1, count // 4)), "--run-time", str(asked.seconds), "--only-summary"]
    options += ["--stop-timeout", str(ENDING), "--exit-code-on-error", "0", "--loglevel", "WARNING"]
    people = stage.service("people", "locust", *options, LOAD_CAST=str(var / "cast.json"))
    people.start()
    try:
        ended = people.process.wait(asked.seconds + ENDING + 60)
    except subprocess.TimeoutExpired:
        raise Failed(f"The people do not come to an end.\n{people.last_words()}") from None
    finally:
        people.end(0)
    if ended:
        raise Failed(f"The people could not be played.\n{people.last_words()}")


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())

"""`python -m tests.bench`: what the exchange costs, as ratios within one run.

Deposits of the portal beside a bare `requests` loop making the same two calls; a sweep of news beside one call for
each invoice that is tracked; the memory of a worker. Needs PostgreSQL (DATABASE_URL); Redis takes no part.
"""

import argparse
import logging
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

from agrilocal18.demo.services import Failed
from chorus.simulator import world
from tests.bench import acts, far_side
from tests.bench.crowd import together
from tests.chaos.places import scratch_database
from tests.chaos.stage import Simulated


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--deposits", type=int, default=640, help="invoices to deposit, 0 for none (640)")
    parser.add_argument("--size", type=int, default=300_000, help="bytes of each PDF (300000)")
    parser.add_argument("--latency", type=float, default=0.15, help="seconds added to each call (0.15)")
    parser.add_argument("--processes", type=int, default=4, help="(4)")
    parser.add_argument("--threads", type=int, default=4, help="of each process (4): concurrency 16")
    parser.add_argument("--tracked", type=int, default=45_000, help="invoices followed, 0 for no sweep (45000)")
    parser.add_argument("--changed", type=int, default=450, help="of them, changed since the last sweep (450)")
    return parser


def main(arguments: list[str] | None = None) -> int:
    asked = parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    _say(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before it begins")
    try:
        with tempfile.TemporaryDirectory(prefix="agrilocal18-bench-") as folder, scratch_database("bench") as database:
            measure(Path(folder), database, asked)
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 2
    return 0


def measure(var: Path, database: str, asked: argparse.Namespace) -> None:
    settings = {"CALLS_PER_SECOND": "0", "CALL_DEADLINE": "60", "LEASE": "900", "DEPOSIT_THREADS": "1"}
    stage = Simulated(var, database, **{f"CHORUS_{name}": value for name, value in settings.items()})
    now = int(time.time() * 1000)
    far_side.fill_simulator(var / "simulator.sqlite3", asked.tracked, now)
    try:
        stage.open("--no-files")
        from tests.chaos import data

        data.connect_suppliers()
        far_side.fill_portal(asked.tracked, now)
        _analyze()
        if asked.tracked:
            measure_news(stage, asked)
        if asked.deposits:
            measure_deposits(stage, asked)
    finally:
        stage.crew.end()


def _analyze() -> None:
    """A database that lives has statistics; one that was just filled has none yet."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("vacuum (analyze)")


# --- News ---


def measure_news(stage: Simulated, asked: argparse.Namespace) -> None:
    for latency in (0, asked.latency):
        stage.simulator.calm()
        if latency:
            stage.simulator.trouble("latency", operation="*", probability=1.0, seconds=latency)
        measure_sweep(stage, asked, latency)


def measure_sweep(stage: Simulated, asked: argparse.Namespace, latency: float) -> None:
    """Change some invoices, sweep once, compare with one call for each tracked invoice."""
    _set_cursor(stage)
    status = "PRISE_EN_COMPTE_DESTINATAIRE" if latency else "SERVICE_FAIT"
    cpp_ids = [1_000_000 + n * (asked.tracked // asked.changed) for n in range(asked.changed)]
    for cpp_id in cpp_ids:
        stage.simulator.play(cpp_id, status, force=True)
    before = stage.simulator.calls()
    sweep = together(acts.news_sweep, 1)
    calls = {name: count - before.get(name, 0) for name, count in stage.simulator.calls().items()}
    single = together(acts.history_calls, 1, cpp_ids[:20]).results[0]
    _say(f"news, {latency * 1000:.0f} ms added to each call")
    _say(f"  tracked, changed       {asked.tracked}, {asked.changed}; the sweep applied {sweep.results[0]}")
    listed = ", ".join(f"{name} {count}" for name, count in sorted(calls.items()) if count)
    _say(f"  calls of one sweep     {sum(calls.values())} ({listed})")
    _say(f"  seconds of one sweep   {sweep.seconds:.1f}")
    _say(
        f"  one call per tracked   {asked.tracked} calls, {asked.tracked * single:.0f} s (estimated:"
        f" {asked.tracked} × {single * 1000:.1f} ms, the mean of {len(cpp_ids[:20])} calls)"
    )
    _say(f"  ratio                  {asked.tracked / sum(calls.values()):.0f} times fewer calls")
    _say(f"  peak memory            {sweep.peak_mb:.0f} MB")


def _set_cursor(stage: Simulated) -> None:
    """The last sweep ended a moment ago, by the far side's clock."""
    from datetime import datetime

    from chorus.models import Cursor, TechnicalAccount

    position = datetime.fromisoformat(stage.simulator.now())
    Cursor.objects.update_or_create(account=TechnicalAccount.objects.get(), defaults={"position": position})


# --- Deposits ---


def measure_deposits(stage: Simulated, asked: argparse.Namespace) -> None:
    from chorus.deposit import queue_ready
    from tests.chaos import data

    concurrency = asked.processes * asked.threads
    each = asked.deposits // concurrency
    count = each * concurrency
    data.approve_invoices(count, size=asked.size)
    _analyze()
    stage.simulator.calm()
    stage.simulator.trouble("latency", operation="*", probability=1.0, seconds=asked.latency)
    url, token = f"{stage.environment['CHORUS_API_URL']}", _token(stage)
    shape = (asked.threads, each, asked.size)
    bare = together(acts.bare_deposits, asked.processes, url, token, *shape, "B")
    before, began = stage.simulator.calls(), time.monotonic()
    while queue_ready():
        pass
    queueing = time.monotonic() - began
    ours = together(acts.our_deposits, asked.processes, asked.threads)
    calls = {name: number - before.get(name, 0) for name, number in stage.simulator.calls().items()}
    again = together(acts.bare_deposits, asked.processes, url, token, *shape, "C")
    _report_deposits(asked, count, [bare, again], ours, queueing, calls)


def _report_deposits(asked, count: int, bare: list, ours, queueing: float, calls: dict[str, int]) -> None:
    for run in bare:
        if sum(run.results) != count:
            raise Failed(f"The bare loop stored {sum(run.results)} of {count} invoices.")
    sent, restarts = (sum(column) for column in zip(*ours.results, strict=True))
    bare_rate = sum(count / run.seconds for run in bare) / len(bare)
    rate = count / (queueing + ours.seconds)
    _say(f"deposits, {asked.latency * 1000:.0f} ms added to each call, {asked.size // 1000} kB a file")
    _say(f"  concurrency            {asked.processes} processes of {asked.threads} threads, for both")
    _say(f"  bare requests loop     {bare_rate:.1f} a second ({', '.join(f'{run.seconds:.1f}' for run in bare)} s)")
    _say(f"  the portal             {rate:.1f} a second ({queueing:.1f} s queueing, {ours.seconds:.1f} s sending)")
    _say(f"  ratio                  {rate / bare_rate:.2f} (bound by latency alone: {_ideal(asked):.1f} a second)")
    _say(f"  sent                   {sent}; {restarts} sweeps ended although invoices waited, and began again")
    cpu = [1000 * run.cpu_seconds / count for run in (ours, *bare)]
    _say(f"  processor time         {cpu[0]:.1f} ms a deposit for the portal, {sum(cpu[1:]) / 2:.1f} ms for the loop")
    _say("  calls                  " + ", ".join(f"{name} {n}" for name, n in sorted(calls.items()) if n))
    _say(
        f"  peak memory            {ours.peak_mb:.0f} MB a process of the portal, {bare[0].peak_mb:.0f} MB of the loop"
    )


def _ideal(asked) -> float:
    return asked.processes * asked.threads / (2 * asked.latency) if asked.latency else float("inf")


def _token(stage: Simulated) -> str:
    import requests

    form = {"grant_type": "client_credentials", "client_id": world.CLIENT_ID, "client_secret": world.CLIENT_SECRET}
    with requests.Session() as session:
        session.trust_env = False
        return session.post(stage.environment["CHORUS_TOKEN_URL"], data=form, timeout=30).json()["access_token"]


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())

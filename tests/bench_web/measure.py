"""How long the server takes for a page, and what it asks the database: in this very process, without a network.

Other programs on the machine make the clock run while the page waits for a processor. So the time that this process
and its database's backend spent on a processor is measured too: that is the page's own.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agrilocal18.demo.services import Failed
from tests.bench_web.pages import Page

LONGEST = 10  # seconds for one page: a very slow one is asked for less often
FEWEST = 5


@dataclass(frozen=True)
class Query:
    sql: str
    seconds: float


@dataclass(frozen=True)
class Cost:
    """Milliseconds at the middle and at 95 of 100; queries of the dearest of its visits."""

    page: Page
    clock: tuple[float, float]
    own: tuple[float, float]
    queries: int
    slowest: Query


def cost(page: Page, requests: int) -> Cost:
    _fetch(*page.visits[0])  # what a process does but once is done before
    asked = [_queries(*visit) for visit in page.visits]
    clock, own = zip(*_times(page, requests), strict=True)
    slowest = max((query for queries in asked for query in queries), key=lambda query: query.seconds)
    return Cost(page, _middle_and_late(clock), _middle_and_late(own), max(map(len, asked)), slowest)


def _middle_and_late(took: tuple[float, ...]) -> tuple[float, float]:
    cuts = quantiles(took, n=20, method="inclusive")
    return cuts[9], cuts[18]


def _times(page: Page, requests: int) -> list[tuple[float, float]]:
    """By the clock and on a processor, in milliseconds."""
    took: list[tuple[float, float]] = []
    backend, began = _backend(), time.perf_counter()
    while len(took) < max(2, requests) and (time.perf_counter() - began < LONGEST or len(took) < FEWEST):
        client, address = page.visits[len(took) % len(page.visits)]
        before = time.perf_counter(), _processor(backend)
        _fetch(client, address)
        took.append(((time.perf_counter() - before[0]) * 1000, (_processor(backend) - before[1]) * 1000))
    return took


def _backend() -> Path:
    """Where Linux counts the nanoseconds of the database's process that serves this one."""
    with connection.cursor() as cursor:
        cursor.execute("set max_parallel_workers_per_gather = 0")  # others would not be counted
        cursor.execute("set random_page_cost = 1.1")  # as docker-compose.yml and docs/going-live.md want it
        cursor.execute("select pg_backend_pid()")
        return Path(f"/proc/{cursor.fetchone()[0]}/schedstat")


def _processor(backend: Path) -> float:
    """Seconds on a processor until now, of this process and of the database's; of this alone if that is elsewhere."""
    theirs = int(backend.read_text().split()[0]) / 1e9 if backend.exists() else 0
    return time.process_time() + theirs


def _fetch(client: Client, address: str) -> None:
    """All of it, a file that is written as it is read too."""
    response = client.get(address, SERVER_NAME="localhost")
    if response.status_code != 200:
        raise Failed(f"{address} answered {response.status_code}.")
    for _piece in response:
        pass


def _queries(client: Client, address: str) -> list[Query]:
    with CaptureQueriesContext(connection) as captured:
        _fetch(client, address)
    return [Query(query["sql"], float(query["time"])) for query in captured.captured_queries]


def explained(query: Query) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"explain (analyze, buffers, costs off) {query.sql}")
        return "\n".join(line for (line,) in cursor.fetchall())

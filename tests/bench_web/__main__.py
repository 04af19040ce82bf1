"""`python -m tests.bench_web`: what each page costs once the portal holds four years of invoices.

Fills a PostgreSQL database of its own (DATABASE_URL names the server), asks for each page in this process through
Django's whole handler, middlewares included, and writes a table; the slowest query is explained.
"""

import argparse
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from agrilocal18.demo.services import Failed
from tests.chaos.places import scratch_database

AIM = 50  # milliseconds


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench_web", description=__doc__)
    parser.add_argument("--invoices", type=int, default=450_000, help="(450000)")
    parser.add_argument("--suppliers", type=int, default=14_000, help="(14000)")
    parser.add_argument("--buyers", type=int, default=17_000, help="(17000)")
    parser.add_argument("--large", type=int, default=20_000, help="invoices of the largest buyer (20000)")
    parser.add_argument("--requests", type=int, default=40, help="for each page (40)")
    parser.add_argument("--houses", type=int, default=10, help="ordinary suppliers and buyers visited in turn (10)")
    parser.add_argument("--only", default="", help="pages whose line holds these words")
    parser.add_argument("--in", dest="filled", metavar="URL", help="a database filled with these sizes before, kept")
    parser.add_argument("--fill", metavar="URL", help="fill this empty database, for --in, and measure nothing")
    return parser


def main(arguments: list[str] | None = None) -> int:
    asked = parser().parse_args(arguments)
    given = asked.fill or asked.filled
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the database is dropped however this ends
    try:
        with nullcontext(given) if given else scratch_database("bench_web") as database:
            play(database, asked)
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 2
    return 0


def play(database: str, asked: argparse.Namespace) -> None:
    os.environ |= {"DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "tests.settings", "LOG_LEVEL": "ERROR"}
    import django

    django.setup()
    from tests.bench_web.fill import Size

    size = Size(asked.invoices, asked.suppliers, asked.buyers, asked.large)
    if not asked.filled:
        _fill(size)
    if not asked.fill:
        measure(size, asked)


def _fill(size) -> None:
    from django.core.management import call_command

    from tests.bench_web.fill import fill

    began = time.monotonic()
    call_command("migrate", verbosity=0)
    fill(size)
    _say(f"{size.invoices} invoices, {size.suppliers} suppliers, {size.buyers} buyers, {size.orders} orders")
    _say(f"filled in {time.monotonic() - began:.0f} s")


def measure(size, asked: argparse.Namespace) -> None:
    """A line for each page of the filled database that is open, then the slowest query explained."""
    from tests.bench_web.measure import cost, explained
    from tests.bench_web.pages import pages

    _say(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before it begins, {asked.requests} requests a page\n")
    _say("| who | page | queries | p50 | p95 | by the clock: p50 | p95 |\n|---|---|---|---|---|---|---|")
    costs = []
    with _nothing_kept():
        for page in pages(size, asked.houses):
            if asked.only in f"{page.who} | {page.what}":
                costs.append(cost(page, asked.requests))
                _say(_line(costs[-1]))
        late = sum(one.own[1] > AIM for one in costs)
        _say(f"\n{len(costs)} pages, {late} above {AIM} ms; load {os.getloadavg()[0]:.1f} at the end")
        slowest = max(costs, key=lambda one: one.slowest.seconds)
        _say(f"\nSlowest query: {slowest.page.who}, {slowest.page.what}\n\n{slowest.slowest.sql}\n")
        _say(explained(slowest.slowest))


@contextmanager
def _nothing_kept() -> Iterator[None]:
    """Who signed in here is gone at the end: a filled database can be measured again."""
    from django.db import transaction

    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _line(one) -> str:
    p95 = f"**{one.own[1]:.0f}**" if one.own[1] > AIM else f"{one.own[1]:.0f}"
    clock = " | ".join(f"{milliseconds:.0f}" for milliseconds in one.clock)
    return f"| {one.page.who} | {one.page.what} | {one.queries} | {one.own[0]:.0f} | {p95} | {clock} |"


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())

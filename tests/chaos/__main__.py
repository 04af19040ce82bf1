"""`python -m tests.chaos`: a bad week at PISTE in a minute, and whether every invoice was deposited exactly once.

Exit code 0: it was, and every answer to a return was taken once. 3: an invoice was deposited twice; 5: an answer was
taken twice; 6: both. 4: one was lost, wrong or not finished in time, or a planned accident never happened, which would
prove nothing. 2: the run could not take place.
"""

import argparse
import logging
import signal
import sys
import tempfile
from pathlib import Path

from agrilocal18.demo.services import Failed
from tests.chaos.places import any_redis, scratch_database
from tests.chaos.round import Round, Wanted
from tests.chaos.stage import Patience

# With the far side's duplicate check on, its index may lag longer than we are patient: absence is believed wrongly. The
# row of a killed worker comes back after lease, settling delay and a rest of the breaker: the lag outlasts these.
LAGGING = Patience(settling_delay=2, doubt_deadline=3, search_lag=15, retry_delay=0.2)
MOST_KILLS, MOST_FREEZES = 20, 10  # at each point


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("-n", "--invoices", type=int, default=200)
    parser.add_argument("--mutant", action="store_true", help="workers that send again without looking: must fail")
    parser.add_argument("--lagging", action="store_true", help="duplicate check on, index lag beyond our patience")
    parser.add_argument("--workers", type=int, default=2, help="Celery workers (2)")
    parser.add_argument("--processes", type=int, default=4, help="processes of each worker (4)")
    parser.add_argument("--faults", type=float, default=0.2, help="share of the calls that meet a fault (0.2)")
    parser.add_argument("--kills", type=int, help="at each point (one for 100 invoices, at most 20)")
    parser.add_argument("--freezes", type=int, help="at each point (one for 200 invoices, at most 10)")
    parser.add_argument("--seed", type=int, default=18)
    parser.add_argument("--limit", type=float, help="seconds before giving up (300 + half a second an invoice)")
    parser.add_argument("--keep", type=Path, help="an empty folder for logs and files, kept")
    return parser


def wanted(asked: argparse.Namespace) -> Wanted:
    return Wanted(
        invoices=asked.invoices,
        mutant=asked.mutant,
        duplicate_check=asked.lagging,
        returns=not asked.lagging,
        patience=LAGGING if asked.lagging else Patience(),
        workers=asked.workers,
        processes=asked.processes,
        faults=asked.faults,
        kills=_one_for(100, MOST_KILLS, asked.invoices) if asked.kills is None else asked.kills,
        freezes=_one_for(200, MOST_FREEZES, asked.invoices) if asked.freezes is None else asked.freezes,
        seed=asked.seed,
        limit=asked.limit or 300 + asked.invoices / 2,
    )


def _one_for(so_many: int, most: int, invoices: int) -> int:
    return min(most, max(1, invoices // so_many))


def main(arguments: list[str] | None = None) -> int:
    asked = parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING)
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.default_int_handler)
    try:
        if asked.keep:
            asked.keep.mkdir(parents=True, exist_ok=True)
            return play(asked.keep.resolve(), wanted(asked))
        with tempfile.TemporaryDirectory(prefix="agrilocal18-chaos-") as folder:
            return play(Path(folder), wanted(asked))
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrupted: nothing is proved.", file=sys.stderr)
        return 2


def play(var: Path, wanted: Wanted) -> int:
    redis = any_redis(var)
    try:
        with scratch_database("chaos") as database:
            return Round(var, database, redis, wanted).play()
    finally:
        redis.end()


if __name__ == "__main__":
    sys.exit(main())

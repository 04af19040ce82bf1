"""`make bench-reading`: how much of the invented French invoices the reader gets right, its time, its memory.

It writes nothing but what it prints.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pypdfium2 as pdfium

from invoicing.reading.extract import extract
from invoicing.reading.text import read_pages
from tests.bench_reading.judge import MISSING, NOTICED, RIGHT, WRONG, Outcome, outcomes
from tests.invoices.engines import ENGINES, usable
from tests.invoices.paper import EVERY_LAYOUT, WEB, Paper, make_invoice
from tests.invoices.traps import TRAPS


def main() -> None:
    options = _options()
    engines = [engine for engine in options.engines if usable(engine)]
    tally, timed = Tally(), []
    for layout, engine, seed, paper in _papers(options, engines):
        read = _read(paper, set() if options.unknown_supplier else {paper.seller.siret})
        tally.add(layout, engine, seed, outcomes(paper, read))
        timed.append(paper.pdf)
    print(f"{len(timed)} invoices: {len(options.layouts)} layouts, {', '.join(engines)}, seeds from {options.first}")
    tally.tell(failures=options.failures)
    _tell_times(timed[:: max(1, len(timed) // options.timed)] if options.timed else [])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=6, help="invoices of each layout and engine")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--layouts", nargs="+", default=list(EVERY_LAYOUT), choices=EVERY_LAYOUT)
    parser.add_argument("--engines", nargs="+", default=list(ENGINES), choices=ENGINES)
    parser.add_argument("--timed", type=int, default=60, help="invoices read through the sandbox, for time and memory")
    parser.add_argument("--failures", type=int, default=0, help="how many failures to tell, the gravest first")
    parser.add_argument("--unknown-supplier", action="store_true", help="do not tell the reader who deposits")
    return parser.parse_args()


def _papers(options: argparse.Namespace, engines: list[str]) -> Iterator[tuple[str, str, int, Paper]]:
    """Every other invoice meets a trap."""
    traps = ["", *TRAPS]
    for layout in options.layouts:
        of_layout = [engine for engine in engines if layout not in WEB or engine == "chromium"]
        for number, engine in enumerate(of_layout):
            for seed in range(options.first, options.first + options.seeds):
                trap = traps[(seed + number) // 2 % len(traps)] if (seed + number) % 2 else ""
                yield layout, engine, seed, make_invoice(layout, seed * 17 + number, engine=engine, trap=trap)


def _read(paper: Paper, own: set[str]):
    document = pdfium.PdfDocument(paper.pdf)
    try:
        return extract(read_pages(document), own)
    finally:
        document.close()


class Tally:
    def __init__(self):
        self.all: list[tuple[str, str, int, Outcome]] = []

    def add(self, layout: str, engine: str, seed: int, found: list[Outcome]) -> None:
        self.all += [(layout, engine, seed, outcome) for outcome in found]

    def tell(self, *, failures: int) -> None:
        for title, key in (("field", 3), ("layout", 0), ("engine", 1)):
            groups = dict.fromkeys(row[key].field if key == 3 else row[key] for row in self.all)
            print(f"\n{title:20} right %  unsure  missing  wrong, noticed  wrong")
            for group in groups:
                print(_line(group, [row[3] for row in self.all if group in (row[key], getattr(row[key], "field", 0))]))
        print(f"\n{_line('all', [row[3] for row in self.all])}")
        kinds = Counter(row[3].verdict for row in self.all)
        values = kinds[RIGHT] + kinds[WRONG] + kinds[NOTICED]
        unsure = _unsure(row[3] for row in self.all)
        print(f"right values to be confirmed because unsure: {unsure} of {kinds[RIGHT]} ({unsure / kinds[RIGHT]:.1%})")
        print(f"wrong values neither stopped nor flagged: {kinds[WRONG]} of {values} ({kinds[WRONG] / values:.3%})")
        self._tell_failures(failures)

    def _tell_failures(self, count: int) -> None:
        gravity = {WRONG: 0, NOTICED: 1, MISSING: 2}
        failed = [row for row in self.all if row[3].verdict in gravity]
        for layout, engine, seed, one in sorted(failed, key=lambda row: gravity[row[3].verdict])[:count]:
            print(f"{one.verdict:14} {layout}/{engine}/{seed} {one.field}: {one.true!r} read as {one.read!r}")


def _line(name: str, found: list[Outcome]) -> str:
    kinds = Counter(outcome.verdict for outcome in found)
    share = kinds[RIGHT] / len(found)
    return f"{name:20} {share:7.2%}  {_unsure(found):6}  {kinds[MISSING]:7}  {kinds[NOTICED]:14}  {kinds[WRONG]:5}"


def _unsure(found: Iterable[Outcome]) -> int:
    """How many right values the supplier is asked to confirm all the same."""
    return sum(outcome.verdict == RIGHT and not outcome.sure for outcome in found)


def _tell_times(contents: list[bytes]) -> None:
    if not contents:
        return
    with tempfile.TemporaryDirectory() as folder:
        for number, content in enumerate(contents):
            Path(folder, f"{number:04d}.pdf").write_bytes(content)
        answer = subprocess.run(
            [sys.executable, "-m", "tests.bench_reading.timing", folder], check=True, capture_output=True, text=True
        )
    told = json.loads(answer.stdout)
    seconds = statistics.quantiles(told["seconds"], n=20)
    print(f"\nthrough the sandbox, {len(contents)} invoices, load {os.getloadavg()[0]:.1f}:")
    print(
        f"p50 {seconds[9]:.2f} s, p95 {seconds[18]:.2f} s, of which the processor {told['processor']:.2f} s in the mean"
    )
    print(f"peak memory of the reader {told['peak_megabytes']:.0f} MB")


if __name__ == "__main__":
    main()

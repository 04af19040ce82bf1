"""`pytest -p tests.stopwatch`: prints how long the browser's tests and all the others took, and what passed a ceiling.

Seconds of one worker: with `-n 2` half of what the tests took one by one. Ceilings from BROWSER_CEILING and
OTHERS_CEILING; none where they are not given.
"""

import os
from collections import Counter

CEILINGS = {"browser": "BROWSER_CEILING", "others": "OTHERS_CEILING"}


def pytest_configure(config):
    config.pluginmanager.register(Stopwatch(workers=len(config.getoption("tx", None) or [1])))


class Stopwatch:
    def __init__(self, workers: int):
        self._workers = workers
        self._took: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report):
        kind = "browser" if "browser" in report.keywords else "others"
        self._took[kind] += report.duration / self._workers

    def pytest_terminal_summary(self, terminalreporter):
        for kind, seconds in sorted(self._took.items()):
            late = ": LONGER THAN ITS CEILING" if seconds > ceiling(kind) else ""
            terminalreporter.write_line(f"{kind}: {seconds:.0f} s (at most {ceiling(kind):.0f} s){late}")


def ceiling(kind: str) -> float:
    return float(os.environ.get(CEILINGS[kind], "inf"))

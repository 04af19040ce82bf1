"""`pytest -p tests.stopwatch`: prints how long the browser's tests and all the others took, and what passed a ceiling.

Ceilings in seconds from BROWSER_CEILING and OTHERS_CEILING; none where they are not given.
"""

import os
from collections import Counter

import pytest

CEILINGS = {"browser": "BROWSER_CEILING", "others": "OTHERS_CEILING"}
took = pytest.StashKey[Counter]()


def pytest_configure(config):
    config.stash[took] = Counter()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    kind = "browser" if item.get_closest_marker("browser") else "others"
    item.config.stash[took][kind] += call.duration
    return (yield)


def ceiling(kind):
    return float(os.environ.get(CEILINGS[kind], "inf"))


def pytest_terminal_summary(terminalreporter, config):
    for kind, seconds in sorted(config.stash[took].items()):
        late = ": LONGER THAN ITS CEILING" if seconds > ceiling(kind) else ""
        terminalreporter.write_line(f"{kind}: {seconds:.0f} s (at most {ceiling(kind):.0f} s){late}")

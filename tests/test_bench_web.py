"""`make bench-web` in small: every page it names is there, at a size that takes seconds."""

import re
import subprocess
import sys

import pytest

SMALL = "--invoices 3000 --suppliers 60 --buyers 60 --large 200 --requests 1 --houses 1"
ROW = re.compile(r"^\| (supplier|large supplier|buyer|large buyer|agent|operator) \| .+? \| (\d+) \|", re.MULTILINE)


@pytest.mark.postgresql
def test_it_measures_every_page_and_explains_the_slowest_query():
    told = subprocess.run([sys.executable, "-m", "tests.bench_web", *SMALL.split()], capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    rows = ROW.findall(told.stdout)
    assert {who for who, _ in rows} == {"supplier", "large supplier", "buyer", "large buyer", "agent", "operator"}
    assert all(int(queries) > 0 for _, queries in rows)
    assert "Execution Time" in told.stdout

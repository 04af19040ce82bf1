"""`python -m invoicing.checks` writes the tables of docs/checks.md anew."""

from pathlib import Path

import invoicing.checks  # noqa: F401 — declares the rules
from invoicing.checks.table import fill

PAGE = Path(__file__).resolve().parents[2] / "docs" / "checks.md"

if __name__ == "__main__":
    PAGE.write_text(fill(PAGE.read_text()))

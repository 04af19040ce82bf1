"""The documents say what the code does."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from chorus.api.table import as_markdown
from chorus.simulator.faults import KINDS
from chorus.translate import STATUS_OF
from invoicing.checks.table import law_table, rules_table
from invoicing.lifecycle import BALL, BEFORE_DEPOSIT, OFFICIAL_LABELS, ON_CHORUS, TRANSITIONS, Status
from suppliers.importing import kinds
from suppliers.models import mail

DOCS = settings.BASE_DIR / "docs"


def transitions() -> str:
    lines = ["| status | what the producer reads | who has the ball | may become |", "|---|---|---|---|"]
    for status in (status for status in Status if status in BEFORE_DEPOSIT):
        targets = ", ".join(target.name for target in Status if target in TRANSITIONS[status]) or "final"
        lines.append(f"| {status.name} | {status.label} | {BALL[status].name.lower()} | {targets} |")
    return "\n".join(lines)


def statuses() -> str:
    words = {status: word for word, status in STATUS_OF.items()}
    lines = ["| status | what the producer reads | official label | Chorus Pro's word | who has the ball |"]
    lines.append("|---|---|---|---|---|")
    for status in (status for status in Status if status in ON_CHORUS):
        ball = BALL[status].name.lower()
        lines.append(f"| {status.name} | {status.label} | {OFFICIAL_LABELS[status]} | `{words[status]}` | {ball} |")
    return "\n".join(lines)


def faults() -> str:
    lines = ["| kind | what happens | options |", "|---|---|---|"]
    for kind, row in KINDS.items():
        options = ", ".join(f"`{name}={value!r}`" for name, value in row.options.items())
        lines.append(f"| `{kind}` | {row.label} | {options} |")
    return "\n".join(lines)


def mails() -> str:
    lines = ["| mail | to whom | when |", "|---|---|---|"]
    for what in mail.KINDS.values():
        lines.append(f"| {what.label} | {what.to} | {what.when}{'; at once' if what.at_once else ''} |")
    return "\n".join(lines)


def imports() -> str:
    lines = ["| list | column | field | must be there |", "|---|---|---|---|"]
    for kind in sorted(kinds.KINDS.values(), key=lambda kind: kind.label):
        resource = kind.resource()
        for name, title in resource.titles.items():
            lines.append(f"| {kind.label} | {title} | `{name}` | {'yes' if name in resource.required else ''} |")
    return "\n".join(lines)


TABLES = [
    ("lifecycle.md", "transitions", transitions),
    ("lifecycle.md", "statuses", statuses),
    ("chorus.md", "rules", lambda: as_markdown().strip()),
    ("chorus.md", "faults", faults),
    ("checks.md", "rules", rules_table),
    ("checks.md", "law", law_table),
    ("operations.md", "mails", mails),
    ("operations.md", "imports", imports),
]


@pytest.mark.parametrize(("page", "mark", "table"), TABLES)
def test_the_tables_of_the_documents_are_those_of_the_code(page, mark, table):
    text = (DOCS / page).read_text()
    written = re.search(rf"<!-- {mark} -->\n(.*?)\n?<!-- /{mark} -->", text, re.DOTALL)[1]
    assert written == table(), f"docs/{page} should say, between its marks:\n{table()}"


def links() -> list[tuple[Path, str]]:
    pages = [*(settings.BASE_DIR / name for name in ("README.md", "SECURITY.md")), *sorted(DOCS.glob("*.md"))]
    return [(page, link) for page in pages for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())]


@pytest.mark.parametrize(("page", "link"), links(), ids=str)
def test_every_link_between_documents_leads_somewhere(page, link):
    assert (page.parent / link).exists()

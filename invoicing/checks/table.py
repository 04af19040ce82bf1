"""docs/checks.md as the code says it: every rule, and every dated value of the law."""

from collections.abc import Iterator
from decimal import Decimal

from invoicing.checks.law import LAW, Row
from invoicing.checks.reasons import REASONS
from invoicing.checks.rule import RULES, Level, Rule


def rules_table() -> str:
    """One row a rule, those that stop first, in the order of the checks."""
    head = ["| code | level | when | message | remedy | source |", "|---|---|---|---|---|---|"]
    rules = sorted(RULES.values(), key=lambda rule: rule.level is not Level.STOP)
    return "\n".join([*head, *map(_rule, rules)])


def _rule(rule: Rule) -> str:
    source, when = REASONS[rule.code]
    return f"| `{rule.code}` | {rule.level} | {when} | {_cell(rule.message)} | {_cell(rule.remedy)} | {source} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def law_table() -> str:
    head = ["| name | value | from | until | source |", "|---|---|---|---|---|"]
    return "\n".join([*head, *map(_row, LAW)])


def _row(row: Row) -> str:
    until = row.until.isoformat() if row.until else ""
    return f"| `{row.name}` | {' '.join(_values(row))} | {row.since.isoformat()} | {until} | {_cell(row.source)} |"


def _values(row: Row) -> Iterator[str]:
    if row.value is None:
        yield "not known yet"
    elif isinstance(row.value, frozenset):
        yield ", ".join(str(value) for value in sorted(row.value))
    else:
        yield f"« {row.value} »" if isinstance(row.value, str) else str(Decimal(row.value))


def fill(text: str) -> str:
    """The page with both tables as they are now."""
    for mark, table in (("rules", rules_table()), ("law", law_table())):
        before, rest = text.split(f"<!-- {mark} -->\n", 1)
        after = rest.split(f"<!-- /{mark} -->", 1)[1]
        text = f"{before}<!-- {mark} -->\n{table}\n<!-- /{mark} -->{after}"
    return text

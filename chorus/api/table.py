"""The table of answers as people read it: printed in the docs from the rules themselves."""

from chorus.api.answers import ANSWERED, ERRORS, RULES, Rule

HEADINGS = ("Operation", "Answer", "HTTP", "codeRetour / message", "Means", "Why", "Source")


def as_markdown() -> str:
    """One line per rule, in the order they are tried."""
    lines = [HEADINGS, ("---",) * len(HEADINGS), *map(_cells, RULES)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _cells(rule: Rule) -> tuple[str, ...]:
    error = ERRORS.get(rule.means)
    return (
        _operations(rule),
        "any" if rule.shapes == ANSWERED else ", ".join(rule.shapes),
        _statuses(rule.http),
        " ".join(filter(None, [str(rule.code) if rule.code is not None else "", rule.message_code])) or "any",
        f"`{error.__name__}` ({rule.means})" if error else rule.means,
        rule.note,
        rule.source,
    )


def _operations(rule: Rule) -> str:
    if rule.operation != "*":
        return f"`{rule.operation}`"
    return {None: "any", True: "any that changes an invoice", False: "any other"}[rule.changes]


def _statuses(http: range | None) -> str:
    if http is None:
        return "any"
    return str(http[0]) if len(http) == 1 else f"{http[0]}–{http[-1]}"

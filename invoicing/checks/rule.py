"""What a rule is: a stable code, a level, one sentence that says what is wrong and one that says what to do.

Rules are data, kept apart from the functions that apply them: the list can be printed, each code is written once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from invoicing.typography import french


class Level(StrEnum):
    STOP = "stop"
    WARN = "warn"


@dataclass(frozen=True)
class Problem:
    """One thing found wrong. `field` names the form field it belongs to, or is empty; `other` is the invoice of which
    the message speaks, for those who may open it."""

    code: str
    level: Level
    message: str
    remedy: str
    field: str = ""
    other: int | None = None


RULES: dict[str, "Rule"] = {}


@dataclass(frozen=True)
class Rule:
    """Call it with the values its sentences name to get a Problem. Sentences are French, without no-break spaces."""

    code: str
    level: Level
    field: str
    message: str
    remedy: str

    def __post_init__(self):
        if self.code in RULES:
            raise ValueError(f"two rules bear the code {self.code}")
        RULES[self.code] = self

    def __call__(self, *, level: Level | None = None, about: int | None = None, **values: object) -> Problem:
        """`level`: another than usual; `about`: the other invoice that the values name."""
        message, remedy = (french(text.format(**values)) for text in (self.message, self.remedy))
        return Problem(self.code, level or self.level, message, remedy, self.field.format(**values), about)


def stop(code: str, field: str, message: str, remedy: str) -> Rule:
    return Rule(code, Level.STOP, field, message, remedy)


def warn(code: str, field: str, message: str, remedy: str) -> Rule:
    return Rule(code, Level.WARN, field, message, remedy)


def has_stop(problems: Iterable[Problem]) -> bool:
    return any(problem.level is Level.STOP for problem in problems)

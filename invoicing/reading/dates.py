"""Dates in figures and in words, alone or in lists (« les 4, 11 et 18 mai 2026 »)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain

MONTHS = (
    "janvier",
    "fevrier",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "aout",
    "septembre",
    "octobre",
    "novembre",
    "decembre",
)
_SHORT = ("janv", "jan", "fevr", "fev", "mar", "avr", "juil", "jul", "sept", "sep", "oct", "nov", "dec")
_NAME = rf"(?:{'|'.join(MONTHS)}|(?:{'|'.join(_SHORT)})\b\.?)"
_MONTH = rf"(?P<month>{_NAME})"
_WEEKDAY = r"(?:(?:lun|mar|mercre|jeu|vendre|same)di |dimanche )?"
_AND = rf" ?(?:,|et|au|&|\+|-) ?{_WEEKDAY}"
_DAYS = rf"(?P<days>\d{{1,2}}(?:er)?(?:{_AND}\d{{1,2}}(?:er)?)*)"
_WORDS = re.compile(rf"(?<![\w/]){_DAYS}[ -]?{_MONTH}[ -]?(?P<year>\d{{4}}|\d{{2}})(?!\w)")
_FIGURES = re.compile(
    r"(?<![\w/.-])(?P<day>\d{1,2}) ?(?P<sep>[/.-]) ?(?P<month>\d{1,2}) ?(?P=sep) ?"
    r"(?P<year>\d{4}|\d{2})(?![\w/-])(?!\.\d)"
)
_ISO = re.compile(r"(?<![\w/.-])(?P<year>\d{4})(?P<sep>[.-])(?P<month>\d{2})(?P=sep)(?P<day>\d{2})(?![\w/-])")
# « 04/05, 11/05 et 18/05/2026 », « 28 avril et 5 mai 2026 »: days that borrow the year of the date they lead to.
_BORROWING = (
    re.compile(rf"(?<![\w/.-])(?P<days>\d{{1,2}})/(?P<month>\d{{1,2}})(?={_AND}\d{{1,2}}/\d{{1,2}})(?![/\d])"),
    re.compile(rf"(?<![\w/]){_DAYS} {_MONTH}(?={_AND}(?:le |du )?{_WEEKDAY}\d{{1,2}}(?:er)? {_NAME})"),
)
_DAY = re.compile(r"(?<![\w/.,-])(?P<day>\d{2})/(?P<month>\d{2})(?![\w/]|[.,]\d)")
# What stands before a date that is the document's own: « Bourges, le ».
TOWN = re.compile(
    rf"^(?:le|ce) {_WEEKDAY}$|(?:^|[-|·] ?)(?:fait |etablie? )?(?:a )?[a-z][a-z' -]{{1,40}}, ?(?:le |ce )?{_WEEKDAY}$"
)
FIRST_YEAR, LAST_YEAR = 2000, 2099


@dataclass(frozen=True, slots=True)
class DateFound:
    """A date, and where it stands in the text it was found in."""

    value: date
    start: int
    end: int


def find_dates(text: str) -> list[DateFound]:
    """Every date in a folded text (lower case, no accents), in the order of reading."""
    found = [*_in_words(text), *_in_figures(text)]
    found += _borrowing(text, found)
    return sorted(found, key=lambda one: (one.start, one.value))


def find_days(text: str, until: date) -> list[DateFound]:
    """Days without a year, « 18/02 », each the last before a date."""
    for_years = ((match, year) for match in _DAY.finditer(text) for year in (until.year, until.year - 1))
    found = [
        day for match, year in for_years for day in _dated(match, str(year), int(match["month"]), int(match["day"]))
    ]
    latest = {day.start: day for day in reversed(found) if day.value <= until}
    return [latest[start] for start in sorted(latest)]


def _in_words(text: str) -> Iterator[DateFound]:
    for match in _WORDS.finditer(text):
        month = _month_number(match["month"])
        for day in re.findall(r"\d+", match["days"]):
            yield from _dated(match, match["year"], month, int(day))


def _in_figures(text: str) -> Iterator[DateFound]:
    for pattern in (_FIGURES, _ISO):
        for match in pattern.finditer(text):
            yield from _dated(match, match["year"], int(match["month"]), int(match["day"]))


def _borrowing(text: str, found: list[DateFound]) -> Iterator[DateFound]:
    for match in chain.from_iterable(pattern.finditer(text) for pattern in _BORROWING):
        following = next((one for one in sorted(found, key=lambda one: one.start) if one.start >= match.end()), None)
        for day in re.findall(r"\d+", match["days"]) if following else ():
            yield from _dated(match, str(following.value.year), _month_number(match["month"]), int(day))


def _dated(match: re.Match, year: str, month: int, day: int) -> Iterator[DateFound]:
    full_year = int(year) + (2000 if len(year) == 2 else 0)
    if FIRST_YEAR <= full_year <= LAST_YEAR:
        try:
            yield DateFound(date(full_year, month, day), match.start(), match.end())
        except ValueError:
            return


def _month_number(word: str) -> int:
    if word.isdigit():
        return int(word)
    word = word.rstrip(".")
    # « jui » alone is no abbreviation: juin and juillet are told apart by their fourth letter.
    prefix = word[:4] if word.startswith("jui") else word[:3]
    if word.startswith("jul"):
        prefix = "juil"
    return next(number for number, name in enumerate(MONTHS, 1) if name.startswith(prefix))

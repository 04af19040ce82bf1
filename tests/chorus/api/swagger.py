"""The official descriptions (swagger 2.0), and the places where the real service is known to differ from them."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ANY = "*"


@dataclass(frozen=True)
class Deviation:
    """At `place` (names joined by dots, `[]` for an item of a list) of `operation`, `accepts` is right too.

    `accepts` is "array" (of what is described), "null", "date" (day, or local time without a zone) or "undeclared".
    """

    operation: str
    place: str
    accepts: str
    why: str
    source: str

    def covers(self, operation: str, place: str, problem: str) -> bool:
        return (
            self.operation in (ANY, operation)
            and re.fullmatch(self.place, place) is not None
            and (self.accepts == problem)
        )


_DATES = "real dates: AAAA-MM-JJ, or AAAA-MM-JJ HH:MM in histories, without a zone; days are accepted in requests"
DEVIATIONS = (
    Deviation("factures/soumettre", "pieceJointePrincipale", "array", "one object in an array", "five live clients"),
    Deviation(
        ANY,
        r"(.*\.)?(date|periodeDate|histo(Statut|Action)Date)\w+",
        "date",
        _DATES,
        "AIFE examples, four live clients",
    ),
    Deviation(
        "factures/deposer/pdf", "codeRetour|libelle", "undeclared", "forgotten in the description", "two live clients"
    ),
    Deviation("factures/deposer/pdf", r"\w+", "null", "what the OCR did not find", "recorded answer in Pastell"),
    Deviation(
        "structures/rechercher/services",
        r"listeServices\[\]\.date\w+Service",
        "undeclared",
        "dates of validity in real answers",
        "three live clients",
    ),
)

TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
}
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_DATE = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d)?)?")


class Family:
    """One official description: `factures` or `structures`."""

    def __init__(self, path: Path) -> None:
        self._document = json.loads(path.read_text())
        self._base = self._document["basePath"] + "/v1/"

    def operations(self) -> set[str]:
        """Names such as `factures/soumettre`."""
        family = self._base.split("/")[2]
        return {f"{family}/{path.removeprefix('/v1/')}" for path in self._document["paths"]}

    def words(self, definition: str, name: str) -> list[str]:
        """What a property that is a list of words may hold."""
        words: list[str] = self._document["definitions"][definition]["properties"][name]["items"]["enum"]
        return words

    def problems_of_request(self, operation: str, body: Any) -> list[str]:
        parameters = self._method(operation)["parameters"]
        schema = next(parameter["schema"] for parameter in parameters if parameter["in"] == "body")
        return _problems(operation, self._document, schema, body, "")

    def problems_of_answer(self, operation: str, body: Any) -> list[str]:
        return _problems(operation, self._document, self._method(operation)["responses"]["200"]["schema"], body, "")

    def _method(self, operation: str) -> dict[str, Any]:
        return self._document["paths"]["/v1/" + operation.partition("/")[2]]["post"]


def _problems(operation: str, document: dict[str, Any], schema: dict[str, Any], value: Any, place: str) -> list[str]:
    """Every difference between `value` and its description, but the known ones; unknown fields are differences."""
    if "$ref" in schema:
        schema = document["definitions"][schema["$ref"].rpartition("/")[2]]
    found = _kind_problem(schema, value)
    if found == "array" and _known(operation, place, "array"):
        return [problem for item in value for problem in _problems(operation, document, schema, item, place)]
    if found:
        return [] if _known(operation, place, found) else [f"{operation} {place or 'body'}: {found}"]
    if isinstance(value, list):
        parts = [(schema["items"], item, f"{place}[]") for item in value]
    elif isinstance(value, dict):
        return _object_problems(operation, document, schema, value, place)
    else:
        parts = []
    return [problem for part in parts for problem in _problems(operation, document, *part)]


def _object_problems(
    operation: str, document: dict[str, Any], schema: dict[str, Any], value: dict[str, Any], place: str
) -> list[str]:
    described = schema.get("properties", {})
    problems = []
    for name, item in value.items():
        inner = f"{place}.{name}" if place else name
        if name in described:
            problems += _problems(operation, document, described[name], item, inner)
        elif not _known(operation, inner, "undeclared"):
            problems.append(f"{operation} {inner}: undeclared")
    return problems


def _kind_problem(schema: dict[str, Any], value: Any) -> str:
    """What is wrong with the value itself, "" if nothing."""
    expected = schema.get("type", "object")
    if value is None:
        return "null"
    if isinstance(value, bool) != (expected == "boolean") or not isinstance(value, TYPES[expected]):
        return "array" if isinstance(value, list) else f"{type(value).__name__} instead of {expected}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{value} is not one of its values"
    if schema.get("format") == "date-time" and not _INSTANT.fullmatch(value):
        return "date" if _DATE.fullmatch(value) else f"{value} is no date"
    return ""


def _known(operation: str, place: str, problem: str) -> bool:
    return any(deviation.covers(operation, place, problem) for deviation in DEVIATIONS)

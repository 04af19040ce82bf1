"""Reading a request body as tolerantly as the real service does: `0`, `""` and `null` mean « not given »."""

import json
import math
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from chorus.simulator.clock import moment_of
from chorus.simulator.codes import BadRequest

INT64 = 2**63
WORDS = {"true": True, "false": False, "1": True, "0": None}


def body_of(raw: bytes) -> dict[str, Any]:
    """The JSON object of a request. Raises BadRequest for anything else."""
    try:
        body = json.loads(raw, parse_constant=_no_constant)
        json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise BadRequest("le corps n'est pas du JSON") from error
    if body == []:
        return {}  # what PHP clients send for « no parameter »
    if not isinstance(body, dict):
        raise BadRequest("le corps n'est pas un objet JSON")
    return body


def given(body: Mapping[str, Any], key: str) -> Any:
    """What the client gave, None for what stands for « not given ». `False` is given: it is not the number 0."""
    value = body.get(key)
    is_zero = isinstance(value, int | float) and not isinstance(value, bool) and value == 0
    return None if is_zero or value == "" else value


def block(body: Mapping[str, Any], key: str) -> dict[str, Any]:
    """A nested object; an absent one reads as empty."""
    value = given(body, key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadRequest(f"{key} n'est pas un objet")
    return value


def items(body: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """A list of objects, absent ones left out; a single object is taken as a list of one."""
    value = given(body, key)
    rows = [row for row in (value if isinstance(value, list) else [value]) if given({key: row}, key) is not None]
    if not all(isinstance(row, dict) for row in rows):
        raise BadRequest(f"{key} n'est pas une liste d'objets")
    return rows


def texts(body: Mapping[str, Any], key: str) -> list[str]:
    """A list of words, empty ones left out; a single word is taken as a list of one."""
    value = body.get(key)
    rows = value if isinstance(value, list) else [value]
    return [word for word in (text({key: row}, key) for row in rows) if word]


def text(body: Mapping[str, Any], key: str) -> str:
    value = given(body, key)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadRequest(f"{key} n'est pas un texte")
    return str(value)


def integer(body: Mapping[str, Any], key: str) -> int | None:
    value = given(body, key)
    if value is None:
        return None
    try:
        number = int(value) if isinstance(value, str | int) and not isinstance(value, bool) else _whole(value)
    except ValueError as error:
        raise BadRequest(f"{key} n'est pas un entier") from error
    if abs(number) >= INT64:
        raise BadRequest(f"{key} est hors limites")
    return number or None


def _whole(value: Any) -> int:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise ValueError(value)


def number(body: Mapping[str, Any], key: str) -> float | None:
    """A decimal; here 0 is a value, since an invoice may have no VAT."""
    value = body.get(key)
    if value is None or value == "":
        return None
    try:
        amount = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError) as error:
        raise BadRequest(f"{key} n'est pas un nombre") from error
    if not math.isfinite(amount) or abs(amount) >= 1e13:
        raise BadRequest(f"{key} n'est pas un nombre")
    return round(amount, 6)


def flag(body: Mapping[str, Any], key: str) -> bool | None:
    """None when absent: some services treat « absent » and `false` apart."""
    value = given(body, key)
    if value is None or isinstance(value, bool):
        return value
    if str(value).lower() in WORDS:
        return WORDS[str(value).lower()]
    raise BadRequest(f"{key} n'est pas un booléen")


def moment(body: Mapping[str, Any], key: str, *, end: bool = False) -> int | None:
    """A bound in milliseconds. A day alone means its first instant, or its last one for an `end` bound."""
    value = text(body, key)
    if not value:
        return None
    try:
        if len(value) > 10:
            return moment_of(datetime.fromisoformat(value))
        midnight = datetime.fromisoformat(value)
        return moment_of(midnight + timedelta(days=1)) - 1 if end else moment_of(midnight)
    except (ValueError, OverflowError) as error:
        raise BadRequest(f"{key} n'est pas une date") from error


def calendar_day(value: str) -> date:
    """`AAAA-MM-JJ`, alone or at the head of an ISO date-time. Raises ValueError."""
    if len(value) > 10:
        return datetime.fromisoformat(value).date()
    return date.fromisoformat(value)


def _no_constant(word: str) -> None:
    raise ValueError(word)

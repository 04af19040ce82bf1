"""Tolerant readers of what Chorus Pro sends. They never raise: what cannot be read becomes None, "" or empty.

Quirks (chorus public swagger against real answers): three date formats, lists of one element sent as an object,
absent values omitted or null, booleans and integers sometimes sent as text.
"""

import base64
import math
import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

Json = dict[str, Any]

PARIS = ZoneInfo("Europe/Paris")
LARGEST_INTEGER = 2**63  # int64, as the swagger says and a database keeps
LARGEST_AMOUNT = Decimal(10) ** 13  # decimal(19,6): thirteen digits before the point


def text(value: object) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value).strip()


def integer(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if -LARGEST_INTEGER <= value < LARGEST_INTEGER else None
    digits = text(value)
    return int(digits) if re.fullmatch(r"-?[0-9]{1,18}", digits) else None


def flag(value: object) -> bool:
    return value is True or value == 1 or text(value).lower() in ("true", "oui", "1")


def amount(value: object) -> Decimal | None:
    """Exact: the client reads JSON decimals as text, never as binary floats."""
    try:
        found = Decimal(text(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < LARGEST_AMOUNT else None


def moment(value: object) -> datetime | None:
    """Aware. Values without a zone (`2018-04-19 11:08`) are taken as Europe/Paris: no zone is documented."""
    try:
        found = datetime.fromisoformat(text(value))
        return found.replace(tzinfo=PARIS) if found.tzinfo is None else found.astimezone(PARIS)
    except (ValueError, OverflowError):
        return None


def day(value: object) -> date | None:
    """The day in Paris: `2026-03-31T22:30:00Z` is the first of April there."""
    found = moment(value)
    return found.date() if found else None


def file_bytes(value: object) -> bytes | None:
    try:
        return base64.b64decode(text(value), validate=True) or None
    except ValueError:
        return None


def mapping(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Json]:
    """A list of objects; one object alone is a list of one (the old stack serialises it so)."""
    if isinstance(value, dict):
        return [value]
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def page_count(value: object, *, page_size: int, total: int) -> int:
    """`pages` as sent, else deduced from the total; at least 1."""
    return max(integer(value) or 0, math.ceil(total / page_size) if page_size else 0, 1)


def known(rows: Iterable[Json], key: str) -> Iterable[tuple[int, Json]]:
    """The rows that have an id, with it. A row without one cannot be followed and is left to `raw`."""
    for row in rows:
        found = integer(row.get(key))
        if found is not None:
            yield found, row

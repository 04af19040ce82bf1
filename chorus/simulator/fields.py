"""Fields of an invoice that must be there, short enough, or one of a list: Refusal otherwise."""

from typing import Any

from chorus.simulator import codes
from chorus.simulator.codes import Refusal
from chorus.simulator.reading import text


def required(body: dict[str, Any], key: str) -> str:
    value = text(body, key)
    if not value.strip():
        raise Refusal(codes.FIELD_MISSING, key)
    return value


def limited(body: dict[str, Any], key: str, length: int) -> str:
    value = text(body, key)
    if len(value) > length:
        raise Refusal(codes.FIELD_TOO_LONG, f"{key} ({length})")
    return value


def one_of(body: dict[str, Any], key: str, allowed: tuple[str, ...], *, optional: bool = False) -> str:
    value = text(body, key) if optional else required(body, key)
    if value and value not in allowed:
        raise Refusal(codes.VALUE_NOT_ALLOWED, f"{key} = {value[:50]}")
    return value

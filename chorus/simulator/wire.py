"""Plain values between the HTTP server and the rest: what came, what goes back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

JSON = "application/json;charset=UTF-8"
HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True)
class Request:
    """`headers` is case-insensitive (the server's own message object)."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes = b""
    kind: str = ""
    headers: dict[str, str] = field(default_factory=dict)


def as_json(status: int, value: Any) -> Reply:
    return Reply(status, json.dumps(value, ensure_ascii=False).encode(), JSON)


def as_text(status: int, value: str, kind: str = TEXT) -> Reply:
    return Reply(status, value.encode(), kind)


def nothing(status: int, headers: dict[str, str] | None = None) -> Reply:
    """What the gateway says without a word. It names a content type: a client in production reads that header."""
    return Reply(status, b"", TEXT, headers or {})


def see_other(location: str) -> Reply:
    return Reply(303, headers={"Location": location})

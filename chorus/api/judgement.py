"""From what came back on the wire to a payload or an error: the only place where an answer is judged."""

import contextlib
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn

from chorus.api.answers import ERRORS, Meaning, Rule, Seen, Shape, rule_for
from chorus.api.operations import Operation
from chorus.api.parsing import Json, integer, text
from chorus.api.transport import Outcome, Reply, Silence

EXCERPT = 500  # characters of an answer kept in an error
LABEL = 300
LONGEST_PAUSE = 86_400.0
# Escaped or as bytes: what may be such a sign (a whole pair looks alike, and passes unharmed).
_UNSTORABLE = re.compile(rb"\\u(?:0000|d[89a-f])|\xed[\xa0-\xbf]", re.IGNORECASE)
_MESSAGE_CODE = re.compile(r"\b[A-Z]{3}_MSG_\d+[._]\d+")

Clean = Callable[[str], str]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One exchange, judged. `payload` is empty unless the answer is a JSON object; the texts are redacted."""

    operation: Operation
    rule: Rule
    seen: Seen
    payload: Json
    label: str
    message: str
    excerpt: str
    retry_after: float | None

    @property
    def error(self) -> str:
        """The name of the error this verdict stands for, "" for none."""
        kind = ERRORS.get(self.rule.means)
        return kind.__name__ if kind else ""

    def outcome(self) -> Json:
        """The payload; raises the error the table names."""
        if self.rule.means in (Meaning.ACCEPTED, Meaning.EMPTY):
            return self.payload
        self.fail(self.rule.means)

    def fail(self, means: Meaning, message: str = "") -> NoReturn:
        extra: dict[str, Any] = {}
        if means is Meaning.LATER:
            extra["retry_after"] = self.retry_after
        if means is Meaning.DUPLICATE:
            extra["is_duplicate"] = True
        raise ERRORS[means](
            self.operation.name,
            message or self.message,
            http_status=self.seen.http,
            code=self.seen.code,
            message_code=self.seen.message_code,
            label=self.label,
            body_excerpt=self.excerpt,
            note=message or self.rule.note,
            **extra,
        )


def judge(operation: Operation, outcome: Outcome, clean: Clean) -> Verdict:
    """`clean` takes secrets out of the far side's texts (an error page may echo the request)."""
    if isinstance(outcome, Silence):
        shape = Shape.NO_ANSWER if outcome.left else Shape.NEVER_LEFT
        return _verdict(operation, shape, message=clean(outcome.reason))
    if outcome.oversized:
        return _verdict(operation, Shape.TOO_LARGE, http=outcome.status, message="answer too large")
    return _judge_reply(operation, outcome, clean)


def _judge_reply(operation: Operation, reply: Reply, clean: Clean) -> Verdict:
    payload = read_object(reply.body)
    label = clean(text((payload or {}).get("libelle")))
    code = integer((payload or {}).get("codeRetour"))
    found = _MESSAGE_CODE.search(label)
    return _verdict(
        operation,
        Shape.NOT_JSON if payload is None else Shape.NO_CODE if code is None else Shape.CODE,
        http=reply.status,
        code=code,
        message_code=found.group() if found else "",
        payload=payload,
        label=label[:LABEL],
        excerpt="" if reply.status == 200 and code == 0 else clean(reply.body.decode("utf-8", "replace"))[:EXCERPT],
        retry_after=pause(reply.headers),
    )


def _verdict(
    operation: Operation,
    shape: Shape,
    *,
    http: int | None = None,
    code: int | None = None,
    message_code: str = "",
    payload: Json | None = None,
    label: str = "",
    message: str = "",
    excerpt: str = "",
    retry_after: float | None = None,
) -> Verdict:
    seen = Seen(
        operation=operation.name,
        changes=operation.changes,
        shape=shape,
        http=http,
        code=code,
        message_code=message_code,
    )
    return Verdict(
        operation=operation,
        rule=rule_for(seen),
        seen=seen,
        payload=payload or {},
        label=label,
        message=message,
        excerpt=excerpt,
        retry_after=retry_after,
    )


def read_object(body: bytes) -> Json | None:
    """The JSON object in `body`, or None. Decimals stay text: exact, and storable as JSON again."""
    with contextlib.suppress(ValueError, RecursionError):
        found = json.loads(body, parse_float=str, parse_constant=_no_constant)
        found = _storable(found) if _UNSTORABLE.search(body) else found
        return found if isinstance(found, dict) else None
    return None


def _storable(value: Any) -> Any:
    """Without the signs that no database takes: NUL, and halves of a pair."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_storable(item) for item in value]
    return {_storable(key): _storable(item) for key, item in value.items()} if isinstance(value, dict) else value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def pause(headers: Mapping[str, str]) -> float | None:
    """Retry-After in seconds, given as seconds or as a date; None when absent or unreadable."""
    value = headers.get("Retry-After", "")
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        seconds = float(value) if value.isdecimal() else _until(value)
        return min(max(seconds, 0.0), LONGEST_PAUSE) if math.isfinite(seconds) else None
    return None


def _until(moment: str) -> float:
    return (parsedate_to_datetime(moment) - datetime.now(UTC)).total_seconds()

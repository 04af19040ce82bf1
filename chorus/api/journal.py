"""What is told about each HTTP exchange: enough to understand it, nothing that must stay secret."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Call:
    """One exchange. `started_at` is aware (UTC), `duration_s` in seconds, sizes in bytes of body.

    `error` is the name of the error its answer stands for, "" when it succeeded; `retry_after` the seconds to wait that
    the far side asked for. A call answered 401 is told, then the one that follows with a fresh token. No header, no
    request body, no answer body.
    """

    operation: str
    started_at: datetime
    duration_s: float
    http_status: int | None
    code: int | None
    message_code: str
    label: str
    error: str
    request_bytes: int
    response_bytes: int
    retry_after: float | None = None


Journal = Callable[[Call], None]

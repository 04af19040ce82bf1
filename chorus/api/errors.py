"""What can go wrong, named after what the caller does next. Which answer gives which error: `answers.RULES`."""

from collections.abc import Callable
from functools import partial
from typing import Any


class ChorusError(Exception):
    """Base of the client's errors. Holds no token, password or file: texts of the far side are redacted before.

    `code` is `codeRetour` (restarts at 20000 in each operation), `message_code` the stable key inside `libelle`
    (`GDP_MSG_11.005`), `label` the whole `libelle`, `note` what the table of answers says about this case.
    """

    def __init__(
        self,
        operation: str,
        message: str = "",
        *,
        http_status: int | None = None,
        code: int | None = None,
        message_code: str = "",
        label: str = "",
        body_excerpt: str = "",
        note: str = "",
    ) -> None:
        super().__init__(operation, message)
        self.operation = operation
        self.message = message
        self.http_status = http_status
        self.code = code
        self.message_code = message_code
        self.label = label
        self.body_excerpt = body_excerpt
        self.note = note

    def __str__(self) -> str:
        facts = [
            self.message,
            f"HTTP {self.http_status}" if self.http_status else "",
            f"codeRetour {self.code}" if self.code is not None else "",
            self.label,
        ]
        return f"{self.operation}: " + (", ".join(filter(None, facts)) or self.note or "no detail")

    def __reduce__(self) -> tuple[Callable[..., "ChorusError"], tuple[str, str]]:
        # Celery's pool pickles exceptions; keyword-only arguments would be lost on the way.
        return partial(type(self), **self._details()), (self.operation, self.message)

    def _details(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name not in ("operation", "message")}


class Unavailable(ChorusError):
    """Chorus never took the request. Send it again later, after `retry_after` seconds if the far side said so."""

    def __init__(self, operation: str, message: str = "", *, retry_after: float | None = None, **details: Any) -> None:
        super().__init__(operation, message, **details)
        self.retry_after = retry_after


class Denied(ChorusError):
    """Our application, account or rights are wrong; no invoice is at fault. Tell staff, send again once mended."""


class NotAllowed(Denied):
    """Our user may not act for this one structure, or not see this one invoice; the account works for others."""


class Refused(ChorusError):
    """Chorus read this request and said no, for a listed reason. Sending it again as it is will not help.

    `is_duplicate`: the number is already there, perhaps by our own earlier attempt. Look before believing it.
    """

    def __init__(self, operation: str, message: str = "", *, is_duplicate: bool = False, **details: Any) -> None:
        super().__init__(operation, message, **details)
        self.is_duplicate = is_duplicate


class AnswerLost(ChorusError):
    """The request left and no clear answer came. Look before sending it again."""


class Unknown(ChorusError):
    """An answer that nobody listed. A person must look; the invoice is not at fault until that person says so."""

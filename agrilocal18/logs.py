"""One line for each thing that is logged, as text or as JSON, with the id of the request it belongs to.

Nothing secret is given to a logger in the first place; what looks like a bank account or a credential all the same is
masked in the finished line, exceptions included.
"""

import json
import logging
import re
from datetime import UTC, datetime

HIDDEN = "[masqué]"
# An IBAN in capitals, or a French one however it was typed; a printed one has spaces of any kind.
_IBAN = re.compile(
    r"\b(?:[A-Z]{2}\d{2}(?:[\s.-]?[A-Z0-9]){11,30}|[Ff][Rr]\d{2}(?:[\s.-]?[0-9A-Za-z]){23})\b",
)
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}")
_NAMED = re.compile(
    r"""(?i)((?:password|passwd|secret|token|api[_-]?key|cpro-account|mot_de_passe)["']?\s*[:=]\s*["']?)[^\s"'&,;)}]+"""
)
# The way to a new password.
_KEY = re.compile(r"(?<=/key/)[^/\s]+")
# Lengths are bounded: a visitor's header may be long, and must not be long to read.
_IN_URL = re.compile(r"(?<=://)[^\s/@:]{0,100}:[^\s/@]{0,300}(?=@)")
# What a logger may say beside its message.
MEASURED = ("method", "route", "ids", "status", "duration_ms")


def mask(words: str) -> str:
    """`words` without account numbers, tokens, passwords."""
    words = _BEARER.sub(rf"\1 {HIDDEN}", words)
    words = _NAMED.sub(rf"\1{HIDDEN}", words)
    for pattern in (_IN_URL, _KEY, _IBAN):
        words = pattern.sub(HIDDEN, words)
    return words


class TextLine(logging.Formatter):
    def __init__(self):
        super().__init__("{asctime} {levelname} {name} [{correlation_id}] {message}", style="{", defaults=NO_ID)

    def format(self, record: logging.LogRecord) -> str:
        return mask(super().format(record))


class JsonLine(logging.Formatter):
    """Time in UTC, level, logger, message, request_id; what was measured; the exception."""

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": mask(record.getMessage()),
            "request_id": getattr(record, "correlation_id", None),
        }
        told |= {name: getattr(record, name) for name in MEASURED if hasattr(record, name)}
        if record.exc_info:
            told["exception"] = mask(self.formatException(record.exc_info))
        return json.dumps(told, ensure_ascii=False, default=str)


NO_ID = {"correlation_id": None}


def configuration(form: str, level: str) -> dict:
    """LOGGING of Django; gunicorn takes the same. `form`: text or json."""
    line = {"text": TextLine, "json": JsonLine}[form]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request_id": {"()": "django_guid.log_filters.CorrelationId"}},
        "formatters": {"line": {"()": line}},
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["request_id"]},
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # Django's own has a handler of its own where DEBUG is on.
            "django": {"handlers": [], "propagate": True},
            # Each page not found or refused is in our line already, without its address.
            "django.request": {"level": "ERROR"},
            # It tells the making of each id, and quotes what came in place of one.
            "django_guid": {"level": "ERROR"},
            # pypdf warns about every odd file it meets, with words taken from the file.
            "pypdf": {"level": "ERROR"},
            # factur-x quotes the invoice when its XML is wrong; what it says is raised to us anyway.
            "factur-x": {"level": "CRITICAL"},
        },
    }

"""Who we are: the PISTE application (token) and the technical account (header `cpro-account`)."""

import base64
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol
from urllib.parse import urlencode

from chorus.api.parsing import Json, integer, text

MARGIN = timedelta(seconds=120)
DEFAULT_LIFE = 300  # seconds, when the token says nothing; the real one says 3600


@dataclass(frozen=True)
class Account:
    """A technical account of Chorus Pro: login of the form `TECH_…@cpro.fr` and its password."""

    login: str
    password: str = field(repr=False)

    def header(self) -> str:
        """The value of `cpro-account`."""
        return base64.b64encode(f"{self.login}:{self.password}".encode()).decode("ascii")


@dataclass(frozen=True)
class Application:
    """A PISTE application. Its token says nothing of the technical account: several may share it."""

    client_id: str
    client_secret: str = field(repr=False)

    def form(self) -> bytes:
        """The body of the token request (`application/x-www-form-urlencoded`)."""
        fields = {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "scope": "openid",
        }
        return urlencode(fields).encode("ascii")


class TokenStore(Protocol):
    """Where the token of one application is kept, shared by all who use it."""

    def get(self) -> str | None:
        """The token; None: there is none or its time is over, and whoever is told so fetches one.

        A shared store may tell one and let the others wait; it raises Unavailable when they waited in vain.
        """

    def put(self, token: str, expires_at: datetime) -> None:
        """`expires_at` (aware) is when to stop using it: the margin is already taken."""

    def give_up(self) -> None:
        """Who was told to fetch one could not."""

    def drop(self, token: str) -> None:
        """Forget it, but only if it is still this one: another worker may have renewed it meanwhile."""


class MemoryTokens:
    """A token store for one process; several threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._token: str | None = None
        self._expires_at = datetime.min.replace(tzinfo=UTC)

    def get(self) -> str | None:
        with self._lock:
            return self._token if datetime.now(UTC) < self._expires_at else None

    def put(self, token: str, expires_at: datetime) -> None:
        with self._lock:
            self._token, self._expires_at = token, expires_at

    def give_up(self) -> None:
        """Nobody waits here."""

    def drop(self, token: str) -> None:
        with self._lock:
            if self._token == token:
                self._token = None


def read_token(payload: Json, *, received_at: datetime) -> tuple[str, datetime] | None:
    """(token, when to stop using it) from the answer of the token service; None if it holds no usable token."""
    token = text(payload.get("access_token"))
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        return None
    life = timedelta(seconds=min(max(integer(payload.get("expires_in")) or DEFAULT_LIFE, 0), 86_400))
    return token, received_at + max(life - MARGIN, min(life / 2, MARGIN))

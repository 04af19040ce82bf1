"""One HTTP exchange: what came back, or nothing, and in that case whether the request ever left.

Three things `requests` does not give by itself, and exactly-once rests on them:

- « Did it leave? » is not guessed from exceptions: the socket notes the first byte of the request it is given.
- The deadline is total. Socket time-outs start anew with each byte; here each read and each write is given what is
  left of the deadline, so that neither dripped headers, nor a dripped body, nor a frozen process can outlive it.
- `before_send` runs when the connection is open and the next thing is the request's first byte.
"""

import functools
import ssl
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.exceptions import HTTPError

from chorus.api.sockets import HttpPool, HttpsPool, TimedTlsSocket
from chorus.api.trip import Abandoned, Trip, under_way

CHUNK = 65_536
FAILURES = (requests.RequestException, HTTPError, HTTPException, OSError)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A whole answer; `oversized` means it was larger than allowed and its body was dropped."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)
    oversized: bool = False


@dataclass(frozen=True, kw_only=True)
class Silence:
    """No whole answer. `left` is False only when not one byte of the request was written."""

    left: bool
    reason: str


Outcome = Reply | Silence


class Transport:
    """Speaks HTTP for one thread at a time. No proxy, netrc, cookie, redirect or retry, whatever the environment says.

    `timeout`: seconds to connect, and of silence between two bytes; `deadline`: seconds for the whole exchange once
    the name is resolved (the system's resolver has its own limits); `ca_file`: authorities, else those requests brings.
    """

    def __init__(
        self, *, timeout: tuple[float, float] = (5, 30), deadline: float = 60, ca_file: str | None = None
    ) -> None:
        self._connect, self._silence = timeout
        self._deadline = deadline
        self._ca_file = ca_file or DEFAULT_CA_BUNDLE_PATH
        self._kept = _Adapter(self._ca_file)

    def close(self) -> None:
        self._kept.close()

    def exchange(
        self,
        request: requests.PreparedRequest,
        *,
        limit: int,
        alone: bool = False,
        before_send: Callable[[], None] | None = None,
    ) -> Outcome:
        """Send once. `limit`: bytes of answer accepted. What `before_send` raises passes through, nothing being sent.

        `alone` takes a new connection: a kept one may have been closed by the far side a moment ago, and the reset
        that follows cannot tell whether the request was read.
        """
        trip = Trip(deadline=self._deadline, silence=self._silence, before_send=before_send)
        adapter = _Adapter(self._ca_file) if alone else self._kept
        try:
            with under_way(trip):
                return self._send(adapter, request, limit)
        except Abandoned:
            pass
        except FAILURES as error:
            return Silence(left=trip.left, reason=_describe(error))
        finally:
            if alone:
                adapter.close()
        assert trip.obstacle is not None
        raise trip.obstacle

    def _send(self, adapter: HTTPAdapter, request: requests.PreparedRequest, limit: int) -> Reply:
        # The adapter is called without a Session: Session.send reads the whole body of a redirect it does not follow.
        connect = min(self._connect, self._deadline)
        with closing(adapter.send(request, stream=True, timeout=(connect, self._silence))) as response:
            body = _read(response, limit)
            oversized = body is None
            return Reply(status=response.status_code, headers=response.headers, body=body or b"", oversized=oversized)


def _read(response: requests.Response, limit: int) -> bytes | None:
    """The decoded body, or None when it is larger than `limit` bytes."""
    body = bytearray()
    for chunk in response.iter_content(CHUNK):
        body += chunk
        if len(body) > limit:
            return None
    return bytes(body)


def _describe(error: BaseException) -> str:
    """The innermost cause: requests wraps urllib3, which wraps the system."""
    inner: Any = getattr(error, "reason", None)
    if not isinstance(inner, BaseException):
        inner = next((arg for arg in error.args if isinstance(arg, BaseException)), None)
    return _describe(inner) if inner is not None else f"{type(error).__name__}: {error}"


class _Adapter(HTTPAdapter):
    """Connections made of timed sockets; certificates are always verified."""

    def __init__(self, ca_file: str) -> None:
        self._context = _tls_context(ca_file)
        super().__init__(max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **pool_kwargs: Any) -> None:
        super().init_poolmanager(connections, maxsize, block, ssl_context=self._context, **pool_kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": HttpPool, "https": HttpsPool}

    def cert_verify(self, *args: Any, **kwargs: Any) -> None:
        """The context already holds the authorities; requests would load the file again for each connection."""


@functools.lru_cache(maxsize=4)
def _tls_context(ca_file: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca_file)
    context.sslsocket_class = TimedTlsSocket
    return context

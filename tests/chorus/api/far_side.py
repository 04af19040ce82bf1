"""A far side whose every byte is written by the test: real sockets on loopback, one thread, one script."""

import contextlib
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from chorus.api import Account, Chorus, MemoryTokens

Script = Callable[[socket.socket], None]

TOKEN = "a-token-that-must-stay-secret"
SECRET = "a-secret-that-must-stay-secret"
PASSWORD = "a-password-that-must-stay-secret"
ACCOUNT = Account("TECH_1_10000001700010@cpro.fr", PASSWORD)

# For answers given without a socket.
API = "https://api.example.test"
FINE = {"codeRetour": 0, "libelle": "TRA_MSG_00.000"}
NO_RESULT = {"codeRetour": 20000, "libelle": "TRA_MSG_00.015 La recherche n'a retourné aucun résultat"}


class FarSide:
    """Plays one script per connection, the last one again and again; counts connections and keeps requests."""

    def __init__(self, *scripts: Script, tls: ssl.SSLContext | None = None) -> None:
        self._scripts = list(scripts)
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.scheme = "https" if tls else "http"
        self.requests: list[bytes] = []
        self.connections = 0
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._open: list[socket.socket] = []
        self._threads[0].start()

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                script = self._scripts[min(self.connections, len(self._scripts) - 1)]
                self.connections += 1
                self._open.append(connection)
                thread = threading.Thread(target=self._play, args=(connection, script), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _play(self, connection: socket.socket, script: Script) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            if self._tls:
                connection = stack.enter_context(self._tls.wrap_socket(connection, server_side=True))
            else:
                stack.enter_context(connection)
            script(_Recorded(connection, self.requests))

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(timeout=5)
        for connection in self._open:
            connection.close()


class _Recorded:
    """A connection that can read one whole request and keeps it."""

    def __init__(self, connection: socket.socket, kept: list[bytes]) -> None:
        self._connection = connection
        self._kept = kept

    def __getattr__(self, name: str):
        return getattr(self._connection, name)

    def read_request(self) -> bytes:
        request = b""
        while b"\r\n\r\n" not in request:
            request += self._more()
        head, _, body = request.partition(b"\r\n\r\n")
        length = next(
            (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0
        )
        while len(body) < length:
            body += self._more()
        self._kept.append(head + b"\r\n\r\n" + body)
        return self._kept[-1]

    def _more(self) -> bytes:
        data = self._connection.recv(65_536)
        if not data:
            raise ConnectionError("the client went away")
        return data


@contextmanager
def far_side(*scripts: Script, tls: ssl.SSLContext | None = None) -> Iterator[FarSide]:
    side = FarSide(*scripts, tls=tls)
    try:
        yield side
    finally:
        side.close()


def http(body: bytes | dict, status: str = "200 OK", **headers: str) -> bytes:
    if isinstance(body, dict):
        body = json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def answering(*answers: bytes) -> Script:
    """Answers one request after another on the same connection, then waits for the client to go."""

    def script(connection) -> None:
        for answer in answers:
            connection.read_request()
            connection.sendall(answer)
        connection.recv(1)

    return script


def closing_unread(connection) -> None:
    """Closes as soon as the connection is made."""


def closing_after_reading(connection) -> None:
    connection.read_request()


def resetting_after_reading(connection) -> None:
    connection.read_request()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def silent(connection) -> None:
    connection.read_request()
    connection.recv(1)


def dripping(before: bytes, drop: bytes, every: float = 0.05) -> Script:
    """Sends `before`, then one `drop` after another until the client goes."""

    def script(connection) -> None:
        connection.read_request()
        connection.sendall(before)
        connection.settimeout(every)
        while True:
            connection.sendall(drop)
            with contextlib.suppress(TimeoutError):
                if not connection.recv(1):
                    return

    return script


def client(url: str, **options) -> Chorus:
    tokens = MemoryTokens()
    tokens.put(TOKEN, datetime.now(UTC) + timedelta(hours=1))
    settings = {
        "api_url": url,
        "token_url": f"{url}/api/oauth/token",
        "client_id": "00000000-1111-4222-8333-444444444444",
        "client_secret": SECRET,
        "account": ACCOUNT,
        "tokens": tokens,
        "timeout": (0.5, 0.5),
        "deadline": 1.0,
    }
    return Chorus(**{**settings, **options})

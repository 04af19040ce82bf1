"""A stand-in for S3 over HTTP, as far as django-storages uses it: one bucket in memory, every request signed."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

BUCKET, ACCESS_KEY, SECRET_KEY = "portal", "access", "its-secret"
SIGNED = f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/"


class Bucket(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Door)
        self.files: dict[str, bytes] = {}
        self.written: dict[str, datetime] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_PUT(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self._key():
            self.server.files[self._key()] = body
            self.server.written[self._key()] = datetime.now(UTC)
        self._answer(200)

    def do_GET(self):
        if not self._key():
            return self._answer(200, self._listing().encode())
        return self._file()

    do_HEAD = do_GET

    def do_DELETE(self):
        self.server.files.pop(self._key(), None)
        self._answer(204)

    def _key(self) -> str:
        bucket, _, key = unquote(urlsplit(self.path).path)[1:].partition("/")
        return key if bucket == BUCKET else ""

    def _file(self):
        if self._key() not in self.server.files:
            return self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        written = format_datetime(self.server.written[self._key()], usegmt=True)
        return self._answer(200, self.server.files[self._key()], {"Last-Modified": written, "ETag": '"x"'})

    def _listing(self) -> str:
        prefix = parse_qs(urlsplit(self.path).query).get("prefix", [""])[0]
        below = [key.removeprefix(prefix) for key in sorted(self.server.files) if key.startswith(prefix)]
        folders = sorted({f"{name.partition('/')[0]}/" for name in below if "/" in name})
        here = "".join(f"<Contents><Key>{escape(prefix + name)}</Key></Contents>" for name in below if "/" not in name)
        inner = "".join(
            f"<CommonPrefixes><Prefix>{escape(prefix + name)}</Prefix></CommonPrefixes>" for name in folders
        )
        return f"<ListBucketResult><IsTruncated>false</IsTruncated>{here}{inner}</ListBucketResult>"

    def _answer(self, status: int, body: bytes = b"", headers: dict | None = None):
        if not self.headers.get("Authorization", "").startswith(SIGNED):
            status, body, headers = 403, b"<Error><Code>AccessDenied</Code></Error>", {}
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *args):
        pass


@contextmanager
def bucket() -> Iterator[Bucket]:
    with Bucket() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()

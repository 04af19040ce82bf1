"""HTTP: sockets, keep-alive, bodies, and the faults that need to hold the connection in hand."""

import logging
import socket
import socketserver
import struct
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from chorus.simulator.controls import Controls
from chorus.simulator.faults import Trouble
from chorus.simulator.gateway import Gateway, html_page
from chorus.simulator.office import Office
from chorus.simulator.operations import operation_name
from chorus.simulator.pages import Pages
from chorus.simulator.wire import Reply, Request

logger = logging.getLogger("chorus.simulator")
TOKEN_PATH = "/api/oauth/token"
BODY_LIMIT = 200 * 1024 * 1024
RESET = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 s: close() sends RST


class Server(ThreadingHTTPServer):
    """Knows the office and every open connection, so that stopping leaves none behind."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 1024

    def __init__(self, address: tuple[str, int], office: Office):
        self.office = office
        self.gateway = Gateway(office)
        self.calls: Counter[str] = Counter()
        self.controls = Controls(office, self.calls, self.gateway.quota)
        self.pages = Pages(self.controls)
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self.open: set[socket.socket] = set()
        self.cut: set[socket.socket] = set()
        super().__init__(address, Handler)

    def server_bind(self) -> None:
        # The parent asks the name service for the host's full name, which may take seconds.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]

    def stop(self) -> None:
        self.stopping.set()
        self.shutdown()
        self.server_close()
        with self.lock:
            connections = list(self.open)
        for connection in connections:
            _quietly(connection.shutdown, socket.SHUT_RDWR)

    def shutdown_request(self, request: Any) -> None:
        """A connection cut by a fault is closed without the polite end that `shutdown` would send first."""
        with self.lock:
            self.open.discard(request)
            abrupt = request in self.cut
            self.cut.discard(request)
        if abrupt:
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        logger.debug("connection with %s ended", client_address, exc_info=True)


def _quietly(act, *args) -> None:
    try:
        act(*args)
    except OSError:
        logger.debug("socket already closed")


class Cut(Exception):
    """The connection ends here, without an answer."""


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "ChorusSimulator"
    sys_version = ""
    timeout = 120
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body leave in one packet

    def setup(self) -> None:
        with self.server.lock:
            self.server.open.add(self.request)
        super().setup()

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    do_PATCH = do_DELETE = do_PUT

    def _serve(self) -> None:
        try:
            self._dispatch()
        except Cut:
            self.close_connection = True
        except (ConnectionError, TimeoutError):
            self.close_connection = True
        except Exception:
            if self.server.stopping.is_set():
                self.close_connection = True
                return
            logger.exception("%s %s", self.command, self.path)
            self._send(html_page(500))

    def _dispatch(self) -> None:
        body = self._read_body()
        if body is None:
            return self._send(Reply(413, headers={"Connection": "close"}))
        url = urlsplit(self.path)
        request = Request(self.command, url.path, url.query, self.headers, body)
        if url.path == TOKEN_PATH:
            return self._call("token", request)
        if url.path.startswith("/cpro/"):
            return self._call(operation_name(url.path), request)
        if url.path.startswith("/_simulator/"):
            return self._send(self.server.controls.answer(request))
        return self._send(self.server.pages.answer(request))

    def _call(self, operation: str, request: Request) -> None:
        """One call from a client: the troubles of the day, then the answer."""
        with self.server.lock:
            self.server.calls[operation] += 1
        troubles = self.server.office.faults.take(operation)
        for trouble in troubles["wait"]:
            self._wait(trouble.options["seconds"])
        for trouble in troubles["refusal"]:
            return self._refuse(trouble, request)
        reply = self._reply(operation, request, troubles["shape"])
        for trouble in troubles["answer"]:
            return self._spoil(trouble, reply)
        return self._send(reply)

    def _reply(self, operation: str, request: Request, shapes: list[Trouble]) -> Reply:
        if operation == "token":
            return self.server.gateway.token(request)
        return self.server.gateway.answer(request, shapes)

    def _refuse(self, trouble: Trouble, request: Request) -> None:
        if trouble.kind in ("drop", "reset"):
            self._cut(reset=trouble.kind == "reset")
        self._send(self.server.gateway.refuse(trouble, request))

    def _spoil(self, trouble: Trouble, reply: Reply) -> None:
        """The request was processed; what the client learns of it is another matter."""
        if trouble.kind == "lost_answer":
            self._cut(reset=trouble.options["reset"])
        if trouble.kind == "html_after":
            return self._send(html_page(trouble.options["status"]))
        if trouble.kind == "slow_answer":
            self._wait(trouble.options["seconds"])
            return self._send(reply)
        self._send_head(reply)
        if trouble.kind == "cut_answer":
            self._write(reply.body[: len(reply.body) // 2])
            self._cut()
        for index in range(len(reply.body)):
            self._write(reply.body[index : index + 1])
            self._wait(trouble.options["interval"])
        return None

    def _wait(self, seconds: float) -> None:
        if self.server.stopping.wait(seconds):
            self._cut()

    def _cut(self, *, reset: bool = False) -> None:
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            with self.server.lock:
                self.server.cut.add(self.request)
        raise Cut

    def _send(self, reply: Reply) -> None:
        self._send_head(reply)
        self._write(reply.body)

    def _send_head(self, reply: Reply) -> None:
        self.send_response(reply.status)
        if reply.kind:
            self.send_header("Content-Type", reply.kind)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()

    def _write(self, data: bytes) -> None:
        self.wfile.write(data)
        self.wfile.flush()

    def _read_body(self) -> bytes | None:
        """The whole body, whatever its framing; None when it is too long."""
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._read_chunks()
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > BODY_LIMIT:
            self.close_connection = True
            return None
        return self.rfile.read(int(length))

    def _read_chunks(self) -> bytes | None:
        chunks, total = [], 0
        while size := int(self.rfile.readline(100).partition(b";")[0].strip() or b"0", 16):
            total += size
            if total > BODY_LIMIT:
                self.close_connection = True
                return None
            chunks.append(self.rfile.read(size))
            self.rfile.readline(100)
        while self.rfile.readline(1000).strip():
            pass  # trailers
        return b"".join(chunks)

    def log_message(self, format: str, *args: Any) -> None:
        logger.debug(format, *args)

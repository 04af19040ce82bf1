"""Sockets that ask the current trip before each read and each write, and the urllib3 connections made of them."""

import socket
import ssl
from typing import TYPE_CHECKING, Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from chorus.api.trip import current_trip

if TYPE_CHECKING:
    from socket import socket as _Socket
else:
    _Socket = object


class _Timed(_Socket):
    """What http.client and ssl call on a socket once it is connected; connecting and shaking hands stay theirs."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self._obey(writing=False)
        return super().recv_into(*args, **kwargs)

    def send(self, *args: Any, **kwargs: Any) -> int:
        self._obey(writing=True)
        return super().send(*args, **kwargs)

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        self._obey(writing=True)
        return super().sendall(*args, **kwargs)

    def _obey(self, *, writing: bool) -> None:
        trip = current_trip()
        if trip is None:
            return
        if writing:
            trip.depart()
        self.settimeout(trip.allowance())


class TimedSocket(_Timed, socket.socket):
    pass


class TimedTlsSocket(_Timed, ssl.SSLSocket):
    """Given to the context as `sslsocket_class`: only application data passes through `send`, not the handshake."""


class _HttpConnection(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        self.sock = TimedSocket(fileno=self.sock.detach())


class HttpPool(HTTPConnectionPool):
    ConnectionCls = _HttpConnection


class HttpsPool(HTTPSConnectionPool):
    ConnectionCls = HTTPSConnection

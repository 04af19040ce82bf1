"""Where a run takes place: a PostgreSQL database of its own, and a Redis that may be struck."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import redis
from psycopg import sql

from agrilocal18.demo.services import Failed
from agrilocal18.demo.stage import free_port

DATABASE_URL = "postgres://postgres@127.0.0.1:5432/postgres"
REDIS_URL = "redis://127.0.0.1:6379/5"


@contextmanager
def scratch_database(purpose: str) -> Iterator[str]:
    """The URL of a new database on the server of DATABASE_URL; dropped at the end, whoever is still connected."""
    server = urlsplit(os.environ.get("DATABASE_URL") or DATABASE_URL)._replace(path="/postgres").geturl()
    name = f"agrilocal18_{purpose}_{os.getpid()}"
    _run(server, "create database {}", name)
    try:
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
    finally:
        _run(server, "drop database if exists {} with (force)", name)


def _run(server: str, statement: str, name: str) -> None:
    try:
        with psycopg.connect(server, autocommit=True, connect_timeout=5) as connection:
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))
    except psycopg.Error as error:
        raise Failed(f"No PostgreSQL at DATABASE_URL where this user may create a database: {error}") from error


class OwnRedis:
    """A server of this run alone: it may be killed outright. It keeps nothing on disk, so its messages die with it."""

    strike_is = "its server killed with all it held, and started again"

    def __init__(self, folder: Path):
        self._port = free_port()
        self._command = ["redis-server", "--port", str(self._port), "--bind", "127.0.0.1", "--dir", str(folder)]
        self._command += ["--save", "", "--appendonly", "no"]
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self._start()

    def _start(self) -> None:
        self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        until = time.monotonic() + 10
        while not _answers(self.url):
            if time.monotonic() > until:
                raise Failed("The redis-server of this run does not answer.")
            time.sleep(0.05)

    def strike(self) -> None:
        self.end()
        self._start()

    def end(self) -> None:
        self._process.kill()
        self._process.wait()


class GivenRedis:
    """A server that others may use too: only our own database is emptied, only its connections are cut."""

    strike_is = "our database emptied and every connection to it cut"

    def __init__(self, url: str):
        self.url = url
        if not _answers(url):
            raise Failed(f"No Redis at {url}. Install redis-server, or name one in REDIS_URL.")

    def strike(self) -> None:
        server = redis.Redis.from_url(self.url)
        server.flushdb()
        ours = str(server.connection_pool.connection_kwargs.get("db", 0))
        for client in server.client_list():
            if client["db"] == ours and client["id"] != str(server.client_id()):
                with suppress(redis.ResponseError):  # gone meanwhile
                    server.client_kill_filter(_id=client["id"])
        server.close()

    def end(self) -> None:
        server = redis.Redis.from_url(self.url)
        server.flushdb()
        server.close()


def any_redis(folder: Path) -> OwnRedis | GivenRedis:
    """The one of REDIS_URL; without it one of our own if it can be started here, else the usual address."""
    given = os.environ.get("REDIS_URL")
    if not given and shutil.which("redis-server"):
        return OwnRedis(folder)
    return GivenRedis(given or REDIS_URL)


def _answers(url: str) -> bool:
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=2) as server:
            return bool(server.ping())
    except redis.ConnectionError:
        return False

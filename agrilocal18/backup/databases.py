"""How each sort of database is copied and put back: pg_dump and pg_restore, or SQLite's own copy."""

import os
import sqlite3
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from django.db import connection, transaction
from django.db.backends.postgresql.client import DatabaseClient

from agrilocal18.backup.refusal import Refusal
from suppliers.models import User

# Tables are locked while they are replaced: a process left running must not make us wait for ever.
PATIENCE = "10s"


class Engine(ABC):
    @abstractmethod
    def dump(self, path: Path) -> dict[str, int]:
        """Write the database to `path`; the number of rows of each table written."""

    @abstractmethod
    def load(self, path: Path) -> None:
        """Put what `dump` wrote in the place of all that is there."""

    def count(self) -> dict[str, int]:
        with connection.cursor() as cursor:
            return {name: self._count(cursor, name) for name in sorted(connection.introspection.table_names(cursor))}

    def is_empty(self) -> bool:
        """Nothing is in it, or what a first `migrate` puts there: a portal without people has no data."""
        with connection.cursor() as cursor:
            tables = connection.introspection.table_names(cursor)
            table = User._meta.db_table
            return not tables or (table in tables and self._count(cursor, table) == 0)

    @staticmethod
    def _count(cursor, table: str) -> int:
        cursor.execute(f"SELECT COUNT(*) FROM {connection.ops.quote_name(table)}")
        return cursor.fetchone()[0]


class PostgreSQL(Engine):
    def dump(self, path):
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("SELECT pg_export_snapshot()")
            snapshot = cursor.fetchone()[0]
            self._run("pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={path}")
            return self.count()

    def load(self, path):
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = '{PATIENCE}'")
            # Whatever another version left there goes too.
            cursor.execute("DROP SCHEMA public CASCADE")
            cursor.execute("CREATE SCHEMA public")
        connection.close()
        self._run("pg_restore", "--single-transaction", "--no-owner", "--no-privileges", str(path))

    def _run(self, program: str, *words: str) -> None:
        """One of PostgreSQL's own programs, on the database of the settings."""
        (_, *where, name), given = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, [])
        command = [program, "--no-password", *where, f"--dbname={name}", *words]
        try:
            done = subprocess.run(command, env={**os.environ, **(given or {})}, capture_output=True, text=True)
        except FileNotFoundError:
            raise Refusal(f"{program} n'est pas installé.", "Installez postgresql-client.") from None
        if done.returncode:
            raise Refusal(f"{program} a échoué : {done.stderr.strip()}", "Réparez cela, puis relancez.")


class SQLite(Engine):
    def dump(self, path):
        connection.ensure_connection()
        with closing(sqlite3.connect(path)) as copy:
            connection.connection.backup(copy)
            # One file, without the two that WAL keeps beside it.
            copy.execute("PRAGMA journal_mode=DELETE")
            return {name: self._count(copy.cursor(), name) for name in self._tables(copy)}

    def load(self, path):
        connection.ensure_connection()
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as kept:
            kept.backup(connection.connection)
        connection.close()

    @staticmethod
    def _tables(copy: sqlite3.Connection) -> list[str]:
        named = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        return [name for (name,) in copy.execute(named)]

    @staticmethod
    def _count(cursor, table):
        return cursor.execute(f"SELECT COUNT(*) FROM {connection.ops.quote_name(table)}").fetchone()[0]


ENGINES: Mapping[str, Engine] = {"postgresql": PostgreSQL(), "sqlite": SQLite()}

"""What the simulator remembers: one SQLite database, in memory or in a file that survives a restart.

One connection behind one lock: every operation is a single transaction, so two deposits of the same number that
arrive together are judged one after the other. Writes are durable against a killed process (write-ahead log).
"""

import contextlib
import json
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

from chorus.simulator import world

VERSION = 2  # of the schema: raise it with every change of a table
READABLE = (0, 1, VERSION)  # a new file, and what `ADDED` and the schema bring up to date: they only add
ADDED = (("act", "login", "text not null default ''"), ("account", "active_at", "integer not null default 0"))
SCHEMA = Path(__file__).with_name("schema.sql")
# Ids start where those of the real service are, so that nobody takes one for a row number of the portal.
FIRST_IDS = {
    "structure": 26_400_000,
    "service": 11_800_000,
    "piece": 6_921_000,
    "invoice": 3_123_000,
    "history": 8_548_000,
    "flux": 425_900,
}
EMPTIED = (
    "flux", "act", "extra_piece", "history", "invoice", "piece", "content",
    "token", "attachment", "account", "application", "engagement", "service", "structure", "meta",
)  # fmt: skip


class StateOfAnotherVersion(ValueError):
    """The state file was written by a simulator whose tables are not ours."""


class Store:
    """`path` None keeps everything in memory. Rows are `sqlite3.Row`. Raises StateOfAnotherVersion, sqlite3.Error."""

    def __init__(self, path: str | Path | None = None):
        self._lock = threading.RLock()
        self._db = sqlite3.connect(str(path or ":memory:"), check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        try:
            self._prepare(path)
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        with self._lock:
            self._db.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside is one transaction; an exception undoes it. May be nested: the outermost one decides."""
        with self._lock:
            if self._db.in_transaction:
                yield
                return
            self._db.execute("begin immediate")
            try:
                yield
            except BaseException:
                self._db.execute("rollback")
                raise
            self._db.execute("commit")

    def run(self, sql: str, *values: object) -> sqlite3.Cursor:
        with self._lock:
            return self._db.execute(sql, values)

    def all(self, sql: str, *values: object) -> list[sqlite3.Row]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def one(self, sql: str, *values: object) -> sqlite3.Row | None:
        with self._lock:
            return self._db.execute(sql, values).fetchone()

    def value(self, sql: str, *values: object):
        row = self.one(sql, *values)
        return row[0] if row else None

    def insert(self, table: str, **columns: object) -> int:
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        return self.run(f"insert into {table} ({names}) values ({marks})", *columns.values()).lastrowid

    def recall(self, key: str, default=None):
        text = self.value("select value from meta where key = ?", key)
        return default if text is None else json.loads(text)

    def remember(self, key: str, value) -> None:
        self.run("insert or replace into meta (key, value) values (?, ?)", key, json.dumps(value))

    def empty(self) -> None:
        """Forget every row. Ids go on from where they were: an id is never given twice."""
        for table in EMPTIED:
            self.run(f"delete from {table}")

    def _prepare(self, path: str | Path | None) -> None:
        self._check_version(path)
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = normal")
        self._db.executescript(SCHEMA.read_text(encoding="utf-8"))
        with self.transaction():
            self._add_columns()
            self._start_ids()

    def _check_version(self, path: str | Path | None) -> None:
        found = self._db.execute("pragma user_version").fetchone()[0]
        if found not in READABLE:
            raise StateOfAnotherVersion(
                f"{path} a été écrit par une autre version du simulateur. Supprimez ce fichier."
            )
        self._db.execute(f"pragma user_version = {VERSION}")

    def _add_columns(self) -> None:
        for table, column, kind in ADDED:
            if column not in {row["name"] for row in self.all(f"pragma table_info({table})")}:
                self.run(f"alter table {table} add column {column} {kind}")

    def _start_ids(self) -> None:
        for table, first in FIRST_IDS.items():
            if self.value("select 1 from sqlite_sequence where name = ?", table) is None:
                self.run("insert into sqlite_sequence (name, seq) values (?, ?)", table, first)


def populate(store: Store, now: int) -> None:
    """Put the fixed world in an empty store; a store that has it is left alone."""
    if store.value("select 1 from structure"):
        return
    for offset, supplier in enumerate((*world.SUPPLIERS, world.PLATFORM)):
        add_supplier(store, supplier, id=world.SUPPLIER_ID_BASE + offset)
    services = iter(range(world.SERVICE_ID_BASE, world.SERVICE_ID_BASE + 1000))
    for offset, recipient in enumerate(world.RECIPIENTS):
        add_recipient(store, recipient, id=world.RECIPIENT_ID_BASE + offset, service_ids=services)
    for account in world.ACCOUNTS:
        add_account(store, account, now)
    store.insert(
        "application", client_id=world.CLIENT_ID, secret=world.CLIENT_SECRET, families=" ".join(world.FAMILIES)
    )
    for siret, number in world.ENGAGEMENTS:
        store.insert("engagement", supplier_siret=siret, number=number)


def add_supplier(store: Store, supplier: world.Supplier, **given: int) -> int:
    return store.insert(
        "structure", siret=supplier.siret, name=supplier.name, public=0, active=int(supplier.active), **given
    )


def add_recipient(
    store: Store, recipient: world.Recipient, *, service_ids: Iterator[int] | None = None, **given
) -> int:
    structure_id = store.insert(
        "structure",
        siret=recipient.siret,
        name=recipient.name,
        public=1,
        active=int(recipient.active),
        service=int(recipient.service),
        engagement=int(recipient.engagement),
        either=int(recipient.either),
        reports_payment=int(recipient.reports_payment),
        town=recipient.town,
        **given,
    )
    for service in recipient.services:
        add_service(store, structure_id, service, **({"id": next(service_ids)} if service_ids else {}))
    return structure_id


def add_service(store: Store, structure_id: int, service: world.Service, **given: int) -> int:
    return store.insert(
        "service",
        structure_id=structure_id,
        code=service.code,
        label=service.label,
        active=int(service.active),
        engagement=int(service.engagement),
        **given,
    )


def add_account(store: Store, account: world.TechnicalAccount, now: int, *, active_in: float = 0) -> None:
    store.insert(
        "account",
        login=account.login,
        password=account.password,
        structure_id=structure_id_of(store, account.siret),
        expires_at=now + world.PASSWORD_DAYS * 86_400_000,
        active_at=now + round(active_in * 1000),
    )
    for siret in (*account.suppliers, *account.recipients):
        store.insert("attachment", login=account.login, structure_id=structure_id_of(store, siret))


def structure_id_of(store: Store, siret: str) -> int:
    structure_id = store.value("select id from structure where siret = ?", siret)
    if structure_id is None:
        raise LookupError(f"Aucune structure {siret} dans le simulateur.")
    return structure_id

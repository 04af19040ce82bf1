"""Journals: tables of which no row is changed or deleted once it is written, whoever asks the database.

PostgreSQL refuses it by triggers, installed by migrations, to all but the owner of the tables, who must also say that
he means it: retention, erasure and the sweeps that forget. They stand against faults of ours and, where the pages work
under a role that owns nothing (docs/operations.md, « Journals »), against who has taken the web server over. SQLite,
fit for a demonstration, has no such guard.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django.db.migrations import RunPython

from suppliers.typography import french

A_JOURNAL = "django_admin_log"
# What a transaction says to the triggers.
RETENTION = "agrilocal18.retention"
REFUSED = "the journal % is only added to"
MAY_NOT_ERASE = french(
    "Cet accès à la base ne peut rien effacer des journaux. Recommencez avec le DATABASE_URL du propriétaire des "
    "tables, celui de manage.py migrate (docs/operations.md, « Journals »)."
)

FUNCTION = f"""
CREATE OR REPLACE FUNCTION agrilocal18_journal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('{RETENTION}', true) = 'on'
        AND pg_has_role((SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'MEMBER') THEN
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '{REFUSED}', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$
"""
TRIGGERS = (
    """CREATE TRIGGER journal_rows BEFORE UPDATE OR DELETE ON "{table}"
        FOR EACH ROW EXECUTE FUNCTION agrilocal18_journal()""",
    """CREATE TRIGGER journal_whole BEFORE TRUNCATE ON "{table}"
        FOR EACH STATEMENT EXECUTE FUNCTION agrilocal18_journal()""",
)


def keep(*tables: str) -> RunPython:
    """The operation of a migration that makes journals of these tables."""

    def install(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            for statement in [FUNCTION, *(each.format(table=table) for table in tables for each in TRIGGERS)]:
                schema_editor.execute(statement, params=None)

    def remove(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            for table in tables:
                for trigger in ("journal_rows", "journal_whole"):
                    schema_editor.execute(f'DROP TRIGGER {trigger} ON "{table}"', params=None)

    return RunPython(install, remove, elidable=False)


def renew() -> RunPython:
    """The operation of a migration that gives the triggers of before the function as it is now."""

    def install(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(FUNCTION, params=None)

    return RunPython(install, RunPython.noop, elidable=False)


class MayNotErase(Exception):
    """This role of the database does not own the journals."""


def may_erase() -> bool:
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_has_role(relowner, 'MEMBER') FROM pg_class WHERE oid = %s::regclass", [A_JOURNAL])
        return cursor.fetchone()[0]


@contextmanager
def erasing() -> Iterator[None]:
    """A transaction in which rows of journals may go, or lose a name: for retention, erasure and sweeps that forget.

    Raises MayNotErase.
    """
    if not may_erase():
        raise MayNotErase(MAY_NOT_ERASE)
    with transaction.atomic():
        _say("on")
        yield
        _say("off")  # What an outer transaction does afterwards is none of it.


def _say(word: str) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL {RETENTION} = '{word}'")

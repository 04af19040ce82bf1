"""Journals: tables of which no row is changed or deleted once it is written, whoever asks the database.

PostgreSQL refuses it by triggers, installed by migrations. They stand against faults of ours and against who has taken
the application's place; who owns the tables can drop them, so that in production the application does not
(docs/operations.md, « Journals »). SQLite, fit for a demonstration, has no such guard.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django.db.migrations import RunPython

# Named by the triggers too. A transaction says the first; of the second only databases of tests hear.
RETENTION, EMPTYING = "agrilocal18.retention", "agrilocal18.emptying"
REFUSED = "the journal % is only added to"

FUNCTION = f"""
CREATE OR REPLACE FUNCTION agrilocal18_journal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting(TG_ARGV[0], true) = 'on' THEN
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '{REFUSED}', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$
"""
TRIGGERS = (
    f"""CREATE TRIGGER journal_rows BEFORE UPDATE OR DELETE ON "{{table}}"
        FOR EACH ROW EXECUTE FUNCTION agrilocal18_journal('{RETENTION}')""",
    f"""CREATE TRIGGER journal_whole BEFORE TRUNCATE ON "{{table}}"
        FOR EACH STATEMENT EXECUTE FUNCTION agrilocal18_journal('{EMPTYING}')""",
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


@contextmanager
def erasing() -> Iterator[None]:
    """A transaction in which rows of journals may go, or lose a name: for retention and erasure alone."""
    with transaction.atomic():
        _say("on")
        yield
        _say("off")  # What an outer transaction does afterwards is none of it.


def _say(word: str) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL {RETENTION} = '{word}'")

"""What people look for in the middle of a word, on PostgreSQL: `icontains` compares capitals."""

from django.db.migrations import RunPython


def index_words(name: str, table: str, *columns: str) -> RunPython:
    """The operation of a migration that makes searches in these columns of a table quick."""
    capitals = ", ".join(f"upper({column}::text) gin_trgm_ops" for column in columns)

    def index(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute("create extension if not exists pg_trgm")
            schema_editor.execute(f"create index {name} on {table} using gin ({capitals})")

    def drop(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"drop index {name}")

    return RunPython(index, drop)

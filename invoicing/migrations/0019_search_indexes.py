"""What people look for in the middle of a number, on PostgreSQL: `icontains` compares capitals."""

from django.db import migrations

COLUMNS = ("number", "number_key", "engagement_number")


def index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("create extension if not exists pg_trgm")
        for column in COLUMNS:
            schema_editor.execute(
                f"create index invoice_{column}_words on invoicing_invoice using gin (upper({column}::text) gin_trgm_ops)"
            )


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for column in COLUMNS:
            schema_editor.execute(f"drop index invoice_{column}_words")


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0018_journals")]
    operations = [migrations.RunPython(index, drop)]

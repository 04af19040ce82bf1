"""What people look for in the middle of a number, on PostgreSQL: `icontains` compares capitals."""

from django.db import migrations

COLUMNS = ("reference", "engagement_number")


def index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("create extension if not exists pg_trgm")
        for column in COLUMNS:
            schema_editor.execute(
                f"create index order_{column}_words on orders_order using gin (upper({column}::text) gin_trgm_ops)"
            )


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for column in COLUMNS:
            schema_editor.execute(f"drop index order_{column}_words")


class Migration(migrations.Migration):
    dependencies = [("orders", "0011_journals")]
    operations = [migrations.RunPython(index, drop)]

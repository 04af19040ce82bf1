"""Empties the tables after a test that commits: rows are deleted where there are any.

Django truncates every table instead and makes permissions anew, which takes PostgreSQL half a second a test.
"""

from django.db import connection
from django.test import TransactionTestCase

from suppliers.journals import erasing

# Written by `migrate`, the same for all tests.
KEPT = {"auth_group", "auth_group_permissions", "auth_permission", "django_content_type"}


def install(patch) -> None:
    patch.setattr(TransactionTestCase, "_fixture_teardown", lambda self: empty())


def empty() -> None:
    tables = set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - KEPT
    anything = " UNION ALL ".join(f"SELECT '{each}' WHERE EXISTS (SELECT 1 FROM \"{each}\")" for each in tables)
    with erasing(), connection.cursor() as cursor:
        cursor.execute(anything)
        for (table,) in cursor.fetchall():
            cursor.execute(f'DELETE FROM "{table}"')

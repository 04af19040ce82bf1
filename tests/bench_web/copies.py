"""Many rows like one: the database repeats a row that the factories made, so that new columns need no word here."""

from django.core.management.color import no_style
from django.db import connection, models


def copies(row: models.Model, source: str, **vary: str) -> int:
    """One more row like `row` for each row of `source`, a FROM clause; gives their number.

    `vary` gives in SQL what differs, by column; `t` is the row itself.
    """
    table, pk = row._meta.db_table, row._meta.pk.column
    columns = {field.column: f't."{field.column}"' for field in row._meta.concrete_fields}
    if not set(vary) <= set(columns):
        raise ValueError(f"{table} has no {', '.join(sorted(set(vary) - set(columns)))}.")
    columns = {name: vary.get(name, same) for name, same in columns.items() if name != pk or pk in vary}
    names, values = ", ".join(f'"{name}"' for name in columns), ", ".join(columns.values())
    with connection.cursor() as cursor:
        repeated = f'from "{table}" t cross join {source} where t."{pk}" = {row.pk}'
        cursor.execute(f'insert into "{table}" ({names}) select {values} {repeated}')
        return cursor.rowcount


def numbered(first: int, count: int) -> str:
    """`n`, from `first` on."""
    return f"generate_series({first}, {first + count - 1}) as n"


def one_of(words: list[str], chosen: str) -> str:
    """The word at the place that the SQL `chosen` gives, round and round."""
    listed = ", ".join("'{}'".format(word.replace("'", "''")) for word in words)
    return f"(array[{listed}])[1 + ({chosen}) % {len(words)}]"


def by_share(shares: dict[str, int], chosen: str) -> str:
    """The words in these shares of a thousand; the last one takes what remains."""
    *others, last = shares
    reached, cases = 0, []
    for word in others:
        reached += shares[word]
        cases.append(f"when {chosen} < {reached} then '{word}'")
    return f"case {' '.join(cases)} else '{last}' end"


def continue_numbering() -> None:
    """Rows that were numbered here took the numbers of the next ones."""
    from django.apps import apps

    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), apps.get_models()):
            cursor.execute(statement)


def without_checking_relations() -> None:
    """Every relation is right by its making: looking each of them up would take longer than writing them.

    Only a superuser may leave it out; for another role they are looked up.
    """
    with connection.cursor() as cursor:
        cursor.execute("select rolsuper from pg_roles where rolname = current_user")
        if cursor.fetchone()[0]:
            cursor.execute("set session_replication_role = replica")


def check_relations_again() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select rolsuper from pg_roles where rolname = current_user")
        if cursor.fetchone()[0]:
            cursor.execute("set session_replication_role = origin")
        cursor.execute("vacuum (analyze)")

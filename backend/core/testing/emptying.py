"""This file holds how a test database becomes what it was, after a test with real transactions."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

# Of each table that has rows after migrating those rows, as JSON.
shipped: dict[str, str] = {}


def remember_shipped() -> None:
    with connection.cursor() as cursor:
        shipped.update({table: rows_of(cursor, table) for table in filled_tables(cursor)})


def bring_back_shipped() -> None:
    """Remove what was added, and bring back what was changed; for the owner.

    Django truncates all tables, which makes a thousand files anew, and ships everything again.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        changed = [
            table
            for table in sorted({*filled_tables(cursor), *shipped})
            if table not in shipped or rows_of(cursor, table) != shipped[table]
        ]
        with untriggered(cursor, changed):
            for table in changed:
                cursor.execute(f"DELETE FROM {table}")  # noqa: S608 (our own names)
                if table in shipped:
                    columns = columns_of(cursor, table)
                    cursor.execute(
                        f"INSERT INTO {table} ({columns})"  # noqa: S608 (as above)
                        f" SELECT {columns} FROM jsonb_populate_recordset(NULL::{table}, %s)",
                        [shipped[table]],
                    )


@contextmanager
def untriggered(cursor: Any, tables: list[str]) -> Iterator[None]:
    """Some triggers refuse what the application may not do, such as to remove entries of the audit log."""
    for table in tables:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    yield
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table in tables:
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def filled_tables(cursor: Any) -> list[str]:
    tables = connection.introspection.django_table_names(only_existing=True)
    asked = (f"SELECT '{table}' WHERE EXISTS (SELECT FROM {table})" for table in tables)  # noqa: S608 (as above)
    cursor.execute(" UNION ALL ".join(asked))
    return [table for (table,) in cursor.fetchall()]


def rows_of(cursor: Any, table: str) -> str:
    cursor.execute(f"SELECT jsonb_agg(to_jsonb(own) ORDER BY own.id)::text FROM {table} own")  # noqa: S608 (as above)
    (rows,) = cursor.fetchone()
    return str(rows)


def columns_of(cursor: Any, table: str) -> str:
    """All but those that the database makes of others."""
    cursor.execute(
        "SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
        [table],
    )
    (columns,) = cursor.fetchone()
    return str(columns)

"""This file holds how a list's statement is run: bound on the server, prepared when it is used often, read as binary.

So is what a rush asks again and again. The ORM keeps Django's binding on the client.
"""

from typing import Any, Self

from django.db import connection
from psycopg import RawCursor


class ListCursor(RawCursor):
    """A cursor for SQL with `$1`, `$2`. `prepare` is psycopg's: None is from the fifth use on, False is never."""

    prepare: bool | None = None

    def execute(self, query: Any, params: Any = None, **_options: Any) -> Self:
        return super().execute(query, params, prepare=self.prepare, binary=True)


def fetch(sql: str, values: list[Any], *, prepare: bool | None = None) -> list[tuple]:
    """Every row. Goes through Django's own wrapper, so that errors, the log and assertNumQueries know of it."""
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    cursor = ListCursor(connection.connection)
    cursor.prepare = prepare
    with connection._prepare_cursor(cursor) as wrapped:  # type: ignore[attr-defined] # private; pinned by a test
        wrapped.execute(sql, values)
        return wrapped.fetchall()

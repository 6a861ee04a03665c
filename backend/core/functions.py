"""This file holds how the functions of the database follow their files: all of them are loaded after each migration.

So who changes a body changes its file, and no more. A new file needs a migration all the same, which adds the triggers
that call its functions; so do other types of what a function takes, which makes another one beside it.
"""

import re
from pathlib import Path

from django.db import ProgrammingError, connection, transaction

BACKEND = Path(__file__).resolve().parents[1]
DEFINES = "CREATE OR REPLACE FUNCTION"
NOT_REPLACED = re.compile(r"Use DROP FUNCTION (.+) first\.")


def files_of_functions() -> list[Path]:
    """Files of SQL in the rooms that define functions; another is the text of a query."""
    return [file for file in sorted(BACKEND.glob("*/**/*.sql")) if DEFINES in file.read_text()]


def drop_changed() -> None:
    """Drop each function that answers otherwise by its file, or names otherwise what it takes: PostgreSQL replaces none
    of these. Before the migrations, which load files as they are today; run by the owner in a transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL check_function_bodies TO off")
        for file in files_of_functions():
            while changed := not_replaced(file.read_text()):
                cursor.execute(f"DROP FUNCTION {changed}")


def not_replaced(text: str) -> str | None:
    """The first function of a file that is there and can't be replaced. What the database lacks so far is no matter."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(text)
            transaction.set_rollback(True)
    except ProgrammingError as error:
        found = NOT_REPLACED.search(getattr(getattr(error.__cause__, "diag", None), "message_hint", None) or "")
        return found[1] if found else None
    return None


def load_functions() -> None:
    """Make every function what its file says; run by the owner in a transaction, and safe to run again."""
    with connection.cursor() as cursor:
        # One may call another whose file comes later.
        cursor.execute("SET LOCAL check_function_bodies TO off")
        for file in files_of_functions():
            cursor.execute(file.read_text())

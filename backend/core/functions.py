"""This file holds how the functions of the database follow their files: all of them are loaded after each migration.

So who changes a body changes its file, and no more. A new file needs a migration all the same, which adds the triggers
that call its functions; so does a changed signature, which drops the function that had the old one.
"""

from pathlib import Path

from django.db import connection

BACKEND = Path(__file__).resolve().parents[1]
DEFINES = "CREATE OR REPLACE FUNCTION"


def files_of_functions() -> list[Path]:
    """Files of SQL in the rooms that define functions; another is the text of a query."""
    return [file for file in sorted(BACKEND.glob("*/**/*.sql")) if DEFINES in file.read_text()]


def load_functions() -> None:
    """Make every function what its file says; run by the owner in a transaction, and safe to run again."""
    with connection.cursor() as cursor:
        # One may call another whose file comes later.
        cursor.execute("SET LOCAL check_function_bodies TO off")
        for file in files_of_functions():
            cursor.execute(file.read_text())

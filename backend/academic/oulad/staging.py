"""This file holds how files become staging tables: by COPY, judged line by line by the constraints of the table.

Temporary tables have no row security, which COPY FROM does not work with.
"""

import re

import psycopg
from django.db import connection
from psycopg import errors

from academic.oulad.files import LOADED, SourceFile
from academic.oulad.source import Archive, BadSource

# CONTEXT: COPY oulad_marks, line 5, column score: "abc"
PLACE = re.compile(r'COPY \w+, \w+ (?P<line>\d+)(?:, \w+ (?P<column>\w+)(?:: "(?P<value>.*)")?)?')


def stage(archive: Archive, file: SourceFile) -> int:
    """Copy a file into its staging table, and say how many rows it has."""
    names = ", ".join(archive.header(file))
    copy_in = (
        f"COPY {file.table} ({names}) FROM STDIN (FORMAT csv, HEADER, ENCODING 'UTF8', NULL '', FORCE_NULL ({names}))"
    )
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{file.table}")
        cursor.execute(file.definition)
        try:
            with cursor.copy(copy_in) as copy:
                for chunk in archive.chunks(file.name):
                    copy.write(chunk)
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            raise explained(file, error) from error
        rows = cursor.rowcount
        cursor.execute(f"ANALYZE {file.table}")
    return rows


def explained(file: SourceFile, error: psycopg.Error) -> BadSource:
    """What PostgreSQL found wrong with a line, for the person who has to mend it."""
    place = PLACE.search(error.diag.context or "")
    column, value = (place["column"], place["value"]) if place else (None, None)
    name = error.diag.constraint_name or error.diag.column_name or column
    if isinstance(error, errors.UniqueViolation):
        what = f"the same {', '.join(file.key)} stands on an earlier line. Keep one of the two."
    elif isinstance(error, errors.CharacterNotInRepertoire):
        what = "this is not UTF-8. Save the file as UTF-8."
    elif isinstance(error, errors.BadCopyFileFormat):
        what = f"{error.diag.message_primary}. Each line has {len(file.columns)} fields, as the header: mend this one."
    elif name in {column.name for column in file.columns}:
        what = f"{file.column(name).must_be}{f', not “{value}”' if value else ''}. Correct it."
    else:
        what = f"{error.diag.message_primary}. Correct it."
    where = f"{file.name}, line {place['line']}" if place else file.name
    return BadSource(f"{where}: {what}")


def clear() -> None:
    """Drop what was staged: later work in the same transaction may stage again."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {', '.join(file.table for file in LOADED)}")

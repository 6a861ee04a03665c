"""This file holds how files become staging tables: by COPY, judged by their constraints, then against each other.

Temporary tables have no row security, which COPY FROM does not work with.
"""

# ruff: noqa: S608  What is pasted into the SQL are names of ours.

import re
from dataclasses import dataclass

import psycopg
from django.db import connection
from psycopg import errors

from academic.imports.loads import BadSource
from academic.oulad.files import ASSESSMENTS, COURSES, INFO, LOADED, MARKS, REGISTRATIONS, SourceFile
from academic.oulad.source import Archive

# CONTEXT: COPY oulad_marks, line 5, column score: "abc"
PLACE = re.compile(r'COPY \w+, \w+ (?P<line>\d+)(?:, \w+ (?P<column>\w+)(?:: "(?P<value>.*)")?)?')
SHOWN = 3

# One row for each registration, with the three files that speak of it brought together.
STUDY = """
CREATE TEMP TABLE oulad_study ON COMMIT DROP AS
SELECT info.*, registration.line AS registration_line, date_registration, date_unregistration,
  course.line AS section_line, course.year, course.starts_on, course.module_presentation_length
FROM oulad_info info
JOIN oulad_registrations registration USING (code_module, code_presentation, id_student)
JOIN oulad_courses course USING (code_module, code_presentation)"""


@dataclass(frozen=True, slots=True)
class Reference:
    """What a line of one file must find in another one."""

    file: SourceFile
    to: SourceFile
    key: tuple[str, ...]
    words: str

    @property
    def unknown(self) -> str:
        """The lines that find nothing, with how many there are."""
        shown = " || ' ' || ".join(f"own.{name}" for name in self.key)
        return (
            f"SELECT own.line, {shown}, count(*) OVER () FROM {self.file.table} own"
            f" LEFT JOIN {self.to.table} other USING ({', '.join(self.key)})"
            f" WHERE other.line IS NULL ORDER BY own.line LIMIT {SHOWN}"
        )


PRESENTATION, REGISTRATION = COURSES.key, INFO.key
REFERENCES = (
    Reference(ASSESSMENTS, COURSES, PRESENTATION, "presentation"),
    Reference(INFO, COURSES, PRESENTATION, "presentation"),
    Reference(REGISTRATIONS, COURSES, PRESENTATION, "presentation"),
    Reference(REGISTRATIONS, INFO, REGISTRATION, "student of this presentation"),
    Reference(INFO, REGISTRATIONS, REGISTRATION, "student of this presentation"),
    Reference(MARKS, ASSESSMENTS, ASSESSMENTS.key, "assessment"),
)
NOT_REGISTERED = f"""
SELECT mark.line, mark.id_student || ' in ' || code_module || ' ' || code_presentation, count(*) OVER ()
FROM oulad_marks mark JOIN oulad_assessments USING (id_assessment)
LEFT JOIN oulad_registrations registration USING (code_module, code_presentation, id_student)
WHERE registration.line IS NULL ORDER BY mark.line LIMIT {SHOWN}"""


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
            raise explained(archive, file, error) from error
        rows = cursor.rowcount
        cursor.execute(f"ANALYZE {file.table}")
    return rows


def explained(archive: Archive, file: SourceFile, error: psycopg.Error) -> BadSource:
    """What PostgreSQL found wrong with a line, for the person who has to mend it."""
    place = PLACE.search(error.diag.context or "")
    line, column, value = place.groups() if place else (None, None, None)
    name = error.diag.constraint_name or error.diag.column_name or column
    if isinstance(error, errors.UniqueViolation):
        what = f"the same {', '.join(file.key)} stands on an earlier line. Keep one of the two."
    elif isinstance(error, errors.CharacterNotInRepertoire):
        what = "this is not UTF-8. Save the file as UTF-8."
    elif isinstance(error, errors.BadCopyFileFormat) and (unclosed := archive.open_quote(file.name)):
        line, what = unclosed, "a quotation mark is not closed. Close it."
    elif isinstance(error, errors.BadCopyFileFormat):
        what = f"{error.diag.message_primary}. Each line has {len(file.columns)} fields, as the header: mend this one."
    elif name in {column.name for column in file.columns}:
        what = f"{file.column(name).must_be}{f', not “{value}”' if value else ''}. Correct it."
    else:
        what = f"{error.diag.message_primary}. Correct it."
    where = f"{file.name}, line {line}" if line else file.name
    return BadSource(f"{where}: {what}")


def bring_together() -> None:
    """Refuse a line that speaks of something no other file knows; then join the files about registrations."""
    with connection.cursor() as cursor:
        for reference in REFERENCES:
            cursor.execute(reference.unknown)
            refuse(reference.file, cursor.fetchall(), f"{reference.to.name} has no such {reference.words}")
        cursor.execute(NOT_REGISTERED)
        refuse(MARKS, cursor.fetchall(), f"{REGISTRATIONS.name} has no such student of this presentation")
        cursor.execute("DROP TABLE IF EXISTS pg_temp.oulad_study")
        cursor.execute(STUDY)
        cursor.execute("ANALYZE oulad_study")


def refuse(file: SourceFile, found: list[tuple[int, str, int]], what: str) -> None:
    if found:
        line, key, count = found[0]
        others = " and ".join(str(other) for other, *_ in found[1:])
        more = f" {count:,} lines are so, also {others}." if others else ""
        raise BadSource(f"{file.name}, line {line}: {what}: {key}.{more} Correct the line, or add what is missing.")


def clear() -> None:
    """Drop what was staged: later work in the same transaction may stage again."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE oulad_study, {', '.join(file.table for file in LOADED)}")

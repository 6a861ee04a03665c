"""This file holds how the files are held against each other: what one line speaks of, another file must know."""

# ruff: noqa: S608  What is pasted into the SQL are names of ours.

from dataclasses import dataclass

from django.db import connection

from academic.oulad.files import ASSESSMENTS, COURSES, INFO, MARKS, REGISTRATIONS, SourceFile
from academic.oulad.source import BadSource

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
        more = f" {count:,} lines are so, also {' and '.join(str(other) for other, *_ in found[1:])}." if found[1:] else ""
        raise BadSource(f"{file.name}, line {line}: {what}: {key}.{more} Correct the line, or add what is missing.")


def clear() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE oulad_study")

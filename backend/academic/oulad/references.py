"""This file holds the keys that must lead somewhere: each is looked for with one anti-join over a whole file."""

from dataclasses import dataclass

from django.db import connection

from academic.oulad.source import (
    ASSESSMENTS,
    COURSES,
    STUDENT_ASSESSMENT,
    STUDENT_INFO,
    STUDENT_REGISTRATION,
    SourceFile,
    SourceProblem,
)


@dataclass(frozen=True, slots=True)
class Reference:
    """Rows of one file whose columns must be found together in another."""

    file: SourceFile
    to: SourceFile
    columns: tuple[str, ...]


PRESENTATION = ("code_module", "code_presentation")
REFERENCES = (
    Reference(ASSESSMENTS, COURSES, PRESENTATION),
    Reference(STUDENT_INFO, COURSES, PRESENTATION),
    Reference(STUDENT_INFO, STUDENT_REGISTRATION, (*PRESENTATION, "id_student")),
    Reference(STUDENT_REGISTRATION, STUDENT_INFO, (*PRESENTATION, "id_student")),
    Reference(STUDENT_ASSESSMENT, ASSESSMENTS, ("id_assessment",)),
)
# A mark belongs to a student in the very presentation that its assessment is of.
MARKS_OF_STRANGERS = f"""
SELECT mark.line, id_student || ', ' || id_assessment FROM {STUDENT_ASSESSMENT.table} mark
JOIN {ASSESSMENTS.table} USING (id_assessment)
WHERE NOT EXISTS (SELECT FROM {STUDENT_INFO.table} info WHERE info.code_module = {ASSESSMENTS.table}.code_module
  AND info.code_presentation = {ASSESSMENTS.table}.code_presentation AND info.id_student = mark.id_student)
ORDER BY mark.line LIMIT 4
"""
MOST_TOLD = 3


def refuse_unknown_keys() -> None:
    """Raise SourceProblem with every kind of key that leads nowhere, and the first lines of each."""
    said = []
    with connection.cursor() as cursor:
        for reference in REFERENCES:
            cursor.execute(astray(reference))
            said += told(reference.file, reference.columns, reference.to.name, cursor.fetchall())
        cursor.execute(MARKS_OF_STRANGERS)
        said += told(STUDENT_ASSESSMENT, ("id_student", "id_assessment"), STUDENT_INFO.name, cursor.fetchall())
    if said:
        raise SourceProblem("\n".join(said))


def astray(reference: Reference) -> str:
    shown = " || ', ' || ".join(f"one.{column}" for column in reference.columns)
    alike = " AND ".join(f"one.{column} = other.{column}" for column in reference.columns)
    return (
        f"SELECT line, {shown} FROM {reference.file.table} one"
        f" WHERE NOT EXISTS (SELECT FROM {reference.to.table} other WHERE {alike}) ORDER BY line LIMIT {MOST_TOLD + 1}"
    )


def told(file: SourceFile, columns: tuple[str, ...], missing_in: str, rows: list[tuple[int, str]]) -> list[str]:
    said = [
        f"{file.name} line {line}: {', '.join(columns)} = {key} is not in {missing_in}: add it there, or remove the row."
        for line, key in rows[:MOST_TOLD]
    ]
    return [*said, f"{file.name}: more of the same follows."] if len(rows) > MOST_TOLD else said

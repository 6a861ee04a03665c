"""This file holds what may happen to a student's record."""

from typing import Any

from core.actor import Actor
from core.errors import RuleBroken
from core.rules import rule
from students.statuses.rules import begin_history
from students.students.models import Student


@rule("students.student.entered", needs="students.add_student")
def enter_student(actor: Actor, **fields: Any) -> Student:
    """Enter a person as a student of an institution. A number is given once, and a national id is one person."""
    student = Student(institution_id=actor.at_home(), **with_birth_year(fields)).save_checked()
    begin_history(student)
    return student


@rule("students.student.changed", needs="students.change_student")
def change_student(actor: Actor, student: Student, **fields: Any) -> Student:
    """Change what is known of a student. Of one who was erased nothing is known, and nothing is entered again."""
    refuse_erased(student, field=None)
    return student.change(**with_birth_year(fields))


def with_birth_year(fields: dict[str, Any]) -> dict[str, Any]:
    """The year stands in clear for statistics; where the encrypted date is given, the year follows it."""
    born = fields.get("date_of_birth")
    return {**fields, "birth_year": born.year} if born else fields


def refuse_erased(student: Student, *, field: str | None = "student") -> None:
    """Refuse to enter anything about somebody who was erased."""
    if student.erased_at:
        raise RuleBroken("person_erased", "This person was erased: nothing can be entered about them.", field=field)

"""This file holds what may happen to a student's record."""

from datetime import date
from typing import Any

from core.actor import Actor
from core.errors import RuleBroken
from core.rules import rule
from students.statuses.rules import become_active, begin_history, write
from students.students.models import Student

# What is of the person and not of the institution.
IDENTITY = (
    "given_names", "family_name", "sex", "birth_year", "region", "nationality", "prior_education", "account", "email",
    "national_id", "date_of_birth", "phone", "address",
)  # fmt: skip


@rule("students.student.entered", needs="students.add_student")
def enter_student(actor: Actor, **fields: Any) -> Student:
    """Enter a person as a student of an institution. A number is given once, and a national id is one person."""
    student = Student(institution_id=actor.at_home(), **with_birth_year(fields)).save_checked()
    begin_history(student)
    return student


@rule("students.student.taken_in", needs="students.add_student")
def take_in(actor: Actor, *, person: dict[str, Any], number: str, since: date) -> Student:
    """Make a student of whom another institution tells: `person` holds what it knew of `IDENTITY`. The row is a new
    one, sealed under a key of its own. Who is known here by the national id comes back under the number of then.
    """
    index: Any = Student._meta.get_field("national_id_index")
    digest = index.digest(person["national_id"], actor.at_home())
    if digest and (known := Student.objects.filter(institution=actor.at_home(), national_id_index=digest).first()):
        if known.number != number:
            words = f"Your institution knows this person: give the student number {known.number}."
            raise RuleBroken("person_known", words, field="number")
        return become_active(known, since)
    student = Student(institution_id=actor.at_home(), number=number, entry_year=since.year, **person).save_checked()
    write(student, student.status, since)
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


def refuse_deceased(student: Student) -> None:
    """Refuse to begin something with somebody who has died."""
    if student.status == Student.Status.DECEASED:
        raise RuleBroken("student_deceased", "This student has died.", field="student")

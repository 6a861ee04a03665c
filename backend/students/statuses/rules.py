"""This file holds how a student takes another status: by hand, or by rules of apps above, which call `take_status`."""

from datetime import date
from typing import Any

from core.actor import Actor
from core.errors import RuleBroken
from core.rules import rule
from faculties.institutions.days import today_at
from students.models import Student, StudentStatus
from students.statuses.moves import MOVES, RETURNING, Status


@rule("students.student.status_changed", needs="students.change_student_status")
def change_status(
    actor: Actor, student: Student, *, status: str, starts_on: date, reason: str = "", note: str = ""
) -> Student:
    """Give a student another status, from a day that has come. Who left becomes active by a new enrollment alone."""
    if starts_on > today_at(student.institution_id):
        raise RuleBroken("not_yet", "A status is entered when it holds: give a day that has come.", field="starts_on")
    return take_status(student, status, starts_on, reason, note)


def take_status(student: Student, status: str, starts_on: date, reason: str = "", note: str = "") -> Student:
    """Move a student to a status that may follow the present one, and write that into the history.

    `reason` is one of `StudentStatus.Reason`, which dropping out asks for; `note` is free text.
    """
    student = locked(student)
    allowed = MOVES[student.status]
    if status not in allowed:
        raise RuleBroken("status_not_allowed", refusal(student.status, allowed), field="status")
    return step(student, status, starts_on, reason, note)


def become_active(student: Student, starts_on: date) -> Student:
    """What a new enrollment does: whoever is not active becomes so, unless the student has died."""
    student = locked(student)
    if student.status == Status.DECEASED:
        raise RuleBroken("student_deceased", "This student has died.", field="student")
    return student if student.status == Status.ACTIVE else step(student, Status.ACTIVE, starts_on)


def follow(student: Student, *, after: str, status: str, starts_on: date) -> None:
    """What a step in another room brings with it: whoever has the status `after` takes the other one, from that day or
    from the last step in the history where that is later. Anybody else stays as they are.
    """
    student = locked(student)
    if student.status == after:
        last = last_step(student)
        step(student, status, max(starts_on, last.starts_on) if last else starts_on)


def begin_history(student: Student) -> None:
    """The first step: active since the year of entry began, of which no day is known, and not from a day to come."""
    write(student, student.status, min(date(student.entry_year, 1, 1), today_at(student.institution_id)))


def locked(student: Student) -> Student:
    """The student as it is now. Rows that point to one don't wait for this lock."""
    return Student.objects.select_for_update(no_key=True).get(pk=student.pk, institution=student.institution_id)


def step(student: Student, status: str, starts_on: date, reason: str = "", note: str = "") -> Student:
    last = last_step(student)
    if last and starts_on < last.starts_on:
        raise RuleBroken(
            "before_last_step",
            f"This student is {named(last.status)} since {last.starts_on:%Y-%m-%d}: give that day or a later one.",
            field="starts_on",
        )
    write(student, status, starts_on, reason=reason, note=note)
    return student.change(status=status)


def last_step(student: Student) -> StudentStatus | None:
    steps = StudentStatus.objects.filter(institution=student.institution_id, student=student)
    return steps.order_by("starts_on", "id").last()


def write(student: Student, status: str, starts_on: date, **fields: Any) -> None:
    StudentStatus(
        institution_id=student.institution_id, student=student, status=status, starts_on=starts_on, **fields
    ).save_checked()


def refusal(status: str, allowed: tuple[str, ...]) -> str:
    following = f"{', '.join(allowed)} may follow" if allowed else "nothing may follow"
    back = ", and active by a new enrollment" if status in RETURNING else ""
    return f"This student is {named(status)}: {following}{back}."


def named(status: str) -> str:
    return str(Status(status).label).lower()

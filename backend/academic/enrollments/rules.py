"""This file holds what may happen to an enrollment."""

from datetime import date
from typing import Any

from academic.enrollments.models import Enrollment, EnrollmentStatus, Status
from academic.programs.models import Program, ProgramVersion
from core.actor import Actor
from core.errors import RuleBroken
from core.rules import rule
from students.models import Student

ENDED = {Status.WITHDRAWN, Status.EXCLUDED, Status.COMPLETED}


@rule("academic.enrollment.begun", needs="academic.add_enrollment")
def enroll_student(
    actor: Actor, *, student: Student, program_version: ProgramVersion, enrolled_on: date, **fields: Any
) -> Enrollment:
    """Enroll a student in a version of an active program. The program's department becomes the student's home."""
    if program_version.program.status != Program.Status.ACTIVE:
        raise RuleBroken("program_not_active", "Students enroll in a program that is active.", field="program_version")
    if student.status == Student.Status.DECEASED:
        raise RuleBroken("student_deceased", "This student has died.", field="student")
    enrollment = Enrollment(
        institution_id=student.institution_id,
        student=student,
        program_version=program_version,
        enrolled_on=enrolled_on,
        **fields,
    ).save_checked()
    note_status(enrollment, Status.ACTIVE, enrolled_on, "")
    Student.objects.filter(pk=student.pk).update(
        department=program_version.program.department_id, status=Student.Status.ACTIVE
    )
    return enrollment


@rule("academic.enrollment.status_changed", needs="academic.change_enrollment")
def change_status(
    actor: Actor, enrollment: Enrollment, *, status: str, starts_on: date, reason: str = ""
) -> Enrollment:
    """Give an enrollment another status from a day on. One that ended does not begin again."""
    if enrollment.ended_on is not None:
        raise RuleBroken("enrollment_ended", f"This enrollment ended on {enrollment.ended_on:%Y-%m-%d}.")
    if status == enrollment.status:
        raise RuleBroken("same_status", f"This enrollment is {status} already.", field="status")
    note_status(enrollment, status, starts_on, reason)
    return enrollment.change(status=status, ended_on=starts_on if status in ENDED else None)


def note_status(enrollment: Enrollment, status: str, starts_on: date, reason: str) -> None:
    EnrollmentStatus(
        institution_id=enrollment.institution_id,
        enrollment=enrollment,
        status=status,
        starts_on=starts_on,
        reason=reason,
    ).save_checked()

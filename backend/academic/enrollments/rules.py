"""This file holds what may happen to an enrollment."""

from datetime import date
from typing import Any

from academic.accreditations.queries import lapsed_by
from academic.enrollments.events import EnrollmentEnded
from academic.enrollments.models import Enrollment, EnrollmentStatus, Status
from academic.intakes.queries import enrolled_in, held_intake
from academic.programs.models import Program, ProgramVersion, version_for_entrants
from academic.programs.moves import VersionStatus, named
from academic.sections.seats import hold
from core.actor import Actor
from core.errors import RuleBroken
from core.outbox.events import announce
from core.rules import rule
from faculties.institutions.days import today_at
from students.models import Student, StudentStatus
from students.statuses.moves import STUDYING
from students.statuses.rules import become_active, locked, take_status

EXCEPTION = "academic.enroll_exceptionally"
ENDED = {Status.WITHDRAWN, Status.EXCLUDED, Status.COMPLETED}
# What a student becomes whose last enrollment ends so, and why.
BECOMES = {
    Status.COMPLETED: (Student.Status.GRADUATED, ""),
    Status.WITHDRAWN: (Student.Status.DROPPED_OUT, StudentStatus.Reason.NOT_STATED),
    Status.EXCLUDED: (Student.Status.DROPPED_OUT, StudentStatus.Reason.EXCLUDED),
}


@rule("academic.enrollment.begun", needs="academic.add_enrollment")
def enroll_student(
    actor: Actor,
    *,
    student: Student,
    program_version: ProgramVersion,
    enrolled_on: date,
    reason: str = "",
    **fields: Any,
) -> Enrollment:
    """Enroll a student in an active version of an active program. A student who had left or stayed away becomes active,
    and the program's department becomes the student's home. Where it is an exception, the reason says why.
    """
    program = program_version.program
    if program.status != Program.Status.ACTIVE:
        words = f"{program.name} is {program.status}: students enroll in a program that is active."
        raise RuleBroken("program_not_active", words, field="program_version")
    refuse_lapsed(program, enrolled_on)
    refuse_version(actor, program_version, reason)
    refuse_full(actor, program_version, enrolled_on, reason)
    student = become_active(student, enrolled_on)
    enrollment = Enrollment(
        institution_id=student.institution_id,
        student=student,
        program_version=program_version,
        enrolled_on=enrolled_on,
        **fields,
    ).save_checked()
    note_status(enrollment, Status.ACTIVE, enrolled_on, reason)
    if student.department_id != program.department_id:
        student.change(department_id=program.department_id)
    return enrollment


def refuse_lapsed(program: Program, enrolled_on: date) -> None:
    """Nobody new comes into a program that is accredited no more; those who are in it finish."""
    if lapsed_on := lapsed_by(program, enrolled_on):
        remedy = "record its renewal, or prolong it beyond the day of enrolling."
        message = f"The accreditation of {program.name} lapsed on {lapsed_on:%Y-%m-%d}: {remedy}"
        raise RuleBroken("accreditation_lapsed", message, field="program_version")


def refuse_version(actor: Actor, version: ProgramVersion, reason: str) -> None:
    """New students come into an active version; into one that is taught out by way of exception."""
    if version.status == VersionStatus.ACTIVE:
        return
    if version.status != VersionStatus.TEACH_OUT:
        current = version_for_entrants(version.program, today_at(version.institution_id).year)
        instead = f": enroll in that of {current.catalog_year}" if current else ", and the program has none that is"
        raise RuleBroken(
            "version_not_active",
            f"This version is {named(version.status)}, and students enroll in an active one{instead}.",
            field="program_version",
        )
    refuse_exception(actor, version, reason, code="version_taught_out", why="This version is taught out")


def refuse_full(actor: Actor, version: ProgramVersion, enrolled_on: date, reason: str) -> None:
    """Beyond the places of an intake students come by way of exception. Without an intake there is no limit."""
    intake = held_intake(version.program, enrolled_on)
    if intake and enrolled_in(intake) >= intake.places:
        why = f"All {intake.places} places of the intake {intake.told} are taken"
        refuse_exception(actor, version, reason, code="intake_full", why=why)


def refuse_exception(actor: Actor, version: ProgramVersion, reason: str, *, code: str, why: str) -> None:
    """What a reason lets pass, of those who may say one."""
    allowed = ProgramVersion.objects.visible_to(actor, EXCEPTION).filter(pk=version.pk).exists()
    if not allowed:
        raise RuleBroken(code, f"{why}: an exception needs the permission {EXCEPTION}.", field="program_version")
    if not reason:
        raise RuleBroken(code, f"{why}: say the reason for an exception.", field="reason")


def hold_waited_for(enrollment: Enrollment) -> None:
    """Lock the student of an enrollment, and the sections that are waited for under it, before the row itself."""
    waiting = enrollment.waitlist_entries.filter(institution=enrollment.institution_id, status="waiting")
    hold(enrollment.institution_id, enrollment.student_id, *waiting.values_list("section_id", flat=True))


@rule("academic.enrollment.status_changed", needs="academic.change_enrollment", first=hold_waited_for)
def change_status(
    actor: Actor, enrollment: Enrollment, *, status: str, starts_on: date, reason: str = ""
) -> Enrollment:
    """Give an enrollment another status from a day on, not before its last one. One that ended does not begin again:
    the seats taken under it are given back, and when it was the last one of a student, they have graduated or dropped
    out. Who becomes active is offered the seats that are free of those waited for, by the database.
    """
    if enrollment.ended_on is not None:
        raise RuleBroken("enrollment_ended", f"This enrollment ended on {enrollment.ended_on:%Y-%m-%d}.")
    if status == enrollment.status:
        raise RuleBroken("same_status", f"This enrollment is {status} already.", field="status")
    if starts_on > today_at(enrollment.institution_id):
        raise RuleBroken("not_yet", "A status is entered when it holds: give a day that has come.", field="starts_on")
    note_status(enrollment, status, starts_on, reason)
    enrollment.change(status=status, ended_on=starts_on if status in ENDED else None)
    if status in ENDED:
        announce(EnrollmentEnded(enrollment.institution_id, enrollment.pk))
        end_studies(enrollment.student, status, starts_on, reason)
    return enrollment


def end_studies(student: Student, status: str, starts_on: date, note: str) -> None:
    """Move a student on whose last enrollment ended. Who died, left or graduated already stays as said then."""
    student = locked(student)
    enrollments = Enrollment.objects.filter(institution=student.institution_id, student=student)
    if student.status in STUDYING and not enrollments.filter(ended_on__isnull=True).exists():
        becomes, reason = BECOMES[Status(status)]
        take_status(student, becomes, starts_on, reason, note)


def note_status(enrollment: Enrollment, status: str, starts_on: date, reason: str, *, field: str = "starts_on") -> None:
    """Write a step into the history, which goes forward; a day before the last one is told of that field."""
    steps = EnrollmentStatus.objects.filter(institution=enrollment.institution_id, enrollment=enrollment)
    since = max([enrollment.enrolled_on, *steps.values_list("starts_on", flat=True)])
    if starts_on < since:
        words = f"This enrollment is {enrollment.status} since {since:%Y-%m-%d}: give that day or a later one."
        raise RuleBroken("before_last_step", words, field=field)
    EnrollmentStatus(
        institution_id=enrollment.institution_id,
        enrollment=enrollment,
        status=status,
        starts_on=starts_on,
        reason=reason,
    ).save_checked()

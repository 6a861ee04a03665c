"""This file holds how attendance is taken: a register is opened, marked, closed, and maybe reopened."""

from collections.abc import Collection
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F
from django.utils import timezone

from academic.attendance.models import LEAST_PERCENT, Attendance, AttendancePolicy, AttendanceRegister
from academic.occurrences.models import Occurrence
from core.actor import Actor
from core.errors import Invalid, Problem, RuleBroken
from core.rules import rule

TEXT = Path(__file__).with_name("held.sql")
TAKE = "academic.take_attendance"
Status = AttendanceRegister.Status
# Whoever was registered on the day of the class, where it meets; who is in the register stays.
ENTER = """
INSERT INTO academic_attendance (id, institution_id, register_id, registration_id, student_id, status, created_at,
  updated_at, version)
SELECT uuidv7(), register.institution_id, register.id, registration.id, registration.student_id, '', now(), now(), 1
FROM academic_attendanceregister register
JOIN academic_occurrence occurrence
  ON occurrence.institution_id = register.institution_id AND occurrence.id = register.occurrence_id
JOIN faculties_institution place ON place.id = register.institution_id
JOIN academic_section section
  ON section.institution_id = register.institution_id AND section.meets_as = occurrence.section_id
JOIN academic_registration registration
  ON registration.institution_id = section.institution_id AND registration.section_id = section.id
CROSS JOIN LATERAL (SELECT (occurrence.starts_at AT TIME ZONE place.time_zone)::date AS day) held
WHERE register.institution_id = %(institution)s AND register.id = %(register)s
  AND (registration.registered_on IS NULL OR registration.registered_on <= held.day)
  AND (registration.status = 'registered' OR registration.withdrawn_on > held.day)
ON CONFLICT (institution_id, register_id, registration_id) DO NOTHING"""


@rule("academic.attendance_register.opened", needs=TAKE)
def open_register(actor: Actor, *, occurrence: Occurrence) -> AttendanceRegister:
    """Open the register of a class that has begun, with everybody who is registered on that day."""
    there = Occurrence.objects.select_for_update(of=("self",)).filter(pk=occurrence.pk).first()
    if there is None:
        raise RuleBroken("not_held", "This class is not there any more: its meeting was changed.", field="occurrence")
    occurrence = there
    if occurrence.status == Occurrence.Status.CANCELED:
        raise RuleBroken("not_held", "This class was canceled.", field="occurrence")
    if occurrence.starts_at > timezone.now():
        words = f"This class begins at {occurrence.starts_at.isoformat(timespec='minutes')}: take its register then."
        raise RuleBroken("not_held", words, field="occurrence")
    register = AttendanceRegister(institution_id=occurrence.institution_id, occurrence=occurrence).save_checked()
    enter(register)
    return register


@rule("academic.attendance_register.marked", needs=TAKE)
def mark(actor: Actor, register: AttendanceRegister, *, marks: list[dict[str, Any]]) -> AttendanceRegister:
    """Say of students whether they were there; who is not named stays as they are."""
    refuse_closed(register)
    rows = {one.registration_id: one for one in register.marks.select_for_update(of=("self",)).order_by("pk")}
    problems: list[Problem] = []
    for place, said in enumerate(marks):
        row = rows.get(said["registration"])
        if row is None:
            words = "This registration is not in this register: its student was not registered on that day."
            problems.append(Problem("not_in_section", words, f"marks/{place}/registration"))
            continue
        row.status, row.reason = said["status"], said.get("reason") or None
        if row.reason and row.status != Attendance.Status.EXCUSED:
            words = "Only who is excused has a reason."
            problems.append(Problem("reason_of_nothing", words, f"marks/{place}/reason"))
    if problems:
        raise Invalid(problems)
    write(register, {said["registration"]: rows[said["registration"]] for said in marks}.values())
    return register.change()  # the next version: who has this one marks anew


@rule("academic.attendance_register.closed", needs=TAKE)
def close_register(actor: Actor, register: AttendanceRegister, *, others: str = "") -> AttendanceRegister:
    """Close a register: from here on it counts. `others` is what all of whom nothing is stated were."""
    refuse_closed(register)
    unstated = register.marks.filter(status="")
    if others:
        unstated.update(status=others, version=F("version") + 1, updated_at=timezone.now())
    elif count := unstated.count():
        words = f"Of {count} nothing is stated: mark them, or say in `others` what the rest were."
        raise RuleBroken("not_all_marked", words, field="others")
    return register.change(status=Status.CLOSED, closed_at=timezone.now(), closed_by=actor.id)


@rule("academic.attendance_register.reopened", needs=TAKE)
def reopen_register(actor: Actor, register: AttendanceRegister, *, reason: str) -> AttendanceRegister:
    """Reopen a register to put it right. Whoever was registered for that day meanwhile comes in."""
    if register.status == Status.OPEN:
        raise RuleBroken("register_open", "This register is open.")
    register.change(status=Status.OPEN, closed_at=None, closed_by=None, reopened_because=reason)
    enter(register)
    return register


@rule("academic.attendance_policy.set", needs="academic.set_attendance_policy")
def set_policy(actor: Actor, *, least_percent: int = LEAST_PERCENT) -> AttendancePolicy:
    """Say how much of the classes students are to attend."""
    return AttendancePolicy(institution_id=actor.at_home(), least_percent=least_percent).save_checked()


@rule("academic.attendance_policy.changed", needs="academic.set_attendance_policy")
def change_policy(actor: Actor, policy: AttendancePolicy, **fields: Any) -> AttendancePolicy:
    return policy.change(**fields)


def write(register: AttendanceRegister, rows: Collection[Attendance]) -> None:
    """Keep what was said: one statement for each status, and one for each reason, which is sealed for its student."""
    for status in Attendance.Status.values:
        alike = [one.pk for one in rows if one.status == status and not one.reason]
        marked = register.marks.filter(pk__in=alike)
        marked.update(status=status, reason=None, version=F("version") + 1, updated_at=timezone.now())
    for one in rows:
        if one.reason:
            one.save_checked()


def enter(register: AttendanceRegister) -> None:
    values: dict[str, UUID] = {"institution": register.institution_id, "register": register.pk}
    with connection.cursor() as cursor:
        cursor.execute(ENTER, values)


def refuse_closed(register: AttendanceRegister) -> None:
    if register.status == Status.CLOSED:
        raise RuleBroken("register_closed", "This register is closed: reopen it with a reason first.")

"""This file holds how a person moves between two institutions: each step is taken on one side, and written on both."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

from django.utils import timezone

from academic.courses.versions.queries import course_on
from academic.enrollments.models import Enrollment
from academic.enrollments.models import Status as EnrollmentStatus
from academic.enrollments.rules import note_status
from academic.exemptions.models import Exemption
from academic.registrations.models import Registration
from academic.registrations.rules import take_out
from academic.sections.seats import hold_sections
from academic.transfers.models import Transfer, TransferredCredit
from core.actor import Actor
from core.crossing import OtherSide, beyond
from core.errors import RuleBroken
from core.rules import rule
from core.texts import folded
from faculties.institutions.days import today_at
from faculties.models import Institution
from students.models import Student
from students.statuses.moves import STUDYING
from students.statuses.rules import take_status
from students.students.rules import IDENTITY, refuse_erased, take_in

Side, Status = Transfer.Side, Transfer.Status
PASSED = (Registration.Result.PASS, Registration.Result.DISTINCTION)
# What the destination forgets of a person who does not come.
FORGOTTEN = {"number": "", "given_names": "", "family_name": ""}


# --- Asking ---
@rule("academic.transfer.requested", needs="academic.add_transfer", crosses="shared_id")
def request_transfer(
    actor: Actor,
    *,
    institution_code: str,
    student: Student | None = None,
    number: str = "",
    family_name: str = "",
    reason: str = "",
) -> Transfer:
    """Ask for a transfer: the origin or the student names the student, the destination says number and family name."""
    other = Institution.objects.filter(code=institution_code).first()
    if other is None or other.status != Institution.Status.OPEN:
        raise RuleBroken("no_such_institution", "No open institution has this code.", field="institution_code")
    if other.pk == (student.institution_id if student else actor.at_home()):
        raise RuleBroken("same_institution", "A transfer is to another institution.", field="institution_code")
    if student is not None and (number or family_name):
        raise RuleBroken("said_twice", "Name your student, or the number and family name elsewhere.", field="student")
    if student is not None:
        mine = begun(student, other.pk, asked_by=Side.ORIGIN, reason=reason)
        with beyond(other.pk) as there:
            there.made(counterpart(mine))
        return mine
    with beyond(other.pk) as there:
        known = named_there(other.pk, number, family_name)
        theirs = there.made(begun(known, actor.at_home(), asked_by=Side.DESTINATION, reason=reason))
        return counterpart(theirs)


def named_there(institution: UUID, number: str, family_name: str) -> Student:
    """The student whom somebody elsewhere names. A wrong number and a wrong name get the same words."""
    student = Student.objects.filter(institution=institution, number=number).first() if number else None
    if student is None or student.erased_at or folded(student.family_name) != folded(family_name):
        words = "That institution has no student with this number and this family name. Give both."
        raise RuleBroken("no_such_student", words, field="number")
    return student


def begun(student: Student, destination: UUID, *, asked_by: str, reason: str) -> Transfer:
    """The origin's side of a new transfer."""
    refuse_erased(student)
    refuse_not_studying(student)
    return Transfer(
        institution_id=student.institution_id,
        side=Side.ORIGIN,
        other_institution_id=destination,
        student=student,
        person_id=student.pk,
        number=student.number,
        given_names=student.given_names,
        family_name=student.family_name,
        asked_by=asked_by,
        reason=reason,
    ).save_checked()


def counterpart(origin: Transfer) -> Transfer:
    """The destination's side of it."""
    told = ("shared_id", "person_id", "number", "given_names", "family_name", "asked_by", "reason")
    return Transfer(
        institution_id=origin.other_institution_id,
        side=Side.DESTINATION,
        other_institution_id=origin.institution_id,
        **{name: getattr(origin, name) for name in told},
    ).save_checked()


def refuse_not_studying(student: Student) -> None:
    if student.status not in STUDYING:
        raise RuleBroken("not_studying", "Only who is a student there can move from there.", field="student")


# --- Deciding ---
@rule("academic.transfer.released", needs="academic.decide_transfer", crosses="shared_id")
def release(actor: Actor, transfer: Transfer) -> Transfer:
    """Let the student go, as the origin. The move itself happens when the destination accepts."""
    refuse_unless(transfer, Side.ORIGIN, Status.REQUESTED)
    return on_both(transfer, status=Status.RELEASED, released_at=timezone.now())


@rule("academic.transfer.refused", needs="academic.decide_transfer", crosses="shared_id")
def refuse(actor: Actor, transfer: Transfer, *, answer: str) -> Transfer:
    """Say no, with the reason: the origin before it released the student, the destination until it accepted."""
    open_to = (Status.REQUESTED,) if transfer.side == Side.ORIGIN else Transfer.OPEN
    refuse_unless(transfer, transfer.side, *open_to)
    return on_both(transfer, status=Status.REFUSED, answer=answer, ended_at=timezone.now())


@rule("academic.transfer.withdrawn", needs="academic.add_transfer", crosses="shared_id")
def withdraw(actor: Actor, transfer: Transfer, *, answer: str = "") -> Transfer:
    """Take back a request, on the side that made it, until it is accepted."""
    refuse_unless(transfer, transfer.asked_by, *Transfer.OPEN)
    return on_both(transfer, status=Status.WITHDRAWN, answer=answer, ended_at=timezone.now())


@rule("academic.transfer.accepted", needs="academic.decide_transfer", crosses="shared_id")
def accept(actor: Actor, transfer: Transfer, *, number: str, accepted_on: date | None = None) -> Transfer:
    """Take the student in under a number of the destination's. At the origin the studies end on that day; what was
    passed there comes along, as the origin tells it. Needs the right to enter students besides.
    """
    today, now = today_at(transfer.institution_id), timezone.now()
    day = accepted_on or today
    if day > today:
        raise RuleBroken(
            "not_yet", "A person is accepted when they come: give a day that has come.", field="accepted_on"
        )
    refuse_unless(transfer, Side.DESTINATION, Status.RELEASED)
    with beyond(transfer.other_institution_id) as there:
        leaving = there.locked(Student, institution=transfer.other_institution_id, pk=transfer.person_id)
        refuse_erased(leaving, field=None)
        person = {name: getattr(leaving, name) for name in IDENTITY}
        passed = list(credits_of(leaving))
        leave(there, leaving, day, f"Transferred: {transfer.reason}".removesuffix(": "))
        theirs = there.locked(Transfer, institution=transfer.other_institution_id, shared_id=transfer.shared_id)
        theirs.change(status=Status.ACCEPTED, ended_at=now)
    student = take_in(actor, person=person, number=number, since=day)
    transfer.change(status=Status.ACCEPTED, ended_at=now, student=student)
    for told in passed:
        TransferredCredit(
            institution_id=transfer.institution_id, transfer=transfer, student=student, **told
        ).save_checked()
    return transfer


def refuse_unless(transfer: Transfer, side: str, *statuses: str) -> None:
    if transfer.status not in Transfer.OPEN:
        raise RuleBroken("already_decided", f"This transfer was {transfer.status}.")
    if transfer.side != side:
        raise RuleBroken("other_side", f"That is for the {Side(side).label.lower()} to do.")
    if transfer.status not in statuses:
        allowed = " or ".join(str(one) for one in statuses)
        raise RuleBroken("wrong_order", f"This transfer is {transfer.status}: this is done to one that is {allowed}.")


def on_both(transfer: Transfer, **fields: Any) -> Transfer:
    """The same on either side; of a person who does not come, the destination keeps no name."""
    ended = {**fields, **FORGOTTEN} if fields["status"] != Status.RELEASED else fields
    with beyond(transfer.other_institution_id) as there:
        theirs = there.locked(Transfer, institution=transfer.other_institution_id, shared_id=transfer.shared_id)
        theirs.change(**(ended if theirs.side == Side.DESTINATION else fields))
    return transfer.change(**(ended if transfer.side == Side.DESTINATION else fields))


# --- What becomes of the studies ---
def leave(there: OtherSide, student: Student, day: date, reason: str) -> None:
    """End what a student has under way at the origin."""
    here = {"institution": student.institution_id, "student": student}
    pending = Registration.objects.filter(**here, result=Registration.Result.PENDING).order_by("section_id")
    # Seats that are given back may lock parts of sections: so all sections are locked before, in one order.
    hold_sections(student.institution_id, *pending.values_list("section", flat=True))
    for key in pending.values_list("pk", flat=True):
        take_out(there.locked(Registration, pk=key), day)
    for key in Enrollment.objects.filter(**here, ended_on=None).order_by("pk").values_list("pk", flat=True):
        enrollment = there.locked(Enrollment, pk=key)
        note_status(enrollment, EnrollmentStatus.WITHDRAWN, day, reason, field="accepted_on")
        enrollment.change(status=EnrollmentStatus.WITHDRAWN, ended_on=day)
    take_status(student, Student.Status.TRANSFERRED_OUT, day, note=reason)
    student.refresh_from_db(fields=["status", "version", "updated_at"])


def credits_of(student: Student) -> Iterator[dict[str, Any]]:
    """What was earned, each course once: passed, where the last time counts, or exempt."""
    passed = Registration.objects.filter(
        institution=student.institution_id, student=student, result__in=PASSED, section__whole=None
    ).select_related("section__course")
    by_course = {one.section.course_id: one for one in passed.order_by("section__ends_on", "id")}
    for one in by_course.values():
        course = one.section.course
        told = course_on(course, one.section.starts_on)
        mark = "" if one.result_mark is None else f" ({one.result_mark})"
        yield {
            "code": course.code,
            "title": told.title,
            "credits": one.section.credits,
            "level": told.level,
            "grade": f"{one.result}{mark}",
            "ended_on": one.section.ends_on,
        }
    exempt = Exemption.objects.filter(institution=student.institution_id, student=student, withdrawn_on=None)
    for given in exempt.exclude(course__in=by_course).select_related("course").order_by("granted_on", "id"):
        told = course_on(given.course, given.granted_on)
        mark = "" if given.equivalent_mark is None else f" ({given.equivalent_mark})"
        yield {
            "code": given.course.code,
            "title": told.title,
            "credits": given.credits,
            "level": told.level,
            "grade": f"{given.kind}{mark}",
            "ended_on": given.granted_on,
        }

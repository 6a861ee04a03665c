"""This file holds what may happen to a permit: who gives one is judged by where their right reaches."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from academic.accounts import account_of
from academic.courses.models import Course
from academic.permits.models import CoursePermit
from academic.requisites.trees import GIVERS
from academic.sections.models import Section, Teaching
from core.actor import Actor
from core.errors import RuleBroken
from core.rules import rule
from students.models import Student

PERMIT = "academic.permit_course"
LECTURER, HEAD, DEAN, _ = GIVERS
# Tutors, demonstrators and examiners help with a section: who may take it is not theirs to say.
ANSWERS_FOR = (Teaching.Role.LECTURER, Teaching.Role.COORDINATOR)


@rule("academic.permit.given", needs=PERMIT)
def give_permit(
    actor: Actor,
    *,
    who: str,
    course: Course | None = None,
    section: Section | None = None,
    student: Student | None = None,
    student_number: str = "",
    **fields: Any,
) -> CoursePermit:
    """Permit one student to take a course that asks for it, in every section or in one.

    It is the permission of the lecturer, the head, the dean or the registrar as far as the right of who gives it
    reaches: at the department, the faculty, the institution. A lecturer gives their own, for a section that they teach,
    to a student who tells them their number. Nobody permits themselves.
    """
    taken = section.course if section else course
    if taken is None:
        raise RuleBroken("course_or_section", "Name the course, or one section of it.", field="course")
    if section and course and section.course_id != course.pk:
        raise RuleBroken("section_of_another_course", f"The section is not of {course.code}.", field="section")
    if section and section.whole:
        words = f"It is a part: name section {section.whole.code}, and its parts are permitted with it."
        raise RuleBroken("part_of_a_whole", words, field="section")
    refuse_beyond(actor, taken, section, who)
    student = student or student_of(taken, student_number)
    if actor.id and student.account_id == actor.id:
        raise RuleBroken("own_permit", "Somebody else permits you a course.", field="student")
    return CoursePermit(
        institution_id=taken.institution_id,
        course=taken,
        section=section,
        student=student,
        who=who,
        given_by_id=account_of(actor),
        **fields,
    ).save_checked()


@rule("academic.permit.ended", needs=PERMIT)
def end_permit(actor: Actor, permit: CoursePermit, *, ends_on: date) -> CoursePermit:
    """Let a permit end on a day, by who might give it. A registration that rests on it stays."""
    refuse_beyond(actor, permit.course, permit.section, permit.who)
    return permit.change(ends_on=ends_on)


def student_of(course: Course, number: str) -> Student:
    """The student of a number where a course is taught. Who gives the permit need not see the students."""
    if not number:
        raise RuleBroken("student_needed", "Name the student, or their number.", field="student")
    found = Student.objects.filter(institution=course.institution_id, number=number).first()
    if found is None:
        raise RuleBroken("no_such_student", "No student here has this number.", field="student_number")
    return found


def refuse_beyond(actor: Actor, course: Course, section: Section | None, who: str) -> None:
    """Refuse a permission that is another one's than whose the right of the actor reaches."""
    theirs = givers_by(actor, course, section)
    if who in theirs:
        return
    if not theirs:
        words = "Name a section that you teach as its lecturer or coordinator, or ask the department of the course."
        raise RuleBroken("not_theirs", f"This is not yours to permit. {words}", field="section")
    asked, given = (" or the ".join(names).replace("_", " ") for names in ([who], theirs))
    words = f"You give the permission of the {given}. That of the {asked} is given by whose right reaches further."
    raise RuleBroken("not_theirs", words, field="who")


def givers_by(actor: Actor, course: Course, section: Section | None) -> Sequence[str]:
    """Whose permissions an actor gives for a course, or for one section of it."""
    reach = actor.reach(PERMIT)
    if reach.nation or course.institution_id in reach.institutions:
        return GIVERS
    department = course.program.department
    if department.faculty_id in reach.units:
        return LECTURER, HEAD, DEAN
    if department.pk in reach.units:
        return LECTURER, HEAD
    return (LECTURER,) if section and course.institution_id in reach.related and answers_for(actor, section) else ()


def answers_for(actor: Actor, section: Section) -> bool:
    mine = section.teachings.filter(institution=section.institution_id, account=actor.id)
    return mine.filter(role__in=ANSWERS_FOR).exists()

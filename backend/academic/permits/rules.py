"""This file holds what may happen to a permit."""

from datetime import date
from typing import Any

from academic.courses.models import Course
from academic.permits.models import CoursePermit
from core.actor import Actor
from core.rules import rule
from students.models import Student


@rule("academic.permit.given", needs="academic.permit_course")
def give_permit(actor: Actor, *, course: Course, student: Student, **fields: Any) -> CoursePermit:
    """Permit one student to take a course that asks for it."""
    return CoursePermit(institution_id=course.institution_id, course=course, student=student, **fields).save_checked()


@rule("academic.permit.ended", needs="academic.permit_course")
def end_permit(actor: Actor, permit: CoursePermit, *, ends_on: date) -> CoursePermit:
    """Let a permit end on a day. A registration that rests on it stays."""
    return permit.change(ends_on=ends_on)

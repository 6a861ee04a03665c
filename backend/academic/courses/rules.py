"""This file holds what may happen to a course."""

from typing import Any

from academic.courses.models import Course
from academic.courses.versions.queries import follow
from academic.programs.models import Program
from core.actor import Actor
from core.errors import RuleBroken
from core.rules import rule


@rule("academic.course.added", needs="academic.add_course")
def add_course(actor: Actor, *, program: Program, **fields: Any) -> Course:
    """Add a course to the program that owns it, and is not closed."""
    if program.status == Program.Status.CLOSED:
        raise RuleBroken("program_closed", "This program is closed: name one that is not.", field="program")
    return Course(institution_id=program.institution_id, program=program, **fields).save_checked()


@rule("academic.course.changed", needs="academic.change_course")
def change_course(actor: Actor, course: Course, **fields: Any) -> Course:
    """Correct what a course is now, and its current version with it; sections that somebody takes keep their credits.
    A course that becomes something else is revised (academic/courses/versions/rules.py).
    """
    course.change(**fields)
    if fields.keys() & {"credits", "credits_up_to"}:
        follow(course.institution_id, [course.pk])
    return course


@rule("academic.course.retired", needs="academic.change_course")
def retire_course(actor: Actor, course: Course) -> Course:
    """Offer a course no more."""
    if course.status == Course.Status.RETIRED:
        raise RuleBroken("course_retired", "This course is retired.")
    return course.change(status=Course.Status.RETIRED)


@rule("academic.course.reinstated", needs="academic.change_course")
def reinstate_course(actor: Actor, course: Course) -> Course:
    """Offer a course again that was retired."""
    if course.status != Course.Status.RETIRED:
        raise RuleBroken("course_not_retired", "This course is not retired.")
    return course.change(status=Course.Status.ACTIVE)

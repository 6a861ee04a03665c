"""This file holds what may happen to a course and to what it requires."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from academic.courses.models import Course, Prerequisite
from academic.courses.queries import way_back
from academic.courses.versions.queries import follow
from academic.programs.models import Program
from core.actor import Actor
from core.errors import RuleBroken
from core.rules import rule


@rule("academic.course.added", needs="academic.add_course")
def add_course(actor: Actor, *, program: Program, **fields: Any) -> Course:
    """Add a course to the program that owns it."""
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


@rule("academic.prerequisite.added", needs="academic.change_course")
def add_prerequisite(actor: Actor, *, course: Course, requires: Course) -> Prerequisite:
    """Require a course before another. A circle is refused and shown; the database refuses it too."""
    refuse_circle(course, [requires.pk], field="requires")
    return Prerequisite(institution_id=course.institution_id, course=course, requires=requires).save_checked()


@rule("academic.prerequisite.removed", needs="academic.change_course")
def remove_prerequisite(actor: Actor, prerequisite: Prerequisite) -> None:
    """Require a course no more. What stands for a node of a tree goes with that."""
    if prerequisite.requisite_id:
        raise RuleBroken("part_of_a_tree", "This stands for a node of the course's requisites: change that tree.")
    prerequisite.delete()


def refuse_circle(course: Course, requires: Collection[UUID], *, field: str) -> None:
    """Refuse to require what requires the course itself, directly or further back, and show the way there."""
    if chain := way_back(requires, course):
        codes = dict(Course.objects.filter(pk__in=chain).values_list("id", "code"))
        shown = " requires ".join([course.code, *(codes[step] for step in chain)])
        raise RuleBroken("prerequisite_circle", f"This closes a circle: {shown}.", field=field)

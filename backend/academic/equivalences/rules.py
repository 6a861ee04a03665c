"""This file holds what may happen to an equivalence of two courses."""

from typing import Any

from academic.courses.models import Course
from academic.equivalences.models import CourseEquivalence
from core.actor import Actor
from core.rules import rule


@rule("academic.equivalence.added", needs="academic.change_course")
def add_equivalence(actor: Actor, *, course: Course, counts_as: Course, **fields: Any) -> CourseEquivalence:
    """Let a pass of one course count as one of another, from a day on."""
    return CourseEquivalence(
        institution_id=course.institution_id, course=course, counts_as=counts_as, **fields
    ).save_checked()


@rule("academic.equivalence.changed", needs="academic.change_course")
def change_equivalence(actor: Actor, equivalence: CourseEquivalence, **fields: Any) -> CourseEquivalence:
    """Change the days of an equivalence, or whether it holds both ways."""
    return equivalence.change(**fields)


@rule("academic.equivalence.removed", needs="academic.change_course")
def remove_equivalence(actor: Actor, equivalence: CourseEquivalence) -> None:
    """Take back an equivalence that should not have been entered; one that ends gets a last day instead."""
    equivalence.delete()

"""This file holds what may happen to a curriculum."""

from typing import Any

from academic.courses.models import Course
from academic.curricula.models import CourseGroup, ProgramCourse
from academic.programs.models import ProgramVersion
from academic.programs.rules import refuse_frozen, refuse_in_use
from core.actor import Actor
from core.errors import RuleBroken
from core.removing import remove
from core.rules import rule


@rule("academic.program_course.added", needs="academic.change_program")
def add_program_course(
    actor: Actor, *, program_version: ProgramVersion, course: Course, **fields: Any
) -> ProgramCourse:
    """Put a course, of this program or another one, into a version, and into one of its groups if it has any."""
    refuse_frozen(program_version)
    refuse_other_group(program_version, fields.get("group"))
    return ProgramCourse(
        institution_id=program_version.institution_id, program_version=program_version, course=course, **fields
    ).save_checked()


@rule("academic.program_course.changed", needs="academic.change_program")
def change_program_course(actor: Actor, program_course: ProgramCourse, **fields: Any) -> ProgramCourse:
    """Change where a course stands in a version nobody is enrolled in."""
    refuse_in_use(program_course.program_version)
    refuse_other_group(program_course.program_version, fields.get("group"))
    return program_course.change(**fields)


@rule("academic.program_course.removed", needs="academic.change_program")
def remove_program_course(actor: Actor, program_course: ProgramCourse) -> None:
    """Take a course out of a version nobody is enrolled in."""
    refuse_in_use(program_course.program_version)
    program_course.delete()


@rule("academic.course_group.added", needs="academic.change_program")
def add_course_group(actor: Actor, *, program_version: ProgramVersion, **fields: Any) -> CourseGroup:
    """Add a group to a version nobody is enrolled in: it says what else must be passed."""
    refuse_in_use(program_version)
    return CourseGroup(
        institution_id=program_version.institution_id, program_version=program_version, **fields
    ).save_checked()


@rule("academic.course_group.changed", needs="academic.change_program")
def change_course_group(actor: Actor, group: CourseGroup, **fields: Any) -> CourseGroup:
    """Change a group of a version nobody is enrolled in."""
    refuse_in_use(group.program_version)
    return group.change(**fields)


@rule("academic.course_group.removed", needs="academic.change_program")
def remove_course_group(actor: Actor, group: CourseGroup) -> None:
    """Remove a group without courses from a version nobody is enrolled in."""
    refuse_in_use(group.program_version)
    remove(group)


def refuse_other_group(version: ProgramVersion, group: CourseGroup | None) -> None:
    if group is not None and group.program_version_id != version.pk:
        raise RuleBroken("group_of_another_version", "This group is one of another program version.", field="group")

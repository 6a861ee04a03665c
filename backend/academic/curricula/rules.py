"""This file holds what may happen to a curriculum."""

from typing import Any

from academic.courses.models import Course
from academic.curricula.models import ProgramCourse
from academic.programs.models import ProgramVersion
from academic.programs.rules import refuse_in_use
from core.actor import Actor
from core.rules import rule


@rule("academic.program_course.added", needs="academic.change_program")
def add_program_course(
    actor: Actor, *, program_version: ProgramVersion, course: Course, **fields: Any
) -> ProgramCourse:
    """Put a course, of this program or another one, into a version."""
    return ProgramCourse(
        institution_id=program_version.institution_id, program_version=program_version, course=course, **fields
    ).save_checked()


@rule("academic.program_course.removed", needs="academic.change_program")
def remove_program_course(actor: Actor, program_course: ProgramCourse) -> None:
    """Take a course out of a version nobody is enrolled in."""
    refuse_in_use(program_course.program_version)
    program_course.delete()

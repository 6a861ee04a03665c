"""This file holds what may happen to what is known of a student's kin."""

from typing import Any

from core.actor import Actor
from core.rules import rule
from students.kin.models import Kin
from students.students.models import Student
from students.students.rules import refuse_erased


@rule("students.kin.added", needs="students.add_kin")
def add_kin(actor: Actor, *, student: Student, **fields: Any) -> Kin:
    """Note whom to turn to about a student."""
    refuse_erased(student)
    return Kin(institution_id=student.institution_id, student=student, **fields).save_checked()


@rule("students.kin.changed", needs="students.change_kin")
def change_kin(actor: Actor, kin: Kin, **fields: Any) -> Kin:
    """Change what is known of somebody."""
    return kin.change(**fields)


@rule("students.kin.removed", needs="students.remove_kin")
def remove_kin(actor: Actor, kin: Kin) -> None:
    """Forget somebody whom the student no longer names."""
    kin.delete()

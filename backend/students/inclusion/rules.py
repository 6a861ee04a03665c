"""This file holds what may happen to what a student stated, and to the support agreed on."""

from datetime import date
from typing import Any

from core.actor import Actor
from core.errors import RuleBroken
from core.rules import rule
from students.inclusion.models import Inclusion
from students.students.models import Student
from students.students.rules import refuse_erased


@rule("students.inclusion.stated", needs="students.add_inclusion")
def state_inclusion(actor: Actor, *, student: Student, starts_on: date, **fields: Any) -> Inclusion:
    """Note what a student states from a day on. What was stated before holds until that day."""
    refuse_erased(student)
    held = Inclusion.objects.filter(institution=student.institution_id, student=student, ends_on__isnull=True)
    before = held.select_for_update().first()
    if before and starts_on <= before.starts_on:
        raise RuleBroken(
            "stated_since",
            f"What was stated last holds since {before.starts_on:%Y-%m-%d}: correct that, or give a later day.",
            field="starts_on",
        )
    if before:
        before.change(ends_on=starts_on)
    return Inclusion(
        institution_id=student.institution_id, student=student, starts_on=starts_on, **fields
    ).save_checked()


@rule("students.inclusion.corrected", needs="students.change_inclusion")
def correct_inclusion(actor: Actor, inclusion: Inclusion, **fields: Any) -> Inclusion:
    """Correct what holds now. What held before stays as it was stated."""
    if inclusion.ends_on:
        raise RuleBroken("no_longer_holds", f"This held until {inclusion.ends_on:%Y-%m-%d}, and stays as it was.")
    return inclusion.change(**fields)

"""This file holds what may happen to a stay of a student in another country, or here from one."""

from datetime import date
from decimal import Decimal
from typing import Any

from core.actor import Actor
from core.errors import RuleBroken
from core.rules import rule
from students.mobility.models import Mobility
from students.students.models import Student
from students.students.rules import refuse_deceased, refuse_erased

Status = Mobility.Status
CHANGE = "students.change_mobility"


@rule("students.mobility.planned", needs="students.add_mobility")
def plan_stay(actor: Actor, *, student: Student, starts_on: date, ends_on: date, **fields: Any) -> Mobility:
    """Plan a stay of a student. On no day is a student in two of them."""
    refuse_erased(student)
    refuse_deceased(student)
    refuse_backwards(starts_on, ends_on)
    return Mobility(
        institution_id=student.institution_id, student=student, starts_on=starts_on, ends_on=ends_on, **fields
    ).save_checked()


@rule("students.mobility.changed", needs=CHANGE)
def change_stay(actor: Actor, stay: Mobility, **fields: Any) -> Mobility:
    """Change what is agreed of a stay that is planned or under way."""
    refuse_unless(stay, Status.PLANNED, Status.UNDER_WAY)
    refuse_backwards(fields.get("starts_on", stay.starts_on), fields.get("ends_on", stay.ends_on))
    return stay.change(**fields)


@rule("students.mobility.started", needs=CHANGE)
def start_stay(actor: Actor, stay: Mobility) -> Mobility:
    """Say that a planned stay is under way."""
    refuse_unless(stay, Status.PLANNED)
    return stay.change(status=Status.UNDER_WAY)


@rule("students.mobility.completed", needs=CHANGE)
def complete_stay(actor: Actor, stay: Mobility, *, credits_recognized: Decimal | None = None) -> Mobility:
    """Say that a stay is over as it was agreed, and, if it is known, which credits are recognized."""
    refuse_unless(stay, Status.UNDER_WAY)
    return stay.change(status=Status.COMPLETED, credits_recognized=credits_recognized)


@rule("students.mobility.recognized", needs=CHANGE)
def recognize_credits(actor: Actor, stay: Mobility, *, credits_recognized: Decimal) -> Mobility:
    """Say which credits of a completed stay are recognized; the last word holds."""
    refuse_unless(stay, Status.COMPLETED)
    return stay.change(credits_recognized=credits_recognized)


@rule("students.mobility.canceled", needs=CHANGE)
def cancel_stay(actor: Actor, stay: Mobility) -> Mobility:
    """Cancel a stay that is planned or under way; its days are free for another."""
    refuse_unless(stay, Status.PLANNED, Status.UNDER_WAY)
    return stay.change(status=Status.CANCELED)


def refuse_unless(stay: Mobility, *allowed: str) -> None:
    if stay.status not in allowed:
        names, now = " or ".join(Status(one).label.lower() for one in allowed), Status(stay.status).label.lower()
        raise RuleBroken("wrong_status", f"This is for a stay that is {names}; this one is {now}.")


def refuse_backwards(starts_on: date, ends_on: date) -> None:
    """Before any range is made of the two: the database makes none that ends before it starts."""
    if ends_on < starts_on:
        raise RuleBroken("ends_before_it_starts", "A stay ends on or after the day it starts.", field="ends_on")

"""This file holds how a hold is placed and lifted."""

from typing import Any

from django.utils import timezone

from academic.accounts import account_of
from academic.holds.models import Hold
from core.actor import Actor
from core.errors import RuleBroken
from core.rules import rule
from students.models import Student


@rule("academic.hold.placed", needs="academic.place_hold")
def place_hold(actor: Actor, *, student: Student, **fields: Any) -> Hold:
    """Keep a student from registering until something is settled. What is registered already stays."""
    return Hold(
        institution_id=student.institution_id, student=student, placed_by_id=account_of(actor), **fields
    ).save_checked()


@rule("academic.hold.lifted", needs="academic.lift_hold")
def lift_hold(actor: Actor, hold: Hold, *, lifted_because: str = "") -> Hold:
    """Say that it is settled. Nobody lifts a hold of their own."""
    if hold.lifted_at:
        raise RuleBroken("already_lifted", "This hold was lifted before.")
    if actor.id and hold.student.account_id == actor.id:
        raise RuleBroken("own_hold", "Somebody else lifts a hold of yours.")
    return hold.change(lifted_at=timezone.now(), lifted_by_id=account_of(actor), lifted_because=lifted_because)

"""This file holds how a waiver is given and revoked."""

from datetime import date
from typing import Any

from django.utils import timezone

from academic.accounts import account_of
from academic.waivers.models import Waiver
from core.actor import Actor
from core.errors import NotAllowed, RuleBroken
from core.rules import rule
from faculties.institutions.days import today_at
from students.models import Student

# Who may waive a check, where the section's or the course's department lies.
WAIVED_BY = {check: f"academic.waive_{check}" for check in Waiver.Waived.values}


@rule("academic.waiver.given", needs="academic.add_waiver")
def give_waiver(actor: Actor, *, student: Student, waives: str, until: date, **fields: Any) -> Waiver:
    """Let a student pass a check. It needs the right to waive that very check besides; nobody waives for themselves."""
    if actor.id and student.account_id == actor.id:
        raise RuleBroken("own_waiver", "Somebody else gives you a waiver.", field="student")
    if until < today_at(student.institution_id):
        raise RuleBroken("past", "A waiver counts until today or a later day.", field="until")
    waiver = Waiver(
        institution_id=student.institution_id,
        student=student,
        waives=waives,
        until=until,
        given_by_id=account_of(actor),
        **fields,
    ).save_checked()
    needs = WAIVED_BY[waives]
    if not Waiver.objects.visible_to(actor, needs).filter(pk=waiver.pk).exists():
        raise NotAllowed(needs)
    return waiver


@rule("academic.waiver.revoked", needs="academic.add_waiver")
def revoke_waiver(actor: Actor, waiver: Waiver) -> Waiver:
    """Take a waiver back. What was registered by it stays."""
    if waiver.revoked_at:
        raise RuleBroken("already_revoked", "This waiver was revoked before.")
    return waiver.change(revoked_at=timezone.now())

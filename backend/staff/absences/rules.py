"""This file holds what may happen to an absence."""

from datetime import date
from typing import Any

from core.actor import Actor
from core.rules import rule
from staff.absences.models import Absence
from staff.members.models import Member
from staff.members.rules import employed


@rule("staff.absence.noted", needs="staff.add_absence")
def note_absence(actor: Actor, *, member: Member, ends_on: date | None = None, **fields: Any) -> Absence:
    """Note that a member is away, once for each day, and not beyond the day of leaving. Who was erased is not away."""
    locked = employed(member, ends_on)
    return Absence(institution_id=member.institution_id, member=locked, ends_on=ends_on, **fields).save_checked()


@rule("staff.absence.changed", needs="staff.change_absence")
def change_absence(actor: Actor, absence: Absence, **fields: Any) -> Absence:
    """Correct an absence, or say when it ended, within the limits of noting one."""
    employed(absence.member, fields.get("ends_on", absence.ends_on))
    return absence.change(**fields)


@rule("staff.absence.removed", needs="staff.remove_absence")
def remove_absence(actor: Actor, absence: Absence) -> None:
    """Take out an absence that did not come about."""
    absence.delete()

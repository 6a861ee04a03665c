"""This file holds what may happen to a qualification."""

from typing import Any

from core.actor import Actor
from core.rules import rule
from staff.members.models import Member
from staff.members.rules import refuse_erased
from staff.qualifications.models import Qualification


@rule("staff.qualification.entered", needs="staff.add_qualification")
def enter_qualification(actor: Actor, *, member: Member, **fields: Any) -> Qualification:
    """Enter an award that a member holds, once. Of one who was erased nothing is entered."""
    refuse_erased(member)
    return Qualification(institution_id=member.institution_id, member=member, **fields).save_checked()


@rule("staff.qualification.changed", needs="staff.change_qualification")
def change_qualification(actor: Actor, qualification: Qualification, **fields: Any) -> Qualification:
    """Correct what is said of an award."""
    return qualification.change(**fields)


@rule("staff.qualification.removed", needs="staff.remove_qualification")
def remove_qualification(actor: Actor, qualification: Qualification) -> None:
    """Take out an award that was entered by mistake."""
    qualification.delete()

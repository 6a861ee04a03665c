"""This file holds what may happen to the record of a member of staff."""

from datetime import date
from typing import Any

from django.db.models import Q

from core.actor import Actor
from core.errors import RuleBroken
from core.rules import rule
from staff.members.models import Member


@rule("staff.member.entered", needs="staff.add_member")
def enter_member(actor: Actor, **fields: Any) -> Member:
    """Enter a person as a member of staff. A number is given once, and a national id is one person."""
    return Member(institution_id=actor.at_home(), **with_birth_year(fields)).save_checked()


@rule("staff.member.changed", needs="staff.change_member")
def change_member(actor: Actor, member: Member, **fields: Any) -> Member:
    """Change what is known of a member. Of one who was erased nothing is known, and nothing is entered again."""
    refuse_erased(member)
    return member.change(**with_birth_year(fields))


@rule("staff.member.left", needs="staff.change_member")
def let_leave(actor: Actor, member: Member, *, left_on: date) -> Member:
    """Let a member leave, `left_on` being the last day. Contracts and appointments end by then, and are ended first."""
    beyond = Q(ends_on__isnull=True) | Q(ends_on__gt=left_on)
    counts = {
        "contracts": member.contracts.filter(beyond).count(),
        "appointments": member.appointments.filter(beyond).count(),
    }
    if lasting := [f"{name} ({count})" for name, count in counts.items() if count]:
        raise RuleBroken(
            "still_bound", f"Beyond {left_on} last {' and '.join(lasting)}: end those first.", field="left_on"
        )
    return member.change(left_on=left_on)


@rule("staff.member.reinstated", needs="staff.change_member")
def reinstate(actor: Actor, member: Member) -> Member:
    """Take back that a member left. One who was erased stays so."""
    refuse_erased(member)
    if member.left_on is None:
        raise RuleBroken("never_left", "This member has not left.")
    return member.change(left_on=None)


def refuse_erased(member: Member) -> None:
    if member.erased_at:
        raise RuleBroken("person_erased", "This person was erased: nothing can be entered about them.")


def with_birth_year(fields: dict[str, Any]) -> dict[str, Any]:
    """The year stands in clear for statistics; where the encrypted date is given, the year follows it."""
    born = fields.get("date_of_birth")
    return {**fields, "birth_year": born.year} if born else fields


def employed(member: Member, ends_on: date | None) -> Member:
    """The member, locked, who can be bound until a day, or without end. What overlaps is then judged by one transaction
    after the other.
    """
    locked = Member.objects.select_for_update().get(pk=member.pk)
    if locked.erased_at:
        raise RuleBroken("person_erased", "This person was erased: nothing can be entered about them.", field="member")
    if locked.left_on and (ends_on is None or ends_on > locked.left_on):
        message = f"This member leaves on {locked.left_on}: nothing lasts beyond that day."
        raise RuleBroken("member_left", message, field="ends_on")
    return locked

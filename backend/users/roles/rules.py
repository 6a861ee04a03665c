"""This file holds what may happen to a grant."""

from datetime import date
from typing import Any

from django.utils import timezone

from core.actor import Actor
from core.errors import RuleBroken
from core.freshness.changes import changed
from core.rules import rule
from users.accounts.models import User
from users.accounts.rules import person_key, sign_out_everywhere
from users.roles.models import Grant, Role, RolePermission

TIERS = list(Role.Tier)


@rule("users.grant.given", needs="users.add_grant")
def give_grant(actor: Actor, *, user: User, role: Role, **place: Any) -> Grant:
    """Grant a role at a place. The place is no higher than the role allows, and nobody grants what they lack there."""
    grant = Grant(user=user, role=role, **place)
    refuse_above(actor, grant)
    changed(person_key(user.pk))
    return grant.save_checked()


@rule("users.grant.ended", needs="users.change_grant")
def end_grant(actor: Actor, grant: Grant, *, valid_until: date | None = None) -> Grant:
    """End a grant on a day, or at once: that signs its holder out everywhere. An ended grant stays in the history."""
    if valid_until:
        changed(person_key(grant.user_id))
        return grant.change(valid_until=valid_until)
    sign_out_everywhere(grant.user_id)
    return grant.change(valid_until=max(timezone.localdate(), grant.valid_from), is_revoked=True)


def refuse_above(actor: Actor, grant: Grant) -> None:
    """Refuse a place higher than the role allows, and a role that holds there what the actor does not."""
    role = grant.role
    if TIERS.index(tier_of(grant)) < TIERS.index(Role.Tier(role.tier)):
        raise RuleBroken("place_too_high", f"The role {role.name} is granted at a {role.tier} or below.", field="role")
    if lacking := [held for held in role.permissions.all() if not holds(actor, grant, held)]:
        names = ", ".join(sorted(held.permission for held in lacking[:5]))
        raise RuleBroken("lacks_permission", f"You don't hold this yourself at this place: {names}.", field="role")


def tier_of(grant: Grant) -> Role.Tier:
    if grant.department_id:
        return Role.Tier.DEPARTMENT
    if grant.faculty_id:
        return Role.Tier.FACULTY
    return Role.Tier.INSTITUTION if grant.institution_id else Role.Tier.NATION


def holds(actor: Actor, grant: Grant, held: RolePermission) -> bool:
    """Whether the actor holds one permission wherever the grant would give it."""
    mine = actor.reach(held.permission)
    if mine.nation or (grant.institution_id and grant.institution_id in mine.institutions):
        return True
    return held.over == RolePermission.Over.PLACE and bool(
        (units := {grant.faculty_id, grant.department_id} - {None}) and units <= mine.units
    )

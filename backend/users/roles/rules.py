"""This file holds what may happen to roles and grants. Nobody gives what they lack, by whatever way it is given."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.utils import timezone

from core.actor import Actor
from core.errors import RuleBroken
from core.freshness.changes import changed
from core.rules import rule
from users.accounts.models import User
from users.accounts.rules import rights_changed, sign_out_everywhere
from users.roles.actors import as_granted
from users.roles.models import Grant, Role, RolePermission
from users.roles.shipped import SHIPPED_ROLES, permissions_below_the_nation

TIERS = list(Role.Tier)
GIVE, END = "users.add_grant", "users.change_grant"

# A permission, and over what.
Held = tuple[str, str]


@rule("users.grant.given", needs=GIVE, step_up=True)
def give_grant(actor: Actor, *, role: Role, user: User | None = None, group: Any = None, **place: Any) -> Grant:
    """Grant a role to a person or a group at a place. The place is no higher than the role allows, and in the
    institution of the role and the group if they have one; nobody grants what they lack there.
    """
    role, group = latest(role) if role.institution_id else role, group and latest(group)
    grant = Grant(user=user, group=group, role=role, **place)
    refuse_above(actor, grant)
    rights_changed(*holders_of(grant))
    return grant.save_checked()


@rule("users.grant.ended", needs=END, step_up=True)
def end_grant(actor: Actor, grant: Grant, *, valid_until: date | None = None) -> Grant:
    """End a grant on a day, or at once: that signs its holders out everywhere. An ended grant stays in the history."""
    (rights_changed if valid_until else sign_out_everywhere)(*holders_of(grant))
    return grant.end(valid_until)


@rule("users.role.composed", needs="users.add_role", step_up=True)
def compose_role(actor: Actor, *, code: str, name: str, tier: str, permissions: Iterable[dict[str, str]]) -> Role:
    """Compose a role for one institution: of permissions that people of an institution may hold at all, and that one
    holds oneself over the whole of it.
    """
    if code in SHIPPED_ROLES:
        raise RuleBroken("code_taken", "TESC ships a role with this code: take another one.", field="code")
    role = Role(institution_id=actor.at_home(), code=code, name=name, tier=tier)
    wanted = pairs_of(permissions)
    refuse_beyond_tier(wanted)
    refuse_lacking(actor, everywhere_in(role), wanted, field="permissions")
    role.save_checked()
    write_permissions(role, wanted)
    return role


@rule("users.role.changed", needs="users.change_role", step_up=True)
def change_role(
    actor: Actor, role: Role, *, name: str | None = None, permissions: Iterable[dict[str, str]] | None = None
) -> Role:
    """Change the name of a role that an institution composed, or what it holds. Whoever holds it gains or loses that at
    once, so what is added is judged like a grant to all of them.
    """
    refuse_closed(role)
    before = held_by_role(role)
    wanted = before if permissions is None else pairs_of(permissions)
    if added := wanted - before:
        refuse_beyond_tier(added)
        is_held = role.grants.not_over().exists()
        judged = added | {(GIVE, RolePermission.Over.PLACE.value)} if is_held else added
        refuse_lacking(actor, everywhere_in(role), judged, field="permissions")
    if wanted != before:
        write_permissions(role, wanted)
        changed("roles")
    return role.change(name=role.name if name is None else name)


@rule("users.role.closed", needs="users.change_role", step_up=True)
def close_role(actor: Actor, role: Role) -> Role:
    """Close a role that an institution composed: its grants end at once, and nobody gets it any more."""
    refuse_closed(role)
    for grant in role.grants.not_over():
        end_grant(actor, grant)
    return role.change(closed_at=timezone.now())


def refuse_above(actor: Actor, grant: Grant) -> None:
    """Refuse a place that the role or the group does not allow, and a role that holds there what the actor does not."""
    role, group = grant.role, grant.group
    if role.closed_at:
        raise RuleBroken("role_closed", f"The role {role.name} is closed: grant another one.", field="role")
    if role.institution_id not in (None, grant.institution_id):
        raise RuleBroken("other_institution", "This role belongs to another institution.", field="role")
    if TIERS.index(tier_of(grant)) < TIERS.index(Role.Tier(role.tier)):
        raise RuleBroken("place_too_high", f"The role {role.name} is granted at a {role.tier} or below.", field="role")
    if group and group.closed_at:
        raise RuleBroken("group_closed", f"The group {group.name} is closed.", field="group")
    if group and group.institution_id != grant.institution_id:
        raise RuleBroken("other_institution", "This group belongs to another institution.", field="group")
    refuse_lacking(actor, grant, held_by_role(role), field="role")


def latest(row: Any) -> Any:
    """A composed role or a group as it is now, locked: of giving it and giving it more, the second sees the first."""
    return type(row).objects.select_for_update().get(pk=row.pk)


def refuse_closed(role: Role) -> None:
    if role.closed_at:
        raise RuleBroken("role_closed", f"The role {role.name} is closed: compose another one.")


def refuse_beyond_tier(wanted: set[Held]) -> None:
    """A permission that is only for the nation, or that there is none of, is in no role of an institution."""
    allowed = permissions_below_the_nation()
    place = RolePermission.Over.PLACE
    if beyond := sorted({code for code, over in wanted if allowed.get(code) not in (over, place)}):
        message = f"No role of an institution may hold this, or not over every row: {', '.join(beyond[:5])}."
        raise RuleBroken("beyond_tier", message, field="permissions")


def refuse_lacking(actor: Actor, grant: Grant, given: set[Held], *, field: str) -> None:
    """Refuse to give what the actor doesn't hold at the place of the grant. What was lent to them counts as lacking."""
    both = (actor, as_granted(actor))
    if lacking := sorted({code for code, over in given if not all(holds(one, grant, code, over) for one in both)}):
        message = f"You don't hold this yourself at this place: {', '.join(lacking[:5])}."
        raise RuleBroken("lacks_permission", message, field=field)


def holds(actor: Actor, grant: Grant, permission: str, over: str) -> bool:
    """Whether the actor holds one permission wherever the grant would give it."""
    mine = actor.reach(permission)
    if mine.nation or (grant.institution_id and grant.institution_id in mine.institutions):
        return True
    return over == RolePermission.Over.PLACE and bool(
        (units := {grant.faculty_id, grant.department_id} - {None}) and units <= mine.units
    )


def tier_of(grant: Grant) -> Role.Tier:
    if grant.department_id:
        return Role.Tier.DEPARTMENT
    if grant.faculty_id:
        return Role.Tier.FACULTY
    return Role.Tier.INSTITUTION if grant.institution_id else Role.Tier.NATION


def everywhere_in(role: Role) -> Grant:
    """The widest grant that a role of an institution can have."""
    return Grant(role=role, institution_id=role.institution_id)


def holders_of(grant: Grant) -> list[UUID]:
    """The people whom a grant gives something: its person, or those in its group."""
    if grant.user_id:
        return [grant.user_id]
    return list(grant.group.memberships.not_over().values_list("user", flat=True).distinct()) if grant.group else []


def held_by_role(role: Role) -> set[Held]:
    return set(role.permissions.values_list("permission", "over"))


def pairs_of(permissions: Iterable[dict[str, str]]) -> set[Held]:
    """What a body names, each permission once."""
    pairs = [(one["permission"], one["over"]) for one in permissions]
    if len({code for code, _ in pairs}) < len(pairs):
        raise RuleBroken("named_twice", "Name each permission once.", field="permissions")
    return set(pairs)


def write_permissions(role: Role, wanted: set[Held]) -> None:
    role.permissions.all().delete()
    RolePermission.objects.bulk_create(
        RolePermission(role=role, permission=permission, over=over) for permission, over in sorted(wanted)
    )

"""This file holds what may happen to groups. To be let into one is to be granted all that it holds."""

from datetime import date
from typing import Any

from django.utils import timezone

from core.actor import Actor
from core.errors import RuleBroken
from core.rules import rule
from users.accounts.models import User
from users.accounts.rules import rights_changed, sign_out_everywhere
from users.groups.models import Group, Membership
from users.roles.models import RolePermission
from users.roles.rules import GIVE, end_grant, held_by_role, latest, refuse_lacking


@rule("users.group.added", needs="users.add_group")
def add_group(actor: Actor, **fields: Any) -> Group:
    """Add a group to an institution. It holds nothing until it is granted a role."""
    return Group(institution_id=actor.at_home(), **fields).save_checked()


@rule("users.group.changed", needs="users.change_group")
def change_group(actor: Actor, group: Group, **fields: Any) -> Group:
    """Give a group another name. It must be open."""
    refuse_closed(group)
    return group.change(**fields)


@rule("users.group.closed", needs="users.change_group", step_up=True)
def close_group(actor: Actor, group: Group) -> Group:
    """Close a group: its memberships and its grants end at once."""
    refuse_closed(group)
    for grant in group.grants.not_over():
        end_grant(actor, grant)
    for membership in group.memberships.not_over():
        end_membership(actor, membership)
    return group.change(closed_at=timezone.now())


@rule("users.membership.begun", needs="users.change_group", step_up=True)
def add_member(actor: Actor, *, group: Group, user: User, **dates: Any) -> Membership:
    """Let a person into a group. It is judged like granting them every role that the group holds."""
    group = latest(group)
    refuse_closed(group)
    for grant in group.grants.not_over().select_related("role"):
        given = held_by_role(grant.role) | {(GIVE, RolePermission.Over.PLACE.value)}
        refuse_lacking(actor, grant, given, field="group")
    rights_changed(user.pk)
    return Membership(institution_id=group.institution_id, group=group, user=user, **dates).save_checked()


@rule("users.membership.ended", needs="users.change_group", step_up=True)
def end_membership(actor: Actor, membership: Membership, *, valid_until: date | None = None) -> Membership:
    """End a membership on a day, or at once: that signs its person out everywhere. It stays in the history."""
    (rights_changed if valid_until else sign_out_everywhere)(membership.user_id)
    return membership.end(valid_until)


def refuse_closed(group: Group) -> None:
    if group.closed_at:
        raise RuleBroken("group_closed", f"The group {group.name} is closed.", field="group")

"""This file holds how long somebody's sessions last and whether a second factor is asked: it follows what they hold.

The roles themselves don't say it: an institution composes its own, and what a person holds by a group or by delegation
counts as much as what was granted.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from django.conf import settings

from core.actor import Actor, Reach
from users.accounts.models import User
from users.roles.actors import actor_of
from users.roles.models import RolePermission
from users.roles.shipped import permissions_of

# Who gives rights, acts as others, takes data out in bulk, or shuts and empties accounts.
NEEDS_SECOND_FACTOR = frozenset({
    "users.add_user", "users.change_user", "users.add_grant", "users.change_grant", "users.add_role",
    "users.change_role", "users.add_group", "users.change_group", "users.export_person", "users.add_erasure",
    "users.change_erasure", "instauth.change_provider", "instauth.approve_provider", "instauth.recover_factor",
    "instauth.change_client", "instauth.approve_client",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a session lasts unused (`idle`) and at all (`longest`), and whether a second factor is a must."""

    idle: timedelta
    longest: timedelta
    needs_second_factor: bool


def limits_of(user: User) -> Limits:
    """The limits of a person, from what they hold today. Two queries."""
    return limits_for(actor_of(user), is_demo=user.is_demo)


def limits_for(actor: Actor, *, is_demo: bool = False) -> Limits:
    """The limits of an actor whose grants were read already. A demo account needs no second factor."""
    is_strong = any(needs_second_factor(code, reach) for code, reach in actor.reaches.items())
    if is_staff(actor):
        idle = timedelta(minutes=settings.STAFF_SESSION_IDLE_MINUTES)
        longest = timedelta(hours=settings.STAFF_SESSION_LONGEST_HOURS)
    else:
        idle = timedelta(hours=settings.SESSION_IDLE_HOURS)
        longest = timedelta(hours=settings.SESSION_LONGEST_HOURS)
    return Limits(idle, longest, is_strong and not is_demo)


def needs_second_factor(permission: str, reach: Reach) -> bool:
    """Whoever reaches the nation, and whoever holds one of the codes over more than themselves."""
    return reach.nation or (permission in NEEDS_SECOND_FACTOR and is_over_others(reach))


def is_staff(actor: Actor) -> bool:
    """Whether somebody holds more than a student does."""
    theirs = of_student()
    return any(
        code not in theirs or (theirs[code] == RolePermission.Over.RELATED and is_over_others(reach))
        for code, reach in actor.reaches.items()
    )


def is_over_others(reach: Reach) -> bool:
    return bool(reach.nation or reach.institutions or reach.units)


@cache
def of_student() -> dict[str, str]:
    return permissions_of("student")

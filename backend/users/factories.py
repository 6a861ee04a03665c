"""This file holds the smallest valid accounts, roles and grants for tests."""

import math
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from core.tenancy.scope import reaching
from faculties.factories import numbered
from faculties.models import Department, Faculty, Institution
from users.models import Grant, Role, RolePermission, User
from users.roles.actors import actor_of

JUST_NOW = math.inf  # whoever acts in a test has just shown a second factor
HELD_SINCE = date(2020, 1, 1)
# None is the nation.
Place = Institution | Faculty | Department | None


def make_user(**fields: Any) -> User:
    """An account that nobody can sign in to with a password, and that may do nothing."""
    password = fields.pop("password", None)
    user = User(**{"email": f"{numbered('person')}@tesc.test", "name": "Tendai Moyo", **fields})
    user.set_password(password)
    return user.save_checked()


def make_role(*permissions: str, over: str = RolePermission.Over.PLACE) -> Role:
    """A role with just these permissions, over every row at its place or only over related ones."""
    code = numbered("role-")
    role = Role(code=code, name=f"Role {code}", tier=Role.Tier.NATION).save_checked()
    RolePermission.objects.bulk_create(
        RolePermission(role=role, permission=permission, over=over) for permission in permissions
    )
    return role


def make_grant(user: User, role: Role | str, place: Place, **fields: Any) -> Grant:
    """A role, or the shipped role with this code, at a place, for years: whatever day a test says that it is."""
    if isinstance(role, str):
        role = Role.objects.shipped(role)
    where = place_fields(place)
    with reaching(*(institution.pk for institution in [where.get("institution")] if institution)):
        return Grant(user=user, role=role, **where, **{"valid_from": HELD_SINCE, **fields}).save_checked()


def place_fields(place: Place) -> dict[str, Any]:
    """How a grant names a place."""
    if place is None:
        return {}
    if isinstance(place, Institution):
        return {"institution": place}
    kind = "faculty" if isinstance(place, Faculty) else "department"
    return {"institution": place.institution, kind: place}


def make_person(*, name: str = "Tendai Moyo", grants: Iterable[tuple[Role | str, Place]] = (), **fields: Any) -> User:
    """Somebody with these roles at these places, and their actor."""
    user = make_user(name=name, **fields)
    for role, place in grants:
        make_grant(user, role, place)
    user.actor = replace(actor_of(user), strong_at=JUST_NOW)
    return user


def person_with(place: Place, *permissions: str, over: str = RolePermission.Over.PLACE) -> User:
    """Somebody with just these permissions at one place."""
    return make_person(grants=[(make_role(*permissions, over=over), place)])

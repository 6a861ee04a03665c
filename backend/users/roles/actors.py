"""This file holds how grants become an Actor: for each permission, the places where a person holds it."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from django.apps import apps

from core.actor import NOWHERE, Actor, Reach
from core.lists.statements import Statement, compiled
from core.tenancy.scope import reaching
from faculties.models import Department, Institution
from users.accounts.models import User
from users.roles.models import Grant, RolePermission

SHUT = (Institution.Status.SUSPENDED, Institution.Status.CLOSED)
VIEW_DELEGATION = "users.view_delegation"
SOMEBODY = UUID(int=1)  # stands for the person in a statement that is compiled once: each sign-in asks it


class Held(NamedTuple):
    """One permission that somebody holds by one grant; no institution is the nation."""

    institution_id: UUID | None
    faculty_id: UUID | None
    department_id: UUID | None
    permission: str | None  # None: a role that holds nothing
    over: str


class Lent(NamedTuple):
    """One delegation that is in force."""

    institution_id: UUID
    delegator_id: UUID
    permissions: list[str]


def actor_of(user: User, session: UUID | None = None) -> Actor:
    """The person as an actor: what they hold today by their own grants and those of their groups, and what they
    borrowed. Nobody acts in a suspended or closed institution.
    """
    reaches = rights_of(user.pk)
    for permission, reach in borrowed_by(user.pk):
        reaches[permission] = reaches.get(permission, NOWHERE) | reach
    return Actor(name=user.name, id=user.pk, reaches=reaches, session=session)


def rights_of(user: UUID) -> dict[str, Reach]:
    """What a person holds today without what they borrowed."""
    held = [Held(*row) for row in statement_of_grants().rows({"person": str(user)})]
    below = departments_below(held)
    places: dict[tuple, Reach] = {}  # a role holds hundreds of permissions at one place: they share its reach
    reaches: dict[str, Reach] = {}
    for one in held:
        if one.permission:
            place = (one.institution_id, one.faculty_id, one.department_id, one.over)
            reach = places.get(place) or places.setdefault(place, reach_of(one, one.over, below))
            known = reaches.get(one.permission)
            reaches[one.permission] = reach if known in (None, reach) else known | reach
    return reaches


@cache
def statement_of_grants() -> Statement:
    grants = Grant.objects.held_by(SOMEBODY).exclude(institution__status__in=SHUT)
    what = ("role__permissions__permission", "role__permissions__over")
    return compiled(grants.values_list("institution", "faculty", "department", *what), {SOMEBODY: "person"})


def borrowed_by(user: UUID) -> Iterator[tuple[str, Reach]]:
    """What others lend a person today: no more than they hold themselves at this moment, and never what they borrowed.

    Whoever borrows may see that they do.
    """
    for delegation in (Lent(*row) for row in statement_of_delegations().rows({"person": str(user)})):
        theirs = rights_of(delegation.delegator_id)
        for permission in delegation.permissions:
            if reach := over_place_at(delegation.institution_id, theirs.get(permission, NOWHERE)):
                yield permission, reach
        yield VIEW_DELEGATION, Reach(related=frozenset([delegation.institution_id]))


@cache
def statement_of_delegations() -> Statement:
    lent = lent_to(SOMEBODY).filter(delegator__is_active=True).exclude(institution__status__in=SHUT)
    return compiled(lent.values_list("institution", "delegator", "permissions"), {SOMEBODY: "person"})


def lent_to(user: UUID) -> Any:
    """The delegations to a person that are in force."""
    # A room above: it asks this one what may be lent.
    delegations: Any = apps.get_model("users.Delegation")._default_manager
    return delegations.in_force().filter(delegate=user)


def over_place_at(institution: UUID, reach: Reach) -> Reach:
    """The part of a reach that lies in one institution, without the rows about the person: those lend nobody."""
    return replace(reach.within(institution), related=frozenset())


def as_granted(actor: Actor) -> Actor:
    """The actor with what grants alone give: what was lent to a person gives nothing to others."""
    if actor.id is None or not lent_to(actor.id).exists():
        return actor
    return replace(actor, reaches=rights_of(actor.id))


def reach_of(grant: Grant | Held, over: str, below: dict[UUID, frozenset[UUID]]) -> Reach:
    """What one permission of one grant reaches."""
    if grant.institution_id is None:
        # Over related rows, the nation is nowhere in particular: such roles are granted at institutions.
        return Reach(nation=over == RolePermission.Over.PLACE)
    here = frozenset([grant.institution_id])
    if over == RolePermission.Over.RELATED:
        return Reach(related=here)
    if grant.faculty_id:
        return Reach(units=below[grant.faculty_id] | {grant.faculty_id}, hosts=here)
    if grant.department_id:
        return Reach(units=frozenset([grant.department_id]), hosts=here)
    return Reach(institutions=here)


def departments_below(grants: Iterable[Grant | Held]) -> dict[UUID, frozenset[UUID]]:
    """The departments of every granted faculty, closed ones too: their history is still theirs."""
    faculties = {
        grant.faculty_id: grant.institution_id for grant in grants if grant.faculty_id and grant.institution_id
    }
    below: dict[UUID, set[UUID]] = {faculty: set() for faculty in faculties}
    if faculties:
        with reaching(*set(faculties.values())):
            pairs = Department.objects.filter(institution__in=faculties.values(), faculty__in=faculties)
            for faculty, department in pairs.values_list("faculty", "id"):
                below[faculty].add(department)
    return {faculty: frozenset(departments) for faculty, departments in below.items()}

"""This file holds how grants become an Actor: for each permission, the places where a person holds it."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from core.actor import NOWHERE, Actor, Reach
from core.tenancy.scope import reaching
from faculties.models import Department, Institution
from users.accounts.models import User
from users.roles.models import Grant, RolePermission

SHUT = (Institution.Status.SUSPENDED, Institution.Status.CLOSED)


def actor_of(user: User, session: UUID | None = None) -> Actor:
    """The person as an actor, from the grants in force today. Nobody acts in a suspended or closed institution."""
    grants = list(
        Grant.objects.in_force()
        .filter(user=user)
        .exclude(institution__status__in=SHUT)
        .prefetch_related("role__permissions")
    )
    below = departments_below(grants)
    reaches: dict[str, Reach] = defaultdict(lambda: NOWHERE)
    for grant in grants:
        for held in grant.role.permissions.all():
            reaches[held.permission] |= reach_of(grant, held.over, below)
    return Actor(name=user.name, id=user.pk, reaches=dict(reaches), session=session)


def reach_of(grant: Grant, over: str, below: dict[UUID, frozenset[UUID]]) -> Reach:
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


def departments_below(grants: Iterable[Grant]) -> dict[UUID, frozenset[UUID]]:
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

"""This file holds why somebody may or may not do something: which rights give it, and what each that doesn't lacks.

Whether they may is asked of `visible_to`, as everywhere; each right is then asked alone.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Model, Q

from core.actor import NOWHERE, Actor, Reach
from core.tenancy.scope import reaching
from faculties.institutions.days import today_at
from faculties.models import Institution
from users.delegations.models import Delegation
from users.groups.models import Membership
from users.models import User
from users.roles.actors import SHUT, departments_below, over_place_at, reach_of, rights_of
from users.roles.dates import Dated
from users.roles.models import Grant

GIVEN = "given"
# From what is nearest to being given, to what is furthest.
SENTENCES = {
    GIVEN: "It is held here.",
    "other_place": "It is held, but at another place of the tree.",
    "not_related": "It is held over rows about oneself, and this is not one.",
    "lender_lacks": "It was lent, and who lent it does not hold it here now.",
    "institution_shut": "It is held at an institution that is suspended or closed.",
    "not_begun": "It is granted, from a later day on.",
    "ended": "It was granted, and has ended.",
    "account_shut": "The account is deactivated.",
    "no_grant": "No role, group or delegation in your sight gives it.",
}


@dataclass(frozen=True, slots=True)
class Source:
    """One right that has to do with a permission: where it comes from, where it holds, and what it lacks here."""

    kind: str
    id: UUID
    role: str | None
    group: str | None
    lender: str | None
    institution: UUID | None
    faculty: UUID | None
    department: UUID | None
    over: str
    valid_from: date
    valid_until: date | None
    why: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether somebody may do something, and what says so."""

    may: bool
    why: str
    sources: list[Source]

    @property
    def message(self) -> str:
        return SENTENCES[self.why]


@dataclass(frozen=True, slots=True)
class Question:
    """Whether a person holds a permission, over one row (which lies in an institution) or anywhere; asked by a reader
    who sees only some grants.
    """

    person: User
    permission: str
    row: Model | None
    institution: UUID | None
    reader: Actor

    @property
    def is_about_oneself(self) -> bool:
        return self.reader.id == self.person.pk

    def is_given_by(self, reach: Reach) -> bool:
        """Whether a reach alone would do."""
        if self.row is None:
            return bool(reach)
        alone = Actor(self.person.name, id=self.person.pk, reaches={self.permission: reach})
        rows: Any = type(self.row)._default_manager
        with self.there():
            return rows.visible_to(alone, self.permission).filter(pk=self.row.pk).exists()

    def there(self) -> AbstractContextManager[None]:
        return reaching(self.institution) if self.institution else nullcontext()


def explained(question: Question) -> Explanation:
    """The answer, with every right in the reader's sight that names the permission, the nearest first."""
    order = list(SENTENCES)
    sources = sorted([*grants_told(question), *delegations_told(question)], key=lambda one: order.index(one.why))
    why = sources[0].why if sources else "no_grant"
    if why == GIVEN and not question.person.is_active:
        why = "account_shut"
    return Explanation(why == GIVEN, why, sources)


def grants_told(question: Question) -> Iterator[Source]:
    memberships = list(Membership.objects.filter(user=question.person))
    groups = {one.group_id for one in memberships}
    held = Grant.objects.filter(Q(user=question.person) | Q(group__in=groups))
    held = held.filter(role__permissions__permission=question.permission)
    if not question.is_about_oneself:
        held = held.visible_to(question.reader, "users.view_grant")
    grants = list(held.select_related("role", "institution").prefetch_related("role__permissions"))
    below = departments_below(grants)
    for grant in grants:
        over = next(one.over for one in grant.role.permissions.all() if one.permission == question.permission)
        ways = [[grant, one] for one in memberships if one.group_id == grant.group_id] if grant.group_id else [[grant]]
        for way in ways:
            why = why_not(grant.institution, *way) or judged(question, reach_of(grant, over, below))
            yield Source(
                kind="group" if grant.group_id else "grant",
                id=grant.pk,
                role=grant.role.code,
                group=str(grant.group_id) if grant.group_id else None,
                lender=None,
                institution=grant.institution_id,
                faculty=grant.faculty_id,
                department=grant.department_id,
                over=over,
                valid_from=max(one.valid_from for one in way),
                valid_until=min((one.valid_until for one in way if one.valid_until), default=None),
                why=why,
            )


def delegations_told(question: Question) -> Iterator[Source]:
    lent = Delegation.objects.filter(delegate=question.person, permissions__contains=[question.permission])
    if not question.is_about_oneself:
        lent = lent.visible_to(question.reader, "users.view_delegation")
    for delegation in lent.select_related("delegator", "institution"):
        theirs = rights_of(delegation.delegator_id) if delegation.delegator.is_active else {}
        reach = over_place_at(delegation.institution_id, theirs.get(question.permission, NOWHERE))
        lacking = "" if reach else "lender_lacks"
        yield Source(
            kind="delegation",
            id=delegation.pk,
            role=None,
            group=None,
            lender=delegation.delegator.name,
            institution=delegation.institution_id,
            faculty=None,
            department=None,
            over="place",
            valid_from=delegation.valid_from,
            valid_until=delegation.valid_until,
            why=why_not(delegation.institution, delegation) or lacking or judged(question, reach),
        )


def judged(question: Question, reach: Reach) -> str:
    if question.is_given_by(reach):
        return GIVEN
    return "not_related" if replace(reach, related=frozenset()) == NOWHERE else "other_place"


def why_not(institution: Institution | None, *dated: Dated) -> str:
    """What keeps a right from holding today, whatever it is over; "" if nothing does."""
    today = today_at(institution.pk if institution else None)
    if any(one.is_revoked or (one.valid_until and one.valid_until < today) for one in dated):
        return "ended"
    if any(one.valid_from > today for one in dated):
        return "not_begun"
    return "institution_shut" if institution and institution.status in SHUT else ""

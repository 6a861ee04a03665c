"""This file holds what each lecturer teaches in a term, against the norm of their contracts."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from academic.calendar.models import Term
from academic.norms.limits import teaching_weeks
from academic.sections.models import Teaching
from core.actor import Actor
from staff.members.models import Member

VIEW = "academic.view_teaching_load"
LOADS = """
SELECT load.account, person.name, load.hours, load.unshared, load.sections, load.fte, load.norm, load.most
FROM academic_teaching_loads(%(institution)s, %(term)s, %(weeks)s, %(lecturers)s) load
JOIN users_user person ON person.id = load.account
WHERE load.sections > 0 OR load.norm IS NOT NULL
ORDER BY load.hours - load.norm DESC NULLS LAST, person.name, load.account"""


@dataclass(frozen=True, slots=True)
class Load:
    """The hours of one lecturer in a term. Without a norm there is nothing to compare them with."""

    account: UUID
    name: str
    hours: Decimal
    unshared: Decimal
    sections: int
    fte: Decimal | None
    norm: Decimal | None
    most: Decimal | None

    @property
    def balance(self) -> Decimal | None:
        """The hours above the norm; below 0 those that are missing."""
        return None if self.norm is None else self.hours - self.norm

    @property
    def status(self) -> str:
        if self.balance is None:
            return "no_norm"
        if self.most is not None and self.hours > self.most:
            return "above_most"
        return "over" if self.balance > 0 else "under" if self.balance < 0 else "even"

    @property
    def reasons(self) -> Iterator[str]:
        """What there is to know of the figures, in sentences."""
        if self.fte is None:
            yield "There is no contract in this term, so no norm."
        elif self.norm is None:
            yield "There is no norm for these contracts: set one at /academic/teaching-norms/."
        if self.unshared:
            yield f"{self.unshared:.2f} hours have no share stated, and count in full."


def loads_in(actor: Actor, term: Term, department: UUID | None = None) -> list[Load]:
    """Who teaches in a term, or should by contract, at the actor's places: each with all of their hours in it.

    Somebody is at a place as a member of its staff, or because they teach a section there. The largest excess first.
    """
    taught = Teaching.objects.visible_to(actor, VIEW).filter(institution=term.institution_id, attends=True)
    staff = Member.objects.visible_to(actor, VIEW).filter(institution=term.institution_id, account__isnull=False)
    if department:
        taught, staff = (
            taught.filter(section__course__program__department=department),
            staff.filter(department=department),
        )
    of_term = taught.filter(section__term=term) | taught.filter(section__term__parent=term)
    lecturers = of_term.order_by().values_list("account").union(staff.order_by().values_list("account"))
    values: dict[str, Any] = {"institution": term.institution_id, "term": term.pk, "weeks": teaching_weeks(term)}
    with connection.cursor() as cursor:
        cursor.execute(LOADS, {**values, "lecturers": [account for (account,) in lecturers]})
        return [Load(*row) for row in cursor.fetchall()]

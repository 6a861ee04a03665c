"""This file holds how students and staff are set against each other, in full-time equivalents, in the database."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, DecimalField, ExpressionWrapper, F, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from academic.models import Registration, Term
from analysis.figures.definitions import DIMENSION_MODELS
from analysis.figures.queries import PERMISSION, names_of
from core.actor import Actor
from core.tenancy.scope import reading
from staff.contracts.models import ACADEMIC, Contract

# What divides: the path from a registration, and that from a contract.
DIMENSIONS = {
    "institution": ("institution", "institution"),
    "faculty": ("section__course__program__department__faculty", "member__department__faculty"),
    "department": ("section__course__program__department", "member__department"),
}
Status = Registration.Status
# The counting day of a term; its last day where it has none.
DAY = Coalesce("census_on", "ends_on")
DAY_OF_SECTION = Coalesce("section__term__census_on", "section__term__ends_on")
# A registration's share of what a full-time year asks in the program that the student is enrolled in.
VERSION = "enrollment__program_version"
LOAD = ExpressionWrapper(
    F("section__credits") * F(f"{VERSION}__program__duration_years") / F(f"{VERSION}__credits_required"),
    output_field=DecimalField(),
)
STUDENTS: dict[str, Any] = {
    "student_fte": Sum(LOAD, default=Decimal(0)),
    "without_load": Count(
        "pk", filter=Q(**{f"{VERSION}__program__duration_years": None}) | Q(**{f"{VERSION}__credits_required": None})
    ),
}
STAFF: dict[str, Any] = {"staff_fte": Sum("fte", default=Decimal(0))}
NOTHING = {"student_fte": Decimal(0), "without_load": 0, "staff_fte": Decimal(0)}


@dataclass(frozen=True, slots=True)
class Ratio:
    """Students and academic staff of one place, both in full-time equivalents, which only an answer rounds."""

    place: dict[str, Any] | None
    student_fte: Decimal
    staff_fte: Decimal
    without_load: int

    @property
    def students_per_staff(self) -> Decimal | None:
        """Null where there is no staff, which is not zero."""
        return self.student_fte / self.staff_fte if self.staff_fte else None


@dataclass(frozen=True, slots=True)
class Ratios:
    """The ratio of an academic year, for each place and over all of them."""

    as_of: datetime
    rows: list[Ratio]
    total: Ratio


def ratios_of(actor: Actor, year: int, by: str | None) -> Ratios:
    """Students to academic staff in an academic year, over what the actor's permission reaches. At most six queries."""
    with reading(actor, PERMISSION):
        as_of = timezone.now()
        registrations, contracts = studying(actor, year), teaching(actor, year)
        rows = sorted(divided(registrations, contracts, by), key=order) if by else []
        total = Ratio(None, **registrations.aggregate(**STUDENTS), **contracts.aggregate(**STAFF))
    return Ratios(as_of, rows, total)


def studying(actor: Actor, year: int) -> QuerySet[Registration]:
    """Registrations of a year that were active on the counting day of their term."""
    rows = Registration.objects.visible_to(actor, PERMISSION).filter(section__term__academic_year=year).order_by()
    begun = Q(registered_on__isnull=True) | Q(registered_on__lte=F("day"))
    still = ~Q(status=Status.WITHDRAWN) | Q(withdrawn_on__gt=F("day"))
    return rows.annotate(day=DAY_OF_SECTION).filter(begun & still)


def teaching(actor: Actor, year: int) -> QuerySet[Contract]:
    """Academic contracts that ran on the first counting day of the year at their institution."""
    terms = Term.objects.filter(institution=OuterRef("institution"), academic_year=year, kind="term").order_by()
    first = Subquery(terms.values("institution").annotate(day=Min(DAY)).values("day"))
    rows = Contract.objects.visible_to(actor, PERMISSION).filter(activity__in=ACADEMIC).order_by()
    last = Q(ends_on__isnull=True) | Q(ends_on__gte=F("day"))
    return rows.annotate(day=first).filter(last, starts_on__lte=F("day"))


def divided(registrations: QuerySet[Registration], contracts: QuerySet[Contract], by: str) -> Iterator[Ratio]:
    """A row for each place that has students or staff. A member without a home department is of no such place."""
    study, work = DIMENSIONS[by]
    found: dict[UUID | None, dict[str, Any]] = {}
    parts: Any = ((registrations, study, STUDENTS), (contracts, work, STAFF))
    for rows, path, measures in parts:
        for group in rows.values(place=F(path)).annotate(**measures):
            found.setdefault(group.pop("place"), dict(NOTHING)).update(group)
    names = names_of(DIMENSION_MODELS[by], {key for key in found if key})
    for key, measures in found.items():
        yield Ratio(names[key] if key else None, **measures)


def order(row: Ratio) -> tuple[str, str]:
    return (row.place["name"], row.place["code"]) if row.place else ("", "")

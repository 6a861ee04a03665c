"""This file holds reads of waitlists: how many wait, and at which place one waits."""

from collections import Counter
from collections.abc import Collection
from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Count, F, Func, IntegerField, OuterRef, Q, QuerySet, Subquery, When

from academic.enrollments.models import Enrollment
from academic.sections.models import Section
from academic.waitlists.models import WaitlistEntry, WaitlistPolicy
from core.lists.fetching import fetch

TEXT = Path(__file__).with_name("finding.sql")
SEATED = """
SELECT enrollment, section FROM unnest($2::uuid[], $3::uuid[]) AS asked (enrollment, section)
CROSS JOIN LATERAL academic_seats_for($1, section, enrollment, NULL) found
WHERE found.sections IS NOT NULL"""
WAITING, OFFERED = WaitlistEntry.Status.WAITING, WaitlistEntry.Status.OFFERED

CLASHING = """
SELECT part.kind FROM academic_section part
WHERE part.institution_id = $1 AND part.whole_id = $2 AND part.status IN ('planned', 'open')
GROUP BY part.kind
HAVING NOT bool_or(academic_fits($1, $3, part.id, ARRAY[$4::uuid]))
ORDER BY part.kind"""


def with_positions(rows: QuerySet[WaitlistEntry]) -> Any:
    """The entries, each with its place among those who wait for its section, from 1, or the parts that are held with
    the seat that is offered.
    """
    mine = {name: OuterRef(name) for name in ("priority", "created_at", "pk")}
    ahead = (
        Q(priority__lt=mine["priority"])
        | Q(priority=mine["priority"], created_at__lt=mine["created_at"])
        | Q(priority=mine["priority"], created_at=mine["created_at"], pk__lte=mine["pk"])
    )
    queue = WaitlistEntry.objects.filter(
        ahead, institution=OuterRef("institution"), section=OuterRef("section"), status=WAITING
    )
    counted = queue.order_by().annotate(place=Func(F("pk"), function="COUNT")).values("place")
    place = Subquery(counted, output_field=IntegerField())
    held = WaitlistEntry.objects.filter(
        institution=OuterRef("institution"), offered_with=OuterRef("pk"), status=OFFERED
    )
    return rows.annotate(
        position=Case(When(status=WAITING, then=place), output_field=IntegerField()),
        parts=ArraySubquery(held.order_by("section").values("section")),
    )


def with_seats(institution: UUID, wishes: Collection[Any]) -> set[tuple[UUID, UUID]]:
    """The enrollment and the section of each wish for which there is a seat, and one of a part of each kind with it."""
    asked = [[getattr(one, name) for one in wishes] for name in ("enrollment_id", "section_id")]
    return set(fetch(SEATED, [institution, *asked])) if wishes else set()


def waited_for_within(registration: Any) -> list[WaitlistEntry]:
    """The entries by which who is in a section waits for parts of it."""
    mine = WaitlistEntry.objects.filter(institution=registration.institution_id, student=registration.student_id)
    within = mine.filter(section__whole=registration.section_id, status__in=WaitlistEntry.OPEN)
    return list(within.select_related("section").order_by("pk"))


def clashing_kinds(section: Section, student: UUID) -> list[str]:
    """The kinds of parts of a section of which each meets when a student is elsewhere."""
    return [kind for (kind,) in fetch(CLASHING, [section.institution_id, section.pk, student, section.meets_as])]


def held_for(enrollment: Enrollment, section: Section) -> list[Section]:
    """The parts of which a seat is offered to a student with one of the whole."""
    held = {"student": enrollment.student_id, "status": "offered", "offered_with__section": section}
    parts = section.parts.filter(institution=section.institution_id)
    return list(parts.filter(waitlist_entries__in=WaitlistEntry.objects.filter(**held)).order_by("pk"))


def waiting_for(institution: UUID, sections: Collection[UUID]) -> Counter[UUID]:
    """How many wait for each section."""
    rows = WaitlistEntry.objects.filter(institution=institution, section__in=sections, status=WAITING).order_by()
    return Counter(dict(rows.values_list("section").annotate(Count("pk"))))


def most_waiting_at(institution: UUID) -> int | None:
    """How many may wait for one section; None where any number may."""
    return WaitlistPolicy.objects.filter(institution=institution).values_list("most_waiting", flat=True).first()


def others_of_course(wish: Any) -> Any:
    """The registrations that would be swapped for the seat that an attempt or an entry wishes for: of the same course,
    in the same term and its parts, or in another part of its kind. What was canceled stands in nobody's way.
    """
    section = wish.section
    whole = section.term.whole.pk
    same = wish.student.registrations.filter(
        Q(section__term=whole) | Q(section__term__parent=whole),
        institution=wish.institution_id,
        status="registered",
        result="pending",
        section__course=section.course_id,
    ).exclude(section__status="canceled")
    if section.whole_id:
        same = same.filter(section__whole=section.whole_id, section__kind=section.kind)
    return same.exclude(section=section.pk)

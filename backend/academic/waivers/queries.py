"""This file holds reads of waivers: who need not pass a check today."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from academic.waivers.models import Waiver
from faculties.institutions.days import today_at


def waived_for(institution: UUID, students: Collection[UUID], check: str) -> set[tuple[UUID, UUID]]:
    """For whom, and for which section or course, a check is waived today."""
    standing = Waiver.objects.filter(
        institution=institution,
        student__in=students,
        waives=check,
        revoked_at__isnull=True,
        until__gte=today_at(institution),
    )
    rows = standing.values_list("student", "section", "course")
    return {(student, section or course) for student, section, course in rows}


def places_of(registration: Any) -> set[tuple[UUID, UUID]]:
    """For what a waiver is given by which a registration stands: its section, the whole of that, its course."""
    student, section = registration.student_id, registration.section
    return {(student, place) for place in (section.pk, section.whole_id, section.course_id) if place}


def is_waived(registration: Any, check: str) -> bool:
    """Whether a check is waived for the student of a registration."""
    waived = waived_for(registration.institution_id, [registration.student_id], check)
    return not waived.isdisjoint(places_of(registration))

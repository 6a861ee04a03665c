"""This file holds reads of what a course is on a day, and how sections that nobody takes yet go along with it."""

# ruff: noqa: S608  What is pasted into the SQL are names of ours.

import json
from collections.abc import Collection
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from academic.courses.models import Course

SOUND, VERSIONS = (Path(__file__).with_name(name) for name in ("sound.sql", "versions.sql"))
ON = "SELECT title, credits, credits_up_to, level, contact_hours, assessment_plan FROM academic_course_on(%s, %s, %s)"


def following(courses: str) -> str:
    """SQL that gives coming sections of some courses the credits of their first day, where nobody takes them yet."""
    return f"""
UPDATE academic_section section SET credits = told.credits, version = section.version + 1, updated_at = now()
FROM academic_section coming
JOIN faculties_institution place ON place.id = coming.institution_id
CROSS JOIN LATERAL academic_course_on(coming.institution_id, coming.course_id, coming.starts_on) told
WHERE coming.institution_id = %(institution)s AND coming.course_id IN ({courses})
  AND coming.starts_on > (now() AT TIME ZONE place.time_zone)::date AND coming.whole_id IS NULL
  AND coming.credits NOT BETWEEN told.credits AND coalesce(told.credits_up_to, told.credits)
  AND NOT EXISTS (
    SELECT FROM academic_registration own
    WHERE own.institution_id = coming.institution_id AND own.section_id = coming.id)
  AND section.institution_id = coming.institution_id AND section.id = coming.id"""


FOLLOW = following("SELECT unnest(%(courses)s)")


class Told(NamedTuple):
    """What a course is on a day."""

    title: str
    credits: Decimal
    credits_up_to: Decimal | None
    level: int
    contact_hours: dict[str, Any]
    assessment_plan: list[dict[str, Any]]


def course_on(course: Course, day: date) -> Told:
    """What a course is on a day: what its version says that started last, or what its own row says."""
    with connection.cursor() as cursor:
        cursor.execute(ON, [course.institution_id, course.pk, day])
        title, least, most, level, hours, plan = cursor.fetchone()
    return Told(title, least, most, level, loaded(hours), loaded(plan))


def loaded(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def follow(institution: UUID, courses: Collection[UUID]) -> None:
    """Give sections of these courses the credits of their first day, where nobody takes them yet."""
    with connection.cursor() as cursor:
        cursor.execute(FOLLOW, {"institution": institution, "courses": list(courses)})

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
from academic.sections.models import Section

SOUND, VERSIONS = (Path(__file__).with_name(name) for name in ("sound.sql", "versions.sql"))
ON = "SELECT title, credits, level, contact_hours, assessment_plan FROM academic_course_on(%s, %s, %s)"


def following(courses: str) -> str:
    """SQL that gives coming sections of some courses the credits of their first day, where nobody takes them yet."""
    return f"""
UPDATE academic_section section SET credits = told.credits, version = section.version + 1, updated_at = now()
FROM academic_section coming
CROSS JOIN LATERAL academic_course_on(coming.institution_id, coming.course_id, coming.starts_on) told
WHERE coming.institution_id = %(institution)s AND coming.course_id IN ({courses})
  AND coming.starts_on > current_date AND coming.credits <> told.credits
  AND NOT EXISTS (
    SELECT FROM academic_registration own
    WHERE own.institution_id = coming.institution_id AND own.section_id = coming.id)
  AND section.institution_id = coming.institution_id AND section.id = coming.id"""


FOLLOW = following("SELECT unnest(%(courses)s)")

# What the course plans beside what its meetings give, by kind; what is canceled gives nothing.
HOURS = """
SELECT kind, planned, coalesce(given.hours, 0),
  CASE WHEN planned IS NOT NULL THEN greatest(planned - coalesce(given.hours, 0), 0) END
FROM (
  SELECT key AS kind, value::numeric AS planned
  FROM academic_section section
  CROSS JOIN LATERAL academic_course_on(section.institution_id, section.course_id, section.starts_on) told
  CROSS JOIN LATERAL jsonb_each_text(told.contact_hours)
  WHERE section.institution_id = %(institution)s AND section.id = %(section)s
) plan
FULL JOIN (
  SELECT meeting.kind, round(sum(extract(epoch FROM occurrence.ends_at - occurrence.starts_at)) / 3600, 2) AS hours
  FROM academic_occurrence occurrence
  JOIN academic_meeting meeting
    ON meeting.institution_id = occurrence.institution_id AND meeting.id = occurrence.meeting_id
  WHERE occurrence.institution_id = %(institution)s AND occurrence.section_id = %(section)s
    AND occurrence.status = 'scheduled'
  GROUP BY meeting.kind
) given USING (kind)
ORDER BY kind"""


class Hours(NamedTuple):
    """Hours of one kind of meeting: as planned, which is None where nobody said; as scheduled; and what is missing."""

    kind: str
    planned: Decimal | None
    scheduled: Decimal
    missing: Decimal | None


class Told(NamedTuple):
    """What a course is on a day."""

    title: str
    credits: Decimal
    level: int
    contact_hours: dict[str, Any]
    assessment_plan: list[dict[str, Any]]


def course_on(course: Course, day: date) -> Told:
    """What a course is on a day: what its version says that started last, or what its own row says."""
    with connection.cursor() as cursor:
        cursor.execute(ON, [course.institution_id, course.pk, day])
        title, credit, level, hours, plan = cursor.fetchone()
    return Told(title, credit, level, loaded(hours), loaded(plan))


def loaded(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def hours_of(section: Section) -> list[Hours]:
    """The contact hours of a section, planned and scheduled, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(HOURS, {"institution": section.institution_id, "section": section.pk})
        return [Hours(*row) for row in cursor.fetchall()]


def follow(institution: UUID, courses: Collection[UUID]) -> None:
    """Give sections of these courses the credits of their first day, where nobody takes them yet."""
    with connection.cursor() as cursor:
        cursor.execute(FOLLOW, {"institution": institution, "courses": list(courses)})

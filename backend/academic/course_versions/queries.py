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
ON = "SELECT title, credits, credits_up_to, level, contact_hours, assessment_plan FROM academic_course_on(%s, %s, %s)"


def following(courses: str) -> str:
    """SQL that gives coming sections of some courses the credits of their first day, where nobody takes them yet."""
    return f"""
UPDATE academic_section section SET credits = told.credits, version = section.version + 1, updated_at = now()
FROM academic_section coming
CROSS JOIN LATERAL academic_course_on(coming.institution_id, coming.course_id, coming.starts_on) told
WHERE coming.institution_id = %(institution)s AND coming.course_id IN ({courses})
  AND coming.starts_on > current_date AND coming.whole_id IS NULL
  AND coming.credits NOT BETWEEN told.credits AND coalesce(told.credits_up_to, told.credits)
  AND NOT EXISTS (
    SELECT FROM academic_registration own
    WHERE own.institution_id = coming.institution_id AND own.section_id = coming.id)
  AND section.institution_id = coming.institution_id AND section.id = coming.id"""


FOLLOW = following("SELECT unnest(%(courses)s)")

# What the course plans beside what meetings give, by kind; what is canceled gives nothing. Whoever takes a section
# takes one part of each kind: the one with the fewest hours is counted. Of a part it is what is planned of its kind.
HOURS = """
WITH asked AS (
  SELECT id, kind, course_id, whole_id, meets_as, starts_on FROM academic_section
  WHERE institution_id = %(institution)s AND id = %(section)s
), plan AS (
  SELECT planned.key AS kind, planned.value::numeric AS hours
  FROM asked
  CROSS JOIN LATERAL academic_course_on(%(institution)s, asked.course_id, asked.starts_on) told
  CROSS JOIN LATERAL jsonb_each_text(told.contact_hours) planned
  WHERE asked.whole_id IS NULL OR planned.key = asked.kind
), own AS (
  SELECT meeting.kind, sum(occurrence.ends_at - occurrence.starts_at) AS time
  FROM asked
  JOIN academic_occurrence occurrence
    ON occurrence.institution_id = %(institution)s AND occurrence.section_id = asked.meets_as
  JOIN academic_meeting meeting ON meeting.institution_id = %(institution)s AND meeting.id = occurrence.meeting_id
  WHERE occurrence.status = 'scheduled'
  GROUP BY meeting.kind
), parts AS (
  SELECT kind, min(time) AS time FROM (
    SELECT part.id, part.kind, coalesce(sum(occurrence.ends_at - occurrence.starts_at), '0') AS time
    FROM asked
    JOIN academic_section part ON part.institution_id = %(institution)s AND part.whole_id = asked.id
    LEFT JOIN academic_occurrence occurrence ON occurrence.institution_id = %(institution)s
      AND occurrence.section_id = part.meets_as AND occurrence.status = 'scheduled'
    WHERE part.status <> 'canceled'
    GROUP BY part.id, part.kind
  ) each_part GROUP BY kind
), given AS (
  SELECT kind, round(extract(epoch FROM sum(time)) / 3600, 2) AS hours
  FROM (SELECT * FROM own UNION ALL SELECT * FROM parts) both_ways GROUP BY kind
)
SELECT kind, plan.hours, coalesce(given.hours, 0),
  CASE WHEN plan.hours IS NOT NULL THEN greatest(plan.hours - coalesce(given.hours, 0), 0) END
FROM plan FULL JOIN given USING (kind) ORDER BY kind"""


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
    credits_up_to: Decimal | None
    level: int
    contact_hours: dict[str, Any]
    assessment_plan: list[dict[str, Any]]


def course_on(course: Course, day: date) -> Told:
    """What a course is on a day: what its version says that started last, or what its own row says."""
    with connection.cursor() as cursor:
        cursor.execute(ON, [course.institution_id, course.pk, day])
        *plain, hours, plan = cursor.fetchone()
    return Told(*plain, loaded(hours), loaded(plan))


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

"""This file holds the contact hours of a section: what its course plans, beside what meetings give."""

from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from academic.sections.models import Section

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


def hours_of(section: Section) -> list[Hours]:
    """The contact hours of a section, planned and scheduled, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(HOURS, {"institution": section.institution_id, "section": section.pk})
        return [Hours(*row) for row in cursor.fetchall()]

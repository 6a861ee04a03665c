"""This file holds what a student is warned of who registers at two campuses: that the way between them is too long.

It refuses nothing: whoever is late for a minute may still choose to be.
"""

# ruff: noqa: S608  What is pasted into the SQL are names of ours.

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from academic.occurrences.ways import CAMPUS_OF

SENTENCE = (
    "Between this section at {here} and {code} {section} at {there} there are {gap} minutes on {times} of its days,"
    " first on {first:%-d %B %Y}, and the way takes {needed}."
)
# Pairs of hours of each attempt and of what its student is registered for, with less in between than the way takes.
SHORT_WAYS = f"""
SELECT asked.student, asked.section, here.name, course.code, other.code, there.name,
  min(way.gap), max(way.needed), count(DISTINCT mine.planned_on), min(mine.planned_on)
FROM unnest(%(students)s::uuid[], %(sections)s::uuid[]) asked (student, section)
JOIN academic_section wanted ON wanted.institution_id = %(institution)s AND wanted.id = asked.section
JOIN academic_registration registration ON registration.institution_id = %(institution)s
  AND registration.student_id = asked.student AND registration.status = 'registered'
  AND registration.section_id <> asked.section
JOIN academic_section other ON other.institution_id = %(institution)s AND other.id = registration.section_id
  AND other.status <> 'canceled'
JOIN academic_course course ON course.institution_id = %(institution)s AND course.id = other.course_id
JOIN academic_occurrence mine ON mine.institution_id = %(institution)s AND mine.section_id = wanted.meets_as
  AND mine.status = 'scheduled'
JOIN academic_occurrence theirs ON theirs.institution_id = %(institution)s AND theirs.section_id = other.meets_as
  AND theirs.status = 'scheduled'
  AND theirs.starts_at < mine.ends_at + interval '1 day' AND theirs.ends_at > mine.starts_at - interval '1 day'
CROSS JOIN LATERAL ({CAMPUS_OF.format(one="mine")}) here
CROSS JOIN LATERAL ({CAMPUS_OF.format(one="theirs")}) there
CROSS JOIN LATERAL (
  SELECT faculties_minutes_between(%(institution)s, here.id, there.id) AS needed,
    extract(epoch FROM theirs.starts_at - mine.ends_at)::int / 60 AS gap
  WHERE theirs.starts_at >= mine.ends_at
  UNION ALL
  SELECT faculties_minutes_between(%(institution)s, there.id, here.id),
    extract(epoch FROM mine.starts_at - theirs.ends_at)::int / 60
  WHERE theirs.ends_at <= mine.starts_at
) way
WHERE here.id <> there.id AND way.gap < way.needed
GROUP BY asked.student, asked.section, here.name, course.code, other.id, other.code, there.name
ORDER BY asked.student, asked.section, course.code, other.code"""


def short_ways(institution: UUID, wishes: Sequence[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], list[str]]:
    """The sentences on each student and section, in one statement for all."""
    values: dict[str, Any] = {
        "institution": institution,
        "students": [student for student, _ in wishes],
        "sections": [section for _, section in wishes],
    }
    found: dict[tuple[UUID, UUID], list[str]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(SHORT_WAYS, values)
        for student, wanted, here, code, section, there, gap, needed, times, first in cursor.fetchall():
            told = {"here": here, "code": code, "section": section, "there": there, "gap": gap, "needed": needed}
            found[student, wanted].append(SENTENCE.format(**told, times=times, first=first))
    return found

"""This file holds reads of the prerequisite graph."""

from collections.abc import Collection
from uuid import UUID

from django.db import connection

from academic.courses.models import Course

# What must be passed, directly or further back, before a course. UNION (not UNION ALL) ends on any circle.
BEFORE = """
WITH RECURSIVE before (course_id, via) AS (
    SELECT requires_id, ARRAY[course_id, requires_id] FROM academic_prerequisite
    WHERE institution_id = %(institution)s AND course_id = ANY (%(starts)s)
  UNION
    SELECT edge.requires_id, before.via || edge.requires_id FROM before
    JOIN academic_prerequisite edge ON edge.institution_id = %(institution)s AND edge.course_id = before.course_id
    WHERE NOT edge.requires_id = ANY (before.via)
)
SELECT via FROM before WHERE course_id = %(target)s LIMIT 1
"""


def way_back(starts: Collection[UUID], course: Course) -> list[UUID] | None:
    """A chain of prerequisites that leads from one of `starts` back to a course, both included; None without one."""
    with connection.cursor() as cursor:
        cursor.execute(BEFORE, {"institution": course.institution_id, "starts": list(starts), "target": course.pk})
        found = cursor.fetchone()
    return found[0] if found else None

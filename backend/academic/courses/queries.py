"""This file holds reads of the prerequisite graph."""

from uuid import UUID

from django.db import connection

from academic.courses.models import Course

# What must be passed, directly or further back, before a course. UNION (not UNION ALL) ends on any circle.
BEFORE = """
WITH RECURSIVE before (course_id, via) AS (
    SELECT requires_id, ARRAY[course_id, requires_id] FROM academic_prerequisite
    WHERE institution_id = %(institution)s AND course_id = %(start)s
  UNION
    SELECT edge.requires_id, before.via || edge.requires_id FROM before
    JOIN academic_prerequisite edge ON edge.institution_id = %(institution)s AND edge.course_id = before.course_id
    WHERE NOT edge.requires_id = ANY (before.via)
)
SELECT via FROM before WHERE course_id = %(target)s LIMIT 1
"""


def way_back(course: Course, target: UUID) -> list[UUID] | None:
    """A chain of prerequisites that leads from a course back to `target`, both included; None where there is none."""
    with connection.cursor() as cursor:
        cursor.execute(BEFORE, {"institution": course.institution_id, "start": course.pk, "target": target})
        found = cursor.fetchone()
    return found[0] if found else None

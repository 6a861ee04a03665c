"""This file holds where the rows of the dataset lie, and what hangs on them."""

from dataclasses import asdict, dataclass
from uuid import UUID

from django.db import connection

# As enrolling does: the program's department becomes the student's home.
NEW_HOMES = """
UPDATE students_student SET department_id = %(department)s, status = 'active', updated_at = now(), version = version + 1
WHERE institution_id = %(institution)s AND (department_id, status) IS DISTINCT FROM (%(department)s::uuid, 'active')
  AND id IN (SELECT student_id FROM wanted_enrollment WHERE is_new)"""
# Locked first, so that who registers meanwhile is counted too.
LOCK_SECTIONS = """
SELECT id FROM academic_section WHERE institution_id = %(institution)s AND id IN (SELECT id FROM wanted_section)
ORDER BY id FOR NO KEY UPDATE"""
SEATS = """
UPDATE academic_section section SET seats_taken = counted.seats
FROM (
  SELECT wanted.id, count(own.id) AS seats FROM wanted_section wanted
  LEFT JOIN academic_registration own
    ON own.institution_id = %(institution)s AND own.section_id = wanted.id AND own.status = 'registered'
  GROUP BY wanted.id
) counted
WHERE section.institution_id = %(institution)s AND section.id = counted.id AND section.seats_taken <> counted.seats"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the rows lie."""

    institution: UUID
    department: UUID
    program: UUID
    version: UUID

    @property
    def known(self) -> dict[str, UUID]:
        return asdict(self)


def settle(place: Place) -> None:
    """What hangs on the new rows: homes of students and seats of sections."""
    with connection.cursor() as cursor:
        for statement in (NEW_HOMES, LOCK_SECTIONS, SEATS):
            cursor.execute(statement, place.known)

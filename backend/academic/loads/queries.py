"""This file holds how the loads of students stand against the least that a term asks for."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from academic.loads.models import LoadLimit


class Asked(NamedTuple):
    """The term of a section, for an enrollment; `comes` where the section counts as if it were taken."""

    enrollment: UUID
    section: UUID
    comes: bool = False


class Load(NamedTuple):
    """The credits that a student takes in a term and its parts, beside the least that it asks for. What was canceled
    gives none.
    """

    enrollment: UUID
    section: UUID
    taken: Decimal
    least: Decimal
    below_least: str

    @property
    def is_short(self) -> bool:
        return self.taken < self.least

    @property
    def is_kept(self) -> bool:
        """Whether nobody leaves the least."""
        return self.below_least == LoadLimit.BelowLeast.REFUSED

    @property
    def words(self) -> str:
        taken, least = (f"{one.normalize():f}" for one in (self.taken, self.least))
        return f"That makes {taken} credits in this term, and at least {least} are to be taken."


LOADS = """
WITH asked AS (
  SELECT * FROM unnest(%(enrollment)s::uuid[], %(section)s::uuid[], %(comes)s::bool[])
    AS asked (enrollment, section, comes)
), coming AS (
  SELECT enrollment, array_agg(section) AS sections FROM asked WHERE comes GROUP BY enrollment
)
SELECT asked.enrollment, asked.section, taken.credits, own.least_credits, own.below_least
FROM asked
JOIN academic_enrollment one ON one.institution_id = %(institution)s AND one.id = asked.enrollment
JOIN academic_section section ON section.institution_id = %(institution)s AND section.id = asked.section
LEFT JOIN coming ON coming.enrollment = asked.enrollment
JOIN LATERAL (
  SELECT least_credits, below_least FROM academic_loadlimit
  WHERE institution_id = %(institution)s
    AND (program_version_id = one.program_version_id OR program_version_id IS NULL)
  ORDER BY program_version_id NULLS LAST LIMIT 1
) own ON own.least_credits IS NOT NULL
CROSS JOIN LATERAL (
  SELECT coalesce(sum(credits), 0) AS credits FROM academic_section same
  WHERE same.institution_id = %(institution)s AND same.status <> 'canceled'
    AND same.term_id IN (SELECT academic_terms_with(%(institution)s, section.term_id))
    AND same.id IN (
      SELECT unnest(coming.sections)
      UNION ALL
      SELECT section_id FROM academic_registration
      WHERE institution_id = %(institution)s AND student_id = one.student_id AND status = 'registered')
) taken"""


def loads_of(institution: UUID, asked: Sequence[Asked]) -> Iterator[Load]:
    """The load for each where a least is asked for, in one statement."""
    values: dict[str, Any] = {name: [getattr(one, name) for one in asked] for name in Asked._fields}
    with connection.cursor() as cursor:
        cursor.execute(LOADS, {**values, "institution": institution})
        yield from map(Load._make, cursor.fetchall())

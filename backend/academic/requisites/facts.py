"""This file holds what the requisites of courses are judged by: what students passed, take and may do.

One statement brings the facts of any number of students. What a student asks for at once counts as what is being taken,
as it will be when they are registered: so one call and several, one after the other, have one verdict.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from core.lists.fetching import fetch


class Pass(NamedTuple):
    """One pass of a course. Without a mark none was recorded. `own` is False where an equivalent course was passed.

    What counts without having been passed here says how: the kind of its exemption.
    """

    result: str
    mark: Decimal | None
    own: bool
    instead: UUID | None = None  # the course that was passed in truth
    how: str | None = None


class Earned(NamedTuple):
    """The credits of a course that was passed, or is exempt: then it says how."""

    credits: Decimal
    level: int
    program: UUID
    how: str | None = None


class Wish(NamedTuple):
    """A course that a student wants: in a section and from its first day, or in one that is not chosen yet."""

    student: UUID
    course: UUID
    section: UUID | None = None
    starts_on: date | None = None


class Taking(NamedTuple):
    """A course that is being taken. It begins with its section or the term of that, whichever is earlier; of what is
    only wished for, without a section, nobody knows when.
    """

    course: UUID
    begins: date | None


@dataclass(slots=True)
class Facts:
    """What is known of one student. What equivalent courses count for is in `passes` and `in_progress`, which says for
    each course what is being taken in truth; `counts_as` says the same from the other side.
    """

    passes: dict[UUID, list[Pass]] = field(default_factory=lambda: defaultdict(list))
    in_progress: dict[UUID, list[Taking]] = field(default_factory=lambda: defaultdict(list))
    earned: dict[UUID, Earned] = field(default_factory=dict)
    taking: dict[UUID, Earned] = field(default_factory=dict)
    programs: set[UUID] = field(default_factory=set)
    level: int = 0
    permits: set[tuple[UUID, str, UUID | None]] = field(default_factory=set)  # course, whose, section or any
    counts_as: dict[UUID, set[UUID]] = field(default_factory=lambda: defaultdict(set))

    def same_as(self, course: UUID) -> set[UUID]:
        """The other courses that count as this one while it counts as them: of all these, one earns credits."""
        return {one for one in self.counts_as.get(course, ()) if course in self.counts_as.get(one, ())}

    def once(self, courses: Iterable[UUID]) -> list[UUID]:
        """Of courses that are the same only the first."""
        kept: list[UUID] = []
        for course in courses:
            if self.same_as(course).isdisjoint(kept):
                kept.append(course)
        return kept


# What was canceled is not in progress.
# Of a course that was passed and is exempt, the pass counts; of several passes the last says the credits: what comes
# later in the order stands.
# A pass counts as one of another course where its section ended while the two were equivalent.
FACTS = """
WITH taken AS (
  SELECT registration.student_id, section.course_id, section.credits, registration.result,
    registration.result_mark AS mark, section.ends_on, NULL AS how, least(section.starts_on, term.starts_on) AS begins
  FROM academic_registration registration
  JOIN academic_section section
    ON section.institution_id = registration.institution_id AND section.id = registration.section_id
  JOIN academic_term term ON term.institution_id = section.institution_id AND term.id = section.term_id
  WHERE registration.institution_id = $1 AND registration.student_id = ANY ($2)
    AND registration.result IN ('pass', 'distinction', 'pending') AND section.whole_id IS NULL
    AND (registration.result <> 'pending' OR section.status <> 'canceled')
  UNION ALL
  SELECT student_id, course_id, credits, 'pass', equivalent_mark, granted_on, kind, NULL FROM academic_exemption
  WHERE institution_id = $1 AND student_id = ANY ($2) AND withdrawn_on IS NULL
  UNION ALL
  SELECT asked.student, asked.course, section.credits, 'pending', NULL, coalesce(section.ends_on, $3), NULL,
    least(section.starts_on, term.starts_on)
  FROM unnest($4::uuid[], $5::uuid[], $6::uuid[]) AS asked (student, course, section)
  LEFT JOIN academic_section section ON section.institution_id = $1 AND section.id = asked.section
  LEFT JOIN academic_term term ON term.institution_id = $1 AND term.id = section.term_id
  WHERE section.whole_id IS NULL AND section.status IS DISTINCT FROM 'canceled'
), equal AS (
  SELECT course_id, counts_as_id, starts_on, ends_on FROM academic_courseequivalence
  WHERE institution_id = $1
  UNION ALL
  SELECT counts_as_id, course_id, starts_on, ends_on FROM academic_courseequivalence
  WHERE institution_id = $1 AND both_ways
)
SELECT student_id, 'course' AS what, course.id, result, mark, coalesce(taken.credits, course.credits), course.level,
  course.program_id, taken.ends_on, how, begins
FROM taken JOIN academic_course course ON course.institution_id = $1 AND course.id = taken.course_id
UNION ALL
SELECT student_id, 'equivalent', equal.counts_as_id, result, mark, NULL, NULL, taken.course_id, taken.ends_on, how,
  begins
FROM taken JOIN equal ON equal.course_id = taken.course_id
  AND taken.ends_on >= equal.starts_on AND (equal.ends_on IS NULL OR taken.ends_on <= equal.ends_on)
UNION ALL
SELECT student_id, 'enrolled', version.program_id, NULL, NULL, NULL, enrollment.year_of_study, NULL, NULL, NULL, NULL
FROM academic_enrollment enrollment
JOIN academic_programversion version
  ON version.institution_id = enrollment.institution_id AND version.id = enrollment.program_version_id
WHERE enrollment.institution_id = $1 AND student_id = ANY ($2) AND ended_on IS NULL
UNION ALL
SELECT permit.student_id, 'permit', permit.course_id, permit.who, NULL, NULL, NULL, allowed.section_id, NULL, NULL, NULL
FROM academic_coursepermit permit
CROSS JOIN LATERAL (
  SELECT permit.section_id
  UNION ALL
  SELECT part.id FROM academic_section part WHERE part.institution_id = $1 AND part.whole_id = permit.section_id
) allowed
WHERE permit.institution_id = $1 AND permit.student_id = ANY ($2)
  AND permit.starts_on <= $3 AND (permit.ends_on IS NULL OR permit.ends_on >= $3)
ORDER BY 1, 2, 3, 10 NULLS LAST, 9, 4, 5 DESC NULLS LAST
"""


def facts_of(
    institution: UUID, students: Collection[UUID], on: date, together: Collection[Wish] = ()
) -> dict[UUID, Facts]:
    """The facts of each student on a day. `together` is what they want to register for at once."""
    facts = {student: Facts() for student in students}
    for student, row in rows(institution, students, on, [one for one in together if one.student in facts]):
        add(facts[student], *row)
    return facts


def rows(
    institution: UUID, students: Collection[UUID], on: date, together: Collection[Wish]
) -> Iterator[tuple[UUID, tuple]]:
    wished = [[getattr(one, name) for one in together] for name in ("student", "course", "section")]
    for student, *row, _, how, begins in fetch(FACTS, [institution, list(students), on, *wished]):
        yield student, (*row, how, begins)


def add(
    facts: Facts,
    what: str,
    key: UUID,
    said: str,
    mark: Decimal | None,
    credit: Decimal,
    level: int,
    other: UUID,
    how: str | None,
    begins: date | None,
) -> None:
    """Put one row of the statement where it belongs."""
    match what:
        case "enrolled":
            facts.programs.add(key)
            facts.level = max(facts.level, level)
        case "permit":
            facts.permits.add((key, said, other))
        case "course" if said == "pending":
            facts.in_progress[key].append(Taking(key, begins))
            facts.taking[key] = Earned(credit, level, other)
        case "course":
            facts.passes[key].append(Pass(said, mark, own=True, how=how))
            facts.earned[key] = Earned(credit, level, other, how)
        case "equivalent" if said == "pending":
            facts.counts_as[other].add(key)
            facts.in_progress[key].append(Taking(other, begins))
        case "equivalent":
            facts.counts_as[other].add(key)
            facts.passes[key].append(Pass(said, mark, own=False, instead=other, how=how))

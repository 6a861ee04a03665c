"""This file holds who waits ahead of whom, by what is on record and not by what anybody states."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from academic.curricula.models import ProgramCourse
from academic.sections.seats import hold_sections
from academic.waitlists.models import WaitlistEntry
from core.actor import Actor
from core.audit.record import differences, record, snapshot
from core.lists.fetching import fetch

Priority = WaitlistEntry.Priority
# Failed, and neither passed nor exempt: the course itself, or one that counted as it on the last day of its section.
# A part has no result that counts.
CARRIED = """
WITH counted AS (
  SELECT asked AS course_id, asked AS taken_id, '-infinity'::date AS starts_on, NULL::date AS ends_on
  FROM unnest($3::uuid[]) AS asked
  UNION ALL
  SELECT counts_as_id, course_id, starts_on, ends_on FROM academic_courseequivalence
  WHERE institution_id = $1 AND counts_as_id = ANY ($3)
  UNION ALL
  SELECT course_id, counts_as_id, starts_on, ends_on FROM academic_courseequivalence
  WHERE institution_id = $1 AND course_id = ANY ($3) AND both_ways
), results AS (
  SELECT registration.student_id, section.course_id, registration.result, section.ends_on AS day
  FROM academic_registration registration
  JOIN academic_section section
    ON section.institution_id = registration.institution_id AND section.id = registration.section_id
  WHERE registration.institution_id = $1 AND registration.student_id = ANY ($2)
    AND registration.result IN ('fail', 'pass', 'distinction') AND section.whole_id IS NULL
  UNION ALL
  SELECT student_id, course_id, 'pass', granted_on FROM academic_exemption
  WHERE institution_id = $1 AND student_id = ANY ($2) AND withdrawn_on IS NULL
)
SELECT results.student_id, counted.course_id
FROM results JOIN counted ON counted.taken_id = results.course_id
  AND results.day >= counted.starts_on AND (counted.ends_on IS NULL OR results.day <= counted.ends_on)
GROUP BY results.student_id, counted.course_id
HAVING bool_and(results.result = 'fail')"""


def priorities_of(wishes: Sequence[Any]) -> list[WaitlistEntry.Priority]:
    """How far ahead each waits, or would wait: for a course to be taken again, or one that is due in the program."""
    if not wishes:
        return []
    courses = {one.section.course_id for one in wishes}
    students = {one.student_id for one in wishes}
    carried = set(fetch(CARRIED, [wishes[0].institution_id, list(students), list(courses)]))
    due = due_years({one.enrollment.program_version_id for one in wishes}, courses)

    def priority_of(one: Any) -> WaitlistEntry.Priority:
        if (one.student_id, one.section.course_id) in carried:
            return Priority.CARRIED
        year = due.get((one.enrollment.program_version_id, one.section.course_id))
        return Priority.OTHER if year is None or year > one.enrollment.year_of_study else Priority.COMPULSORY

    return [priority_of(one) for one in wishes]


def due_years(versions: Collection[UUID], courses: Collection[UUID]) -> dict[tuple[UUID, UUID], int]:
    """In which year of study courses are compulsory, by program version and course."""
    rows = ProgramCourse.objects.filter(program_version__in=versions, course__in=courses, is_compulsory=True)
    told = rows.order_by().values_list("program_version", "course", "year_of_study")
    return {(version, course): year for version, course, year in told}


def rank_anew(actor: Actor, institution: UUID, student: UUID) -> None:
    """Have a student wait as far ahead as a result says that came meanwhile, but where the registry set it by hand."""
    waiting = WaitlistEntry.objects.filter(
        institution=institution, student=student, status=WaitlistEntry.Status.WAITING, priority_reason=""
    ).select_related("section", "enrollment")
    sections = set(waiting.values_list("section", flat=True))
    if not sections:
        return
    hold_sections(institution, *sections)
    entries = list(waiting.order_by("pk"))
    for entry, priority in zip(entries, priorities_of(entries), strict=True):
        if entry.priority != priority:
            before = snapshot(entry)
            entry.change(priority=priority)
            record(actor, "academic.waitlist.ranked", entry, changes=differences(before, snapshot(entry)))

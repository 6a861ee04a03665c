"""This file holds what differs between the draft and what is published, whom that concerns, and how it is written.

All of it is set by set, in SQL: a term has tens of thousands of hours.
"""

# ruff: noqa: S608  What is pasted into the SQL are texts of ours.

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.utils import timezone

from academic.calendar.models import Term
from academic.calendar.weeks import numbering_of_terms
from faculties.models import Department, Faculty

# The sections of a term and its parts, of the departments asked for; `whose` is the program if it has days of its own.
SECTIONS = """
chosen AS (
  SELECT section.institution_id, section.id, section.term_id, section.meets_as, exception.program_id AS whose,
    place.time_zone
  FROM academic_section section
  JOIN academic_course course ON course.institution_id = section.institution_id AND course.id = section.course_id
  JOIN academic_program program ON program.institution_id = course.institution_id AND program.id = course.program_id
  JOIN faculties_institution place ON place.id = section.institution_id
  LEFT JOIN academic_termexception exception ON exception.institution_id = section.institution_id
    AND exception.term_id = section.term_id AND exception.program_id = course.program_id
  WHERE section.institution_id = %(institution)s AND section.term_id = ANY (%(within)s)
    AND (%(departments)s::uuid[] IS NULL OR program.department_id = ANY (%(departments)s::uuid[]))
)"""
# Who came to be in the room of a section, or is there no more, since that was published.
RETAUGHT = """
teaching AS (
  SELECT DISTINCT chosen.institution_id, chosen.id AS section_id, teaching.account_id FROM chosen
  JOIN academic_section taught ON taught.institution_id = chosen.institution_id AND taught.meets_as = chosen.id
  JOIN academic_teaching teaching ON teaching.institution_id = taught.institution_id
    AND teaching.section_id = taught.id AND teaching.attends
), known AS (
  SELECT known.section_id, known.account_id, true AS is_there FROM chosen JOIN academic_publishedteaching known
    ON known.institution_id = chosen.institution_id AND known.section_id = chosen.id AND NOT known.is_over
), retaught AS (
  SELECT section_id, account_id, teaching.institution_id IS NULL AS is_over
  FROM teaching FULL JOIN known USING (section_id, account_id)
  WHERE teaching.institution_id IS NULL OR known.is_there IS NULL
)"""
# What meets as another section than was published: as which one now, and as which no more.
REHOSTED = """
rehosted AS (
  SELECT chosen.id AS section_id, hosts.* FROM chosen
  LEFT JOIN academic_publishedhost known
    ON known.institution_id = chosen.institution_id AND known.section_id = chosen.id AND NOT known.is_over
  CROSS JOIN LATERAL (
    VALUES (chosen.meets_as, false), (coalesce(known.host_id, chosen.id), true)
  ) AS hosts (host_id, is_over)
  WHERE chosen.meets_as <> coalesce(known.host_id, chosen.id)
)"""
# `change` is null where the hour is published as it is: then its week may still be counted anew.
DIFFERENCES = f"""
WITH {SECTIONS}, {RETAUGHT}, {REHOSTED}, taught (term_id, whose, monday, week) AS (
  SELECT * FROM unnest(%(terms)s::uuid[], %(programs)s::uuid[], %(mondays)s::date[], %(weeks)s::int[])
), draft AS (
  SELECT occurrence.*, taught.week FROM chosen
  JOIN academic_occurrence occurrence ON occurrence.institution_id = chosen.institution_id
    AND occurrence.section_id = chosen.id AND occurrence.status = 'scheduled'
  LEFT JOIN taught ON taught.term_id = chosen.term_id AND taught.whose IS NOT DISTINCT FROM chosen.whose
    AND taught.monday = date_trunc('week', occurrence.starts_at AT TIME ZONE chosen.time_zone)::date
), published AS (
  SELECT hour.* FROM chosen
  JOIN academic_publishedhour hour ON hour.institution_id = chosen.institution_id AND hour.section_id = chosen.id
), difference AS (
  SELECT coalesce(draft.id, published.occurrence) AS occurrence,
    coalesce(draft.meeting_id, published.meeting_id) AS meeting_id,
    coalesce(draft.section_id, published.section_id) AS section_id,
    coalesce(draft.starts_at, published.starts_at) AS starts_at, coalesce(draft.ends_at, published.ends_at) AS ends_at,
    CASE WHEN draft.id IS NULL THEN published.room_id ELSE draft.room_id END AS room_id,
    CASE WHEN draft.id IS NULL THEN published.week ELSE draft.week END AS week,
    CASE
      WHEN draft.id IS NULL THEN 'canceled'
      WHEN published.id IS NULL OR published.last_change = 'canceled' THEN 'new'
      WHEN (draft.starts_at, draft.ends_at) <> (published.starts_at, published.ends_at) THEN 'moved'
      WHEN draft.room_id IS DISTINCT FROM published.room_id THEN 'room_changed'
      WHEN draft.ends_at > %(now)s AND draft.section_id IN (SELECT section_id FROM retaught) THEN 'lecturer_changed'
    END AS change,
    published.last_change AS was, published.week AS counted_as, published.sequence, published.publication_id
  FROM draft FULL JOIN published ON published.occurrence = draft.id
  WHERE draft.id IS NOT NULL OR published.last_change <> 'canceled'
)"""
# Who is in a `touched` section: its students, and those who teach it or, of `retaught`, teach it no more, with live
# accounts.
PEOPLE = """
SELECT account.id, account.name, account.email, touched.* FROM touched
CROSS JOIN LATERAL (
  SELECT student.account_id FROM academic_registration registration
  JOIN students_student student
    ON student.institution_id = registration.institution_id AND student.id = registration.student_id
  WHERE registration.institution_id = %(institution)s AND registration.section_id = touched.section_id
    AND registration.status = 'registered'
  UNION
  SELECT teaching.account_id FROM academic_teaching teaching
  WHERE teaching.institution_id = %(institution)s AND teaching.section_id = touched.section_id
  UNION
  SELECT former.account_id FROM retaught former WHERE former.is_over AND former.section_id = touched.section_id
) concerned
JOIN users_user account ON account.id = concerned.account_id AND account.is_active"""
# What is over concerns nobody any more. Hours that stay as they are may be new to who now meets in them, or canceled.
COUNT = f"""{DIFFERENCES}, met AS (
  SELECT id AS section_id, meets_as AS host_id FROM chosen
  UNION ALL
  SELECT section_id, host_id FROM academic_publishedhost
  WHERE institution_id = %(institution)s AND NOT is_over AND section_id NOT IN (SELECT id FROM chosen)
), touched AS (
  SELECT met.section_id FROM difference JOIN met ON met.host_id = difference.section_id
  WHERE change IS NOT NULL AND ends_at > %(now)s
  UNION
  SELECT section_id FROM rehosted
), kept AS (
  SELECT section_id FROM difference WHERE change IS NULL AND ends_at > %(now)s
  UNION ALL
  SELECT section_id FROM academic_publishedhour
  WHERE institution_id = %(institution)s AND section_id IN (SELECT host_id FROM rehosted)
    AND section_id NOT IN (SELECT id FROM chosen) AND last_change <> 'canceled' AND ends_at > %(now)s
), otherwise AS (
  SELECT count(*) FILTER (WHERE NOT is_over) AS new, count(*) FILTER (WHERE is_over) AS canceled
  FROM rehosted JOIN kept ON kept.section_id = rehosted.host_id
)
SELECT count(*) FILTER (WHERE change = 'new') + (SELECT new FROM otherwise), count(*) FILTER (WHERE change = 'moved'),
  count(*) FILTER (WHERE change = 'room_changed'), count(*) FILTER (WHERE change = 'lecturer_changed'),
  count(*) FILTER (WHERE change = 'canceled') + (SELECT canceled FROM otherwise),
  (SELECT count(DISTINCT people.id) FROM ({PEOPLE}) people)
FROM difference"""
WRITE = f"""{DIFFERENCES}
INSERT INTO academic_publishedhour (id, institution_id, occurrence, meeting_id, section_id, week, starts_at, ends_at,
  room_id, last_change, sequence, publication_id, created_at, updated_at, version)
SELECT uuidv7(), %(institution)s, occurrence, meeting_id, section_id, week, starts_at, ends_at, room_id,
  coalesce(change, was), CASE WHEN was IS NULL THEN 0 ELSE sequence + (change IS NOT NULL)::int END,
  CASE WHEN change IS NULL THEN publication_id ELSE %(publication)s END, %(now)s, %(now)s, 1
FROM difference WHERE change IS NOT NULL OR week IS DISTINCT FROM counted_as
ON CONFLICT (institution_id, occurrence) DO UPDATE
SET week = excluded.week, starts_at = excluded.starts_at, ends_at = excluded.ends_at, room_id = excluded.room_id,
  last_change = excluded.last_change, sequence = excluded.sequence, publication_id = excluded.publication_id,
  updated_at = excluded.updated_at, version = academic_publishedhour.version + 1"""
WRITE_TEACHING = f"""
WITH {SECTIONS}, {RETAUGHT}
INSERT INTO academic_publishedteaching (id, institution_id, section_id, account_id, publication_id, is_over, created_at,
  updated_at, version)
SELECT uuidv7(), %(institution)s, section_id, account_id, %(publication)s, is_over, %(now)s, %(now)s, 1 FROM retaught
ON CONFLICT (institution_id, section_id, account_id) DO UPDATE
SET publication_id = excluded.publication_id, is_over = excluded.is_over, updated_at = excluded.updated_at,
  version = academic_publishedteaching.version + 1"""
# As which it met goes first: a section meets as one at a time.
WRITE_HOSTS = f"""
WITH {SECTIONS}, {REHOSTED}
INSERT INTO academic_publishedhost (id, institution_id, section_id, host_id, publication_id, is_over, created_at,
  updated_at, version)
SELECT uuidv7(), %(institution)s, section_id, host_id, %(publication)s, is_over, %(now)s, %(now)s, 1
FROM rehosted ORDER BY is_over DESC
ON CONFLICT (institution_id, section_id, host_id) DO UPDATE
SET publication_id = excluded.publication_id, is_over = excluded.is_over, updated_at = excluded.updated_at,
  version = academic_publishedhost.version + 1"""
# Two sections of which at least one is published, and how many are registered for both without a waiver of a clash.
SHARED = """
shared AS MATERIALIZED (
  SELECT first.id, second.id AS other_id, first.meets_as, second.meets_as AS other_meets_as, count(*) AS students
  FROM chosen
  JOIN academic_section first ON first.institution_id = chosen.institution_id AND first.id = chosen.id
    AND first.status IN ('planned', 'open')
  JOIN academic_registration one ON one.institution_id = first.institution_id AND one.section_id = first.id
    AND one.status = 'registered'
  JOIN academic_registration other ON other.institution_id = first.institution_id
    AND other.student_id = one.student_id AND other.status = 'registered'
  JOIN academic_section second ON second.institution_id = first.institution_id AND second.id = other.section_id
    AND second.status IN ('planned', 'open') AND second.meets_as <> first.meets_as
    AND second.starts_on <= first.ends_on AND second.ends_on >= first.starts_on
  WHERE (first.id < second.id OR second.id NOT IN (SELECT id FROM chosen)) AND NOT EXISTS (
    SELECT FROM academic_waiver waiver
    WHERE waiver.institution_id = first.institution_id AND waiver.student_id = one.student_id
      AND waiver.waives = 'time_clash'
      AND (waiver.section_id IN (first.id, second.id) OR waiver.course_id IN (first.course_id, second.course_id)))
  GROUP BY first.id, second.id
)"""
# Where somebody should look before it is published. Students are in two classes at once where one was moved.
WARNINGS = f"""
WITH {SECTIONS}, {SHARED}, found (code, id, other_id, students) AS (
  SELECT 'students_clash', id, other_id, students FROM shared WHERE EXISTS (
    SELECT FROM academic_occurrence here
    JOIN academic_occurrence there ON there.institution_id = here.institution_id
      AND there.section_id = shared.other_meets_as AND there.status = 'scheduled'
      AND there.starts_at < here.ends_at AND there.ends_at > here.starts_at
    WHERE here.institution_id = %(institution)s AND here.section_id = shared.meets_as AND here.status = 'scheduled'
      AND here.ends_at > %(now)s)
  UNION ALL
  SELECT 'no_meeting', chosen.id, NULL, NULL FROM chosen
  JOIN academic_section section ON section.institution_id = chosen.institution_id AND section.id = chosen.id
  WHERE section.status IN ('planned', 'open') AND NOT section.without_meetings
    AND section.meets_with_id IS NULL AND NOT EXISTS (
    SELECT FROM academic_meeting meeting WHERE meeting.institution_id = chosen.institution_id
      AND meeting.section_id = chosen.id AND meeting.status = 'scheduled')
  UNION ALL
  SELECT DISTINCT 'no_room', chosen.id, NULL::uuid, NULL::bigint FROM chosen
  JOIN academic_occurrence occurrence ON occurrence.institution_id = chosen.institution_id
    AND occurrence.section_id = chosen.id AND occurrence.status = 'scheduled' AND occurrence.room_id IS NULL
  UNION ALL
  SELECT DISTINCT 'no_lecturer', chosen.id, NULL::uuid, NULL::bigint FROM chosen
  JOIN academic_meeting meeting ON meeting.institution_id = chosen.institution_id AND meeting.section_id = chosen.id
    AND meeting.status = 'scheduled'
  WHERE NOT EXISTS (SELECT FROM academic_section taught JOIN academic_teaching teaching
      ON teaching.institution_id = taught.institution_id AND teaching.section_id = taught.id AND teaching.attends
    WHERE taught.institution_id = chosen.institution_id AND taught.meets_as = chosen.id)
)
SELECT found.code, found.id, course.code || ' ' || section.code, found.other_id,
  other_course.code || ' ' || other.code, found.students, count(*) OVER ()
FROM found
JOIN academic_section section ON section.institution_id = %(institution)s AND section.id = found.id
JOIN academic_course course ON course.institution_id = %(institution)s AND course.id = section.course_id
LEFT JOIN academic_section other ON other.institution_id = %(institution)s AND other.id = found.other_id
LEFT JOIN academic_course other_course
  ON other_course.institution_id = %(institution)s AND other_course.id = other.course_id
ORDER BY course.code, section.code, found.code, other_course.code, other.code LIMIT %(most)s"""
MOST_WARNINGS = 200
COUNTS = ("hours_new", "hours_moved", "hours_room_changed", "hours_lecturer_changed", "hours_canceled")
# Of one publication, person by person: how many of whose classes changed, and how.
TO_TELL = f"""
WITH changed AS (
  SELECT section_id, count(*) FILTER (WHERE last_change = 'new') AS new,
    count(*) FILTER (WHERE last_change = 'moved') AS moved,
    count(*) FILTER (WHERE last_change = 'room_changed') AS room_changed,
    count(*) FILTER (WHERE last_change = 'lecturer_changed') AS lecturer_changed,
    count(*) FILTER (WHERE last_change = 'canceled') AS canceled
  FROM academic_publishedhour
  WHERE institution_id = %(institution)s AND publication_id = %(publication)s AND ends_at > %(now)s GROUP BY section_id
), rehosted AS (
  SELECT section_id, host_id, is_over FROM academic_publishedhost
  WHERE institution_id = %(institution)s AND publication_id = %(publication)s
), met AS (
  SELECT section_id, host_id FROM academic_publishedhost
  WHERE institution_id = %(institution)s AND NOT is_over AND host_id IN (SELECT section_id FROM changed)
  UNION ALL
  SELECT section_id, section_id FROM changed WHERE NOT EXISTS (SELECT FROM academic_publishedhost known
    WHERE known.institution_id = %(institution)s AND NOT known.is_over AND known.section_id = changed.section_id)
), touched AS (
  SELECT met.section_id, new, moved, room_changed, lecturer_changed, canceled
  FROM changed JOIN met ON met.host_id = changed.section_id
  WHERE met.section_id NOT IN (SELECT section_id FROM rehosted)
  UNION ALL
  SELECT rehosted.section_id, count(*) FILTER (WHERE NOT is_over), 0, 0, 0, count(*) FILTER (WHERE is_over)
  FROM rehosted JOIN academic_publishedhour hour ON hour.institution_id = %(institution)s
    AND hour.section_id = rehosted.host_id AND hour.ends_at > %(now)s
    AND (hour.last_change <> 'canceled' OR is_over AND hour.publication_id = %(publication)s)
  GROUP BY rehosted.section_id
), retaught AS (
  SELECT section_id, account_id, is_over FROM academic_publishedteaching
  WHERE institution_id = %(institution)s AND publication_id = %(publication)s
)
SELECT people.id, people.name, people.email, jsonb_agg(jsonb_build_object(
    'class', course.code || ' ' || section.code, 'new', new, 'moved', moved, 'room_changed', room_changed,
    'lecturer_changed', lecturer_changed, 'canceled', canceled) ORDER BY course.code, section.code)
FROM ({PEOPLE}) people
JOIN academic_section section ON section.institution_id = %(institution)s AND section.id = people.section_id
JOIN academic_course course ON course.institution_id = %(institution)s AND course.id = section.course_id
WHERE %(after)s::uuid IS NULL OR people.id > %(after)s
GROUP BY people.id, people.name, people.email ORDER BY people.id LIMIT %(most)s"""


@dataclass(frozen=True, slots=True)
class Extent:
    """What is published at once: the timetable of a term and its parts, of one unit or of the whole institution."""

    term: Term
    faculty: Faculty | None = None
    department: Department | None = None

    @property
    def institution(self) -> UUID:
        return self.term.institution_id

    def values(self) -> dict[str, Any]:
        """What the statements of this file ask for."""
        here = {"institution": self.institution}
        within = [self.term.pk, *Term.objects.filter(**here, parent=self.term).values_list("pk", flat=True)]
        departments: list[UUID] | None = None
        if self.department:
            departments = [self.department.pk]
        elif self.faculty:
            departments = list(Department.objects.filter(**here, faculty=self.faculty).values_list("pk", flat=True))
        weeks = numbering_of_terms(self.institution, within).as_columns
        return {**here, **weeks, "within": within, "departments": departments, "now": timezone.now()}


@dataclass(frozen=True, slots=True)
class Difference:
    """How many hours publishing would change, and how many people would be told."""

    hours_new: int
    hours_moved: int
    hours_room_changed: int
    hours_lecturer_changed: int
    hours_canceled: int
    people: int

    @property
    def is_empty(self) -> bool:
        return not any(getattr(self, name) for name in COUNTS)


@dataclass(frozen=True, slots=True)
class Warned:
    """One section at which somebody should look; or two that meet at once, and how many students are in both."""

    code: str
    section: UUID
    name: str
    other: UUID | None
    other_name: str | None
    students: int | None


def difference(values: dict[str, Any]) -> Difference:
    (row,) = rows(COUNT, values)
    return Difference(*row)


def warnings(values: dict[str, Any]) -> tuple[list[Warned], int]:
    """The first of them by name, and how many there are."""
    found = rows(WARNINGS, {**values, "most": MOST_WARNINGS})
    return [Warned(*row[:-1]) for row in found], found[0][-1] if found else 0


def write(values: dict[str, Any], publication: UUID) -> None:
    """Publish what differs, under this publication: its hours, and who meets and teaches in them."""
    with connection.cursor() as cursor:
        for statement in (WRITE, WRITE_TEACHING, WRITE_HOSTS):
            cursor.execute(statement, {**values, "publication": publication})


def to_tell(institution: UUID, publication: UUID, after: UUID | None, most: int) -> list[tuple]:
    """The next people to tell of a publication: id, name, address, and their classes with what changed."""
    asked = {"institution": institution, "publication": publication, "after": after, "most": most}
    found = rows(TO_TELL, {**asked, "now": timezone.now()})
    return [(*who, orjson.loads(classes)) for *who, classes in found]


def rows(statement: str, values: dict[str, Any]) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()

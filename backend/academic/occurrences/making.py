"""This file holds how meetings become occurrences, and occurrences take rooms and people's time: set by set, in SQL.

Who changes what a timetable rests on (a meeting, who teaches, which cohorts come) calls `renew` or `reclaim`.
"""

# ruff: noqa: S608  What is pasted into the SQL are names of ours.

from calendar import day_name
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from academic.calendar.holding import hold_timetable
from academic.calendar.weeks import numbering_of
from academic.occurrences.clashes import refuse_clashes
from academic.occurrences.presence import refuse_unavailable
from academic.occurrences.ways import refuse_short_ways
from core.errors import RuleBroken

TEXT = Path(__file__).with_name("claims.sql")
WRITTEN = Path(__file__).with_name("written.sql")
# The days of meetings by their patterns, with their times as instants. Weeks are the teaching weeks of their terms, as
# the calendar counts them, for a program that has days of its own in those; on a holiday nothing takes place, except
# single events in an exam period. Where a pattern moved after a week was held, that week has had its class: it gets no
# second one.
WANTED = """
WITH taught (term_id, program_id, week, monday) AS (
  SELECT * FROM unnest(%(terms)s::uuid[], %(programs)s::uuid[], %(weeks)s::int[], %(mondays)s::date[])
), held AS (
  SELECT occurrence.meeting_id, occurrence.planned_on, date_trunc('week', occurrence.planned_on)::date AS monday
  FROM academic_occurrence occurrence
  JOIN academic_attendanceregister register
    ON register.institution_id = occurrence.institution_id AND register.occurrence_id = occurrence.id
  WHERE occurrence.institution_id = %(institution)s AND occurrence.meeting_id = ANY (%(meetings)s)
), wanted AS (
  SELECT meeting.institution_id, meeting.id AS meeting_id, meeting.section_id, meeting.room_id, day AS planned_on,
    (day + meeting.starts_at) AT TIME ZONE place.time_zone AS starts_at,
    (day + meeting.ends_at) AT TIME ZONE place.time_zone AS ends_at,
    meeting.starts_at AS starts_by_the_clock, meeting.ends_at AS ends_by_the_clock, place.time_zone,
    meeting.on_date IS NOT NULL AS is_single,
    EXISTS (SELECT FROM academic_holiday holiday WHERE holiday.institution_id = meeting.institution_id
      AND NOT holiday.is_canceled AND day BETWEEN holiday.starts_on AND holiday.ends_on
      AND NOT (holiday.is_exams AND meeting.on_date IS NOT NULL)) AS is_holiday
  FROM academic_meeting meeting
  JOIN academic_section section
    ON section.institution_id = meeting.institution_id AND section.id = meeting.section_id
  JOIN academic_course course ON course.institution_id = section.institution_id AND course.id = section.course_id
  JOIN faculties_institution place ON place.id = meeting.institution_id
  LEFT JOIN academic_termexception exception ON exception.institution_id = section.institution_id
    AND exception.term_id = section.term_id AND exception.program_id = course.program_id
  CROSS JOIN LATERAL (
    SELECT meeting.on_date AS day WHERE meeting.on_date IS NOT NULL
    UNION ALL
    SELECT day FROM taught
    CROSS JOIN LATERAL (SELECT monday + meeting.weekday - 1 AS day) days
    WHERE taught.term_id = section.term_id AND taught.program_id IS NOT DISTINCT FROM exception.program_id
      AND day BETWEEN section.starts_on AND section.ends_on
      AND week BETWEEN meeting.first_week AND coalesce(meeting.last_week, week)
      AND CASE meeting.rhythm
        WHEN 'odd' THEN week %% 2 = 1 WHEN 'even' THEN week %% 2 = 0 WHEN 'listed' THEN week = ANY (meeting.weeks)
        ELSE true END
      AND NOT EXISTS (SELECT FROM held
        WHERE held.meeting_id = meeting.id AND held.monday = taught.monday AND held.planned_on <> day)
  ) days
  WHERE meeting.institution_id = %(institution)s AND meeting.id = ANY (%(meetings)s) AND meeting.status = 'scheduled'
    AND section.status <> 'canceled'
)"""
# A time that the clocks skip or show twice, or an hour more or less between start and end. What they show twice is one
# time by the clocks of the day before and another by those of the day after, and both are right.
CLOCKS_CHANGE = f"""{WANTED}
SELECT planned_on, starts_by_the_clock, ends_by_the_clock FROM wanted
WHERE NOT is_holiday AND (is_single OR coalesce(starts_at > %(since)s::timestamptz, true))
  AND ((starts_at AT TIME ZONE time_zone)::time <> starts_by_the_clock
  OR (ends_at AT TIME ZONE time_zone)::time <> ends_by_the_clock
  OR ends_at - starts_at <> ends_by_the_clock - starts_by_the_clock
  OR EXISTS (
    SELECT FROM unnest(ARRAY[starts_at, ends_at]) moment
    CROSS JOIN unnest(ARRAY[interval '-24 hours', interval '24 hours']) aside
    CROSS JOIN LATERAL (SELECT moment + aside
      - (((moment + aside) AT TIME ZONE time_zone) - (moment AT TIME ZONE time_zone)) AS gained) clocks
    WHERE clocks.gained <> moment AND clocks.gained AT TIME ZONE time_zone = moment AT TIME ZONE time_zone))
ORDER BY planned_on LIMIT 1"""
# What was held and has a register of attendance is history: it stays as it was.
HELD = """EXISTS (SELECT FROM academic_attendanceregister register
    WHERE register.institution_id = academic_occurrence.institution_id
      AND register.occurrence_id = academic_occurrence.id)"""
# What has begun when its pattern changes stays as it was, and so does what would have begun by the new one: from here
# on it counts as changed by hand. Only a single event is where it is said to be.
KEEP = f"""{WANTED}
UPDATE academic_occurrence SET changed_by_hand = true, updated_at = now(), version = academic_occurrence.version + 1
FROM academic_meeting meeting
WHERE academic_occurrence.institution_id = %(institution)s AND academic_occurrence.meeting_id = ANY (%(meetings)s)
  AND meeting.institution_id = academic_occurrence.institution_id AND meeting.id = academic_occurrence.meeting_id
  AND meeting.weekday IS NOT NULL AND NOT academic_occurrence.changed_by_hand AND NOT {HELD}
  AND (academic_occurrence.starts_at <= %(since)s::timestamptz OR EXISTS (
    SELECT FROM wanted WHERE wanted.meeting_id = meeting.id AND wanted.starts_at <= %(since)s::timestamptz
      AND date_trunc('week', wanted.planned_on) = date_trunc('week', academic_occurrence.planned_on)))
  AND NOT EXISTS (SELECT FROM wanted WHERE wanted.meeting_id = meeting.id
    AND (wanted.starts_at, wanted.ends_at) = (academic_occurrence.starts_at, academic_occurrence.ends_at)
    AND wanted.room_id IS NOT DISTINCT FROM academic_occurrence.room_id)"""
# An occurrence keeps its id when its pattern takes it to another day of the week. One that was changed by hand stays in
# that week as it is, even on a holiday of the pattern; only that of a single event goes where the event is said to be.
MOVE = f"""{WANTED}
UPDATE academic_occurrence
SET planned_on = wanted.planned_on, updated_at = now(), version = academic_occurrence.version + 1 FROM wanted
WHERE academic_occurrence.institution_id = %(institution)s AND academic_occurrence.meeting_id = wanted.meeting_id
  AND date_trunc('week', academic_occurrence.planned_on) = date_trunc('week', wanted.planned_on)
  AND CASE WHEN academic_occurrence.changed_by_hand THEN NOT wanted.is_single ELSE NOT wanted.is_holiday END
  AND NOT {HELD} AND NOT EXISTS (
    SELECT FROM academic_occurrence there WHERE there.institution_id = wanted.institution_id
      AND there.meeting_id = wanted.meeting_id AND there.planned_on = wanted.planned_on)"""
# What was changed by hand stays on its day of the pattern even if that is a holiday by now; and what of it has begun
# stays for as long as there is a pattern.
FORGET = f"""{WANTED}
DELETE FROM academic_occurrence
WHERE institution_id = %(institution)s AND meeting_id = ANY (%(meetings)s) AND NOT {HELD}
  AND NOT (changed_by_hand AND starts_at <= %(now)s AND EXISTS (
    SELECT FROM academic_meeting meeting JOIN academic_section section
      ON section.institution_id = meeting.institution_id AND section.id = meeting.section_id
    WHERE meeting.institution_id = academic_occurrence.institution_id AND meeting.id = academic_occurrence.meeting_id
      AND meeting.status = 'scheduled' AND meeting.weekday IS NOT NULL AND section.status <> 'canceled'))
  AND NOT EXISTS (
  SELECT FROM wanted WHERE wanted.meeting_id = academic_occurrence.meeting_id
    AND wanted.planned_on = academic_occurrence.planned_on
    AND (academic_occurrence.changed_by_hand OR NOT is_holiday))"""
# An occurrence keeps its id when its hour or its room changes.
MAKE = f"""{WANTED}
INSERT INTO academic_occurrence (id, institution_id, meeting_id, section_id, planned_on, starts_at, ends_at, room_id,
  created_at, updated_at, version)
SELECT uuidv7(), institution_id, meeting_id, section_id, planned_on, starts_at, ends_at, room_id, now(), now(), 1
FROM wanted WHERE NOT is_holiday AND (is_single OR coalesce(starts_at > %(since)s::timestamptz, true))
ON CONFLICT (institution_id, meeting_id, planned_on) DO UPDATE
SET starts_at = excluded.starts_at, ends_at = excluded.ends_at, room_id = excluded.room_id, updated_at = now(),
  version = academic_occurrence.version + 1
WHERE NOT academic_occurrence.changed_by_hand AND NOT {HELD} AND
  (academic_occurrence.starts_at, academic_occurrence.ends_at, academic_occurrence.room_id)
  IS DISTINCT FROM (excluded.starts_at, excluded.ends_at, excluded.room_id)"""
OF_MEETINGS = """
SELECT id FROM academic_occurrence WHERE institution_id = %(institution)s AND meeting_id = ANY (%(meetings)s)"""
THEIRS = f"institution_id = %(institution)s AND occurrence_id IN ({OF_MEETINGS})"
GIVE_BACK = (
    f"DELETE FROM academic_occurrencelecturer WHERE {THEIRS}",
    f"DELETE FROM academic_occurrencecohort WHERE {THEIRS}",
    "DELETE FROM faculties_booking WHERE institution_id = %(institution)s AND source = 'meeting'"
    " AND source_id = ANY (%(meetings)s)",
)
# These leave alone what an occurrence has already.
THEIR_MEETINGS = """(institution_id, ARRAY[section_id], id) FROM academic_meeting
WHERE institution_id = %(institution)s AND id IN (
  SELECT meeting_id FROM academic_occurrence WHERE institution_id = %(institution)s AND id = ANY (%(occurrences)s))"""
TAKE = (
    f"SELECT academic_take_lecturers{THEIR_MEETINGS}",
    f"SELECT academic_take_cohorts{THEIR_MEETINGS}",
    f"SELECT academic_take_rooms{THEIR_MEETINGS}",
)
# What gives hours as soon as it is written who needs them, or when.
OF_PEOPLE, OF_OCCURRENCES = "teaching_takes_hours, cohort_takes_hours", "occurrence_takes_hours"
BY_MEETING = """
SELECT array_agg(id) FROM academic_occurrence
WHERE institution_id = %(institution)s AND id = ANY (%(occurrences)s) GROUP BY meeting_id ORDER BY meeting_id"""
# Whose weeks count: those of the terms, and of the programs that have days of their own in them.
TAUGHT_IN = """
SELECT DISTINCT section.term_id, exception.program_id FROM academic_meeting meeting
JOIN academic_section section ON section.institution_id = meeting.institution_id AND section.id = meeting.section_id
JOIN academic_course course ON course.institution_id = section.institution_id AND course.id = section.course_id
LEFT JOIN academic_termexception exception ON exception.institution_id = section.institution_id
  AND exception.term_id = section.term_id AND exception.program_id = course.program_id
WHERE meeting.institution_id = %(institution)s AND meeting.id = ANY (%(meetings)s)"""
SCHEDULED = """
SELECT id FROM academic_meeting
WHERE institution_id = %(institution)s AND status = 'scheduled' AND section_id = (
  SELECT meets_as FROM academic_section WHERE institution_id = %(institution)s AND id = %(section)s)
ORDER BY id"""
# What its new days leave without a day: a pattern none of whose days is left, or an event that is on none of them.
ASTRAY = """
SELECT meeting.kind, meeting.weekday, meeting.on_date FROM academic_meeting meeting
JOIN academic_section section ON section.institution_id = meeting.institution_id AND section.id = meeting.section_id
JOIN academic_term term ON term.institution_id = section.institution_id AND term.id = section.term_id
WHERE meeting.institution_id = %(institution)s AND meeting.section_id = %(section)s AND meeting.status = 'scheduled'
  AND (NOT EXISTS (SELECT FROM academic_occurrence occurrence
      WHERE occurrence.institution_id = meeting.institution_id AND occurrence.meeting_id = meeting.id)
    OR meeting.on_date NOT BETWEEN least(section.starts_on, term.starts_on) AND greatest(section.ends_on, term.ends_on))
ORDER BY meeting.id LIMIT 1"""
ATTENDEES = """
UPDATE faculties_booking booking SET attendees = section.seats_taken, updated_at = now(), version = booking.version + 1
FROM academic_meeting meeting
JOIN academic_section section ON section.institution_id = meeting.institution_id AND section.id = meeting.section_id
WHERE booking.institution_id = %(institution)s AND booking.source = 'meeting' AND booking.ends_at > now()
  AND meeting.institution_id = booking.institution_id AND meeting.id = booking.source_id
  AND booking.attendees <> section.seats_taken"""
AGREED_NOTHING: dict[str, list] = {"agreed_by": [], "agreed_from": [], "agreed_to": []}
AGREED = """
SELECT coalesce(array_agg(claim.account_id), '{}'), coalesce(array_agg(claim.starts_at), '{}'),
  coalesce(array_agg(claim.ends_at), '{}')
FROM academic_occurrencelecturer claim
JOIN academic_occurrence occurrence
  ON occurrence.institution_id = claim.institution_id AND occurrence.id = claim.occurrence_id
WHERE claim.institution_id = %(institution)s AND occurrence.meeting_id = ANY (%(meetings)s)"""
LOCK_ROOMS = """
SELECT id FROM faculties_room WHERE institution_id = %(institution)s AND id IN (
  SELECT room_id FROM academic_occurrence WHERE institution_id = %(institution)s AND id = ANY (%(occurrences)s))
ORDER BY id FOR NO KEY UPDATE"""


@contextmanager
def hours_by_hand(triggers: str = OF_PEOPLE) -> Iterator[None]:
    """The database gives whoever teaches or comes their hours as soon as that is written, and an occurrence its own.
    Inside, the rule gives them, so that it can say first who is elsewhere; at the end the database sees that nothing is
    left to do.
    """
    run(f"SET CONSTRAINTS {triggers} DEFERRED", {})
    yield
    run(f"SET CONSTRAINTS {triggers} IMMEDIATE", {})


def renew(institution: UUID, *meetings: UUID, asks_anew: bool = False, since: datetime | None = None) -> None:
    """Bring the occurrences of meetings, and the time that they take, to what the meetings now say.

    All give back what they had before any takes anew, so that two may exchange their hours. Refuses a clash, with both
    sides and the hour, and a time at which the clocks change. Whether lecturers can come is asked of hours that they
    did not have before; with `asks_anew` of all. Where their patterns change, `since` says from when on.
    """
    values = {"institution": institution, **taught_weeks(institution, *meetings), "since": since}
    with hours_anew(institution, *meetings, asks_anew=asks_anew):
        refuse_change_of_clocks(values)
        run(KEEP, values)
        run(MOVE, values)
        run(FORGET, values)
        run(MAKE, values)


def reclaim(institution: UUID, *meetings: UUID) -> None:
    """Take time anew where the occurrences stay as they are: others teach, or others come."""
    with hours_anew(institution, *meetings):
        pass


@contextmanager
def hours_anew(institution: UUID, *meetings: UUID, asks_anew: bool = False) -> Iterator[None]:
    """Occurrences of meetings are made, moved or dropped inside: at first all give back the time that they take, and at
    the end they take what they then need.
    """
    agreed = AGREED_NOTHING if asks_anew else agreed_hours(institution, *meetings)
    values = {"institution": institution, "meetings": list(meetings)}
    for statement in GIVE_BACK:
        run(statement, values)
    with hours_by_hand(OF_OCCURRENCES):
        yield
        claim(institution, keys(OF_MEETINGS, values), agreed)


def taught_weeks(institution: UUID, *meetings: UUID) -> dict[str, Any]:
    """The meetings, what time it is, and the teaching weeks of their terms as columns: whose, numbers and Mondays.

    Of these occurrences are made, all that there are.
    """
    with connection.cursor() as cursor:
        cursor.execute(TAUGHT_IN, {"institution": institution, "meetings": list(meetings)})
        whose: list[tuple[UUID, UUID | None]] = cursor.fetchall()
    moment = {"now": timezone.now(), "since": None}
    return {"meetings": list(meetings), **moment, **numbering_of(institution, whose).as_columns}


def renew_section(institution: UUID, section: UUID) -> None:
    """Renew all meetings of a section, whose days or state changed."""
    hold_timetable(institution)
    renew(institution, *scheduled_of(institution, section))


def reclaim_section(institution: UUID, section: UUID) -> None:
    """Take time anew for all meetings of a section: others teach it, or others come."""
    hold_timetable(institution)
    reclaim(institution, *scheduled_of(institution, section))


def refuse_astray(institution: UUID, section: UUID, field: str) -> None:
    """Each scheduled meeting of a section takes place on a day of it, or of its term."""
    with connection.cursor() as cursor:
        cursor.execute(ASTRAY, {"institution": institution, "section": section})
        found: tuple[str, int | None, date | None] | None = cursor.fetchone()
    if found is not None:
        kind, weekday, day = found
        when = f"on {day:%-d %B %Y}" if day else f"on {day_name[(weekday or 1) - 1]}s"
        words = f"Its {kind} {when} would be on none of its days: change or cancel that meeting first."
        raise RuleBroken("meeting_astray", words, field=field)


def count_attendees(institution: UUID) -> int:
    """Let the bookings of meetings that are not over say how many come; tell how many bookings changed.

    Seats change with each registration, far too often to write it in each booking of a term at once.
    """
    with connection.cursor() as cursor:
        cursor.execute(ATTENDEES, {"institution": institution})
        return cursor.rowcount


def agreed_hours(institution: UUID, *meetings: UUID) -> dict[str, list]:
    """Which hours lecturers have by these meetings."""
    with connection.cursor() as cursor:
        cursor.execute(AGREED, {"institution": institution, "meetings": list(meetings)})
        accounts, starts, ends = cursor.fetchone()
    return {"agreed_by": accounts, "agreed_from": starts, "agreed_to": ends}


def scheduled_of(institution: UUID, section: UUID) -> list[UUID]:
    return keys(SCHEDULED, {"institution": institution, "section": section})


def claim(institution: UUID, occurrences: list[UUID], agreed: dict[str, list] = AGREED_NOTHING) -> None:
    """Take the time that occurrences need and do not have yet, set by set."""
    if not occurrences:
        return
    values = {"institution": institution, "occurrences": occurrences, **agreed}
    run(LOCK_ROOMS, values)
    refuse_clashes(values)
    try:
        with transaction.atomic():
            take(values)
    except IntegrityError:
        # Two of them need the same: one meeting after the other, the second is told whose the first is.
        for own in keys(BY_MEETING, values):
            refuse_clashes({**values, "occurrences": own})
            take({**values, "occurrences": own})
    refuse_short_ways(values)
    refuse_unavailable(values)


def take(values: dict[str, Any]) -> None:
    for statement in TAKE:
        run(statement, values)


def refuse_change_of_clocks(values: dict[str, Any], field: str | None = "starts_at") -> None:
    with connection.cursor() as cursor:
        cursor.execute(CLOCKS_CHANGE, values)
        found: tuple[date, time, time] | None = cursor.fetchone()
    if found is not None:
        day, starts_at, ends_at = found
        raise RuleBroken(
            "clocks_change",
            f"On {day:%-d %B %Y} the clocks change between {starts_at:%H:%M} and {ends_at:%H:%M}, or they show one of"
            " these times twice or never. Choose other hours, or leave that week out.",
            field=field,
        )


def run(statement: str, values: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def keys(statement: str, values: dict[str, Any]) -> list[Any]:
    """The only column of what a statement gives."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [key for (key,) in cursor.fetchall()]

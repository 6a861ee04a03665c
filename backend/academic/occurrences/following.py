"""This file holds how occurrences follow the calendar: holidays, the days of terms, and the numbers of teaching weeks.

What falls on no day of its pattern any more goes, with the time that it takes, set by set. What comes back takes its
time as everything does: a room, a lecturer or a cohort that was taken meanwhile is a refusal that names both sides.
A change of the time zone is not followed, but refused by the database (`zones.sql`).
"""

# ruff: noqa: S608  What is pasted into the SQL are names of ours.

from datetime import date
from pathlib import Path
from uuid import UUID

from django.db import connection
from django.utils import timezone

from academic.calendar.followers import FOLLOWERS, Follower
from academic.calendar.holding import hold_timetable
from academic.occurrences.making import (
    FORGET,
    HELD,
    MAKE,
    OF_OCCURRENCES,
    claim,
    hours_by_hand,
    keys,
    refuse_change_of_clocks,
    taught_weeks,
)
from core.errors import RuleBroken

ZONES = Path(__file__).with_name("zones.sql")
# A holiday counts for the meetings on its days, and a break for the numbers of the weeks after it in each term.
MEETING_WHILE = """
SELECT meeting.id FROM academic_meeting meeting
JOIN academic_section section ON section.institution_id = meeting.institution_id AND section.id = meeting.section_id
JOIN academic_term term ON term.institution_id = section.institution_id AND term.id = section.term_id
WHERE meeting.institution_id = %(institution)s AND meeting.status = 'scheduled'
  AND least(section.starts_on, term.starts_on) - 6 <= %(ends_on)s
  AND greatest(section.ends_on, term.ends_on) + 6 >= %(starts_on)s"""
MEETING_IN = """
SELECT meeting.id FROM academic_meeting meeting
JOIN academic_section section ON section.institution_id = meeting.institution_id AND section.id = meeting.section_id
WHERE meeting.institution_id = %(institution)s AND section.term_id = %(term)s AND meeting.status = 'scheduled'"""
# The occurrences that go, with their hours and rooms; tells of which meetings they were.
FORGET_WITH_HOURS = f"""{FORGET.replace("DELETE", ", gone AS (DELETE", 1)}
  RETURNING id, meeting_id, starts_at
), lecturers AS (
  DELETE FROM academic_occurrencelecturer claim USING gone
  WHERE claim.institution_id = %(institution)s AND claim.occurrence_id = gone.id
), cohorts AS (
  DELETE FROM academic_occurrencecohort claim USING gone
  WHERE claim.institution_id = %(institution)s AND claim.occurrence_id = gone.id
), rooms AS (
  DELETE FROM faculties_booking booking USING gone
  WHERE booking.institution_id = %(institution)s AND booking.source = 'meeting'
    AND booking.source_id = gone.meeting_id AND booking.starts_at = gone.starts_at
)
SELECT DISTINCT meeting_id FROM gone"""
MAKE_MISSING = f"{MAKE.partition('DO UPDATE')[0]} DO NOTHING RETURNING id"
WITHOUT_A_DAY = """
SELECT course.code, section.code, meeting.kind, count(*) OVER () - 1 FROM academic_meeting meeting
JOIN academic_section section ON section.institution_id = meeting.institution_id AND section.id = meeting.section_id
JOIN academic_course course ON course.institution_id = section.institution_id AND course.id = section.course_id
WHERE meeting.institution_id = %(institution)s AND meeting.id = ANY (%(lost)s)
  AND NOT EXISTS (SELECT FROM academic_occurrence occurrence
    WHERE occurrence.institution_id = meeting.institution_id AND occurrence.meeting_id = meeting.id)
ORDER BY course.code, section.code, meeting.id LIMIT 1"""

# What somebody moved by hand to a day that is a holiday by now, or neither of its term nor of its section.
MOVED_ASTRAY = f"""
SELECT course.code, section.code, meeting.kind, moved.day, count(*) OVER () - 1 FROM academic_occurrence
JOIN academic_meeting meeting
  ON meeting.institution_id = academic_occurrence.institution_id AND meeting.id = academic_occurrence.meeting_id
JOIN academic_section section ON section.institution_id = meeting.institution_id AND section.id = meeting.section_id
JOIN academic_course course ON course.institution_id = section.institution_id AND course.id = section.course_id
JOIN academic_term term ON term.institution_id = section.institution_id AND term.id = section.term_id
JOIN faculties_institution place ON place.id = meeting.institution_id
CROSS JOIN LATERAL (SELECT (academic_occurrence.starts_at AT TIME ZONE place.time_zone)::date AS day) moved
WHERE academic_occurrence.institution_id = %(institution)s AND academic_occurrence.meeting_id = ANY (%(meetings)s)
  AND academic_occurrence.status = 'scheduled' AND academic_occurrence.changed_by_hand
  AND academic_occurrence.ends_at > %(now)s AND NOT {HELD}
  AND (moved.day NOT BETWEEN least(section.starts_on, term.starts_on) AND greatest(section.ends_on, term.ends_on)
    OR EXISTS (SELECT FROM academic_holiday holiday WHERE holiday.institution_id = meeting.institution_id
      AND NOT holiday.is_canceled AND moved.day BETWEEN holiday.starts_on AND holiday.ends_on
      AND NOT (holiday.is_exams AND meeting.on_date IS NOT NULL)))
ORDER BY academic_occurrence.starts_at, academic_occurrence.id LIMIT 1"""


def follow_holidays(institution: UUID, starts_on: date, ends_on: date) -> None:
    """Bring the occurrences to the holidays of these days, which changed; each meeting goes on having a day."""
    hold_timetable(institution)
    while_it_lasts = {"institution": institution, "starts_on": starts_on, "ends_on": ends_on}
    follow(institution, keys(MEETING_WHILE, while_it_lasts), "starts_on")


def follow_term(institution: UUID, term: UUID, field: str | None) -> None:
    """Bring the occurrences to the weeks of a term, which changed; each meeting in it goes on having a day."""
    hold_timetable(institution)
    follow(institution, keys(MEETING_IN, {"institution": institution, "term": term}), field)


def follow(institution: UUID, meetings: list[UUID], field: str | None) -> None:
    """Bring the occurrences of meetings to the calendar; what stays keeps its time, and what comes back takes it."""
    if not meetings:
        return
    values = {"institution": institution, **taught_weeks(institution, *meetings)}
    refuse_change_of_clocks(values, field=None)
    lost = keys(FORGET_WITH_HOURS, values)
    with hours_by_hand(OF_OCCURRENCES):
        if made := keys(MAKE_MISSING, values):
            claim(institution, made)
    if lost:
        refuse_without_a_day(institution, lost, field)
    refuse_moved_astray(institution, meetings, field)


def refuse_without_a_day(institution: UUID, lost: list[UUID], field: str | None) -> None:
    """Each of these meetings, which lost a day, has another one. No examination vanishes without a word."""
    with connection.cursor() as cursor:
        cursor.execute(WITHOUT_A_DAY, {"institution": institution, "lost": lost})
        found: tuple[str, str, str, int] | None = cursor.fetchone()
    if found is not None:
        course, section, kind, others = found
        beside = f", as {others} more," if others else ""
        words = f"The {kind} of {course} {section}{beside} would be on none of its days: change or cancel that"
        raise RuleBroken("meeting_astray", f"{words} meeting first.", field=field)


def refuse_moved_astray(institution: UUID, meetings: list[UUID], field: str | None) -> None:
    """What was moved by hand, and is still to come, is on a day on which it may be: nobody is to miss it unheard."""
    with connection.cursor() as cursor:
        cursor.execute(MOVED_ASTRAY, {"institution": institution, "meetings": meetings, "now": timezone.now()})
        found: tuple[str, str, str, date, int] | None = cursor.fetchone()
    if found is not None:
        course, section, kind, day, others = found
        beside = f", as {others} more," if others else ""
        words = f"The {kind} of {course} {section} that was moved to {day:%-d %B %Y}{beside} would be on a holiday, or"
        raise RuleBroken("moved_astray", f"{words} outside its term: move or cancel it first.", field=field)


FOLLOWERS.append(Follower(holidays=follow_holidays, term=follow_term))

"""This file holds how the meetings of a term come to take rooms and people's time: all at once.

What the source books twice is booked twice here: the later of two meetings, in the order of the file, has a waiver that
says why. The exclusion constraints hold for all others.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db import connection

from academic.calendar.holding import hold_timetable
from academic.models import MeetingWaiver
from academic.occurrences.making import (
    MAKE,
    OF_OCCURRENCES,
    hours_by_hand,
    refuse_change_of_clocks,
    run,
    taught_weeks,
)

Hour = tuple[UUID, datetime, datetime, UUID | None]
AS_PUBLISHED = "as published"
# The weeks of a term may be others for a program.
NEW_MEETINGS = """
SELECT meeting.id, course.program_id FROM wanted_meeting meeting
JOIN academic_section section ON section.institution_id = %(institution)s AND section.id = meeting.section_id
JOIN academic_course course ON course.institution_id = %(institution)s AND course.id = section.course_id
WHERE meeting.is_new ORDER BY meeting.line, meeting.weekday, meeting.starts_at, meeting.id"""
# Who or what is wanted, when, and by which new meeting; null is the meeting of hours that are taken already.
ROOMS = """
SELECT room_id, starts_at, ends_at, meeting_id FROM academic_occurrence
WHERE institution_id = %(institution)s AND meeting_id = ANY (%(meetings)s) AND room_id IS NOT NULL
UNION ALL
SELECT room_id, starts_at, ends_at, NULL FROM faculties_booking
WHERE institution_id = %(institution)s AND status = 'confirmed' AND room_id IS NOT NULL"""
LECTURERS = """
SELECT DISTINCT teaching.account_id, occurrence.starts_at, occurrence.ends_at, occurrence.meeting_id
FROM academic_occurrence occurrence
JOIN academic_section taught ON taught.institution_id = %(institution)s AND taught.meets_as = occurrence.section_id
  AND taught.status <> 'canceled'
JOIN academic_teaching teaching
  ON teaching.institution_id = %(institution)s AND teaching.section_id = taught.id AND teaching.attends
WHERE occurrence.institution_id = %(institution)s AND occurrence.meeting_id = ANY (%(meetings)s)
UNION ALL
SELECT account_id, starts_at, ends_at, NULL FROM academic_occurrencelecturer
WHERE institution_id = %(institution)s AND NOT is_waived"""
HOURS = {MeetingWaiver.Limit.ROOM: ROOMS, MeetingWaiver.Limit.LECTURER: LECTURERS}
# PostgreSQL can't know yet how many rows this transaction wrote, and takes the tables for empty: it would look through
# all of them for each row, or has planned to when they were.
JOIN_BY_HASH = "SET LOCAL enable_nestloop = off; SET LOCAL plan_cache_mode = force_custom_plan"
JOIN_AS_USUAL = "SET LOCAL enable_nestloop = on; SET LOCAL plan_cache_mode = auto"
# These leave alone what a section has already.
SECTIONS = "(%(institution)s, ARRAY(SELECT DISTINCT section_id FROM wanted_meeting WHERE is_new), NULL)"
# Meeting by meeting the database would see for long that nothing is left to take: so it is told (`written.sql`).
SETTLED = "SELECT set_config('tesc.settled_meeting', 'all', true)"
TAKE = (f"SELECT academic_take_lecturers{SECTIONS}", f"SELECT academic_take_rooms{SECTIONS}", SETTLED)


def take_time(institution: UUID) -> int:
    """Let the new meetings take place, in their rooms and with their lecturers; tell how many waivers that took."""
    hold_timetable(institution)
    with hours_by_hand(OF_OCCURRENCES):
        run(JOIN_BY_HASH, {})
        known: dict[str, Any] = {"institution": institution}
        by_program: dict[UUID, list[UUID]] = defaultdict(list)
        order = []
        for meeting, program in asked(NEW_MEETINGS, known):
            by_program[program].append(meeting)
            order.append(meeting)
        for meetings in by_program.values():
            values = known | taught_weeks(institution, *meetings)
            refuse_change_of_clocks(values)
            run(MAKE, values)
        waivers = [
            MeetingWaiver(institution_id=institution, meeting_id=meeting, waives=limit, reason=AS_PUBLISHED)
            for limit, hours in HOURS.items()
            for meeting in later_ones(order, rivals_in(asked(hours, known | {"meetings": order})))
        ]
        MeetingWaiver.objects.bulk_create(waivers)
        for statement in TAKE:
            run(statement, known)
        run(JOIN_AS_USUAL, {})
    return len(waivers)


def rivals_in(hours: Iterable[Hour]) -> dict[UUID | None, set[UUID | None]]:
    """Which meetings want the same thing at one time, by meeting."""
    rivals: dict[UUID | None, set[UUID | None]] = defaultdict(set)
    for _, wanted in groupby(sorted(hours, key=itemgetter(0, 1)), key=itemgetter(0)):
        going_on: list[Hour] = []
        for hour in wanted:
            _, starts_at, _, meeting = hour
            going_on = [one for one in going_on if one[2] > starts_at]
            for *_, other in going_on:
                rivals[meeting].add(other)
                rivals[other].add(meeting)
            going_on.append(hour)
    return rivals


def later_ones(order: Sequence[UUID], rivals: Mapping[UUID | None, set[UUID | None]]) -> list[UUID]:
    """The meetings to waive so that no two of the others clash: who comes earlier keeps what both want."""
    holders: set[UUID | None] = {None}
    waived = []
    for meeting in order:
        if rivals.get(meeting, set()) & holders:
            waived.append(meeting)
        else:
            holders.add(meeting)
    return waived


def asked(statement: str, values: Mapping[str, Any]) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()

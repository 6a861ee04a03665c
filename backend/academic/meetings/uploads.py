"""This file holds what a file of meetings looks like: each row adds one, as the rule does it, and who teaches there."""

# ruff: noqa: S608  What is pasted into the SQL are names of ours.

import re
from calendar import day_name
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from academic.meetings.models import Meeting
from academic.meetings.rules import CHANGE, add_meeting, cancel_meeting, remove_meeting
from academic.sections.columns import A_CLOCK, CLOCK, KNOWN_SECTION, SECTION_CHECKS, SECTION_COLUMNS
from academic.sections.models import Section, Teaching
from academic.sections.rules import CHANGE as CHANGE_SECTION
from academic.sections.rules import end_teaching, give_teaching
from core.actor import Actor
from core.bulk.columns import Choice, Column, Day
from core.bulk.contracts import Check, Contract, Deed, Derived, declare
from core.errors import Conflict
from faculties.bookings.rules import BOOK
from faculties.rooms.models import Room
from users.models import User

WEEKDAYS = tuple(name.lower() for name in day_name)
RHYTHMS = ("every", "odd", "even")
ONE_OR_SOME = r"\d{1,2}( ?- ?\d{1,2})?"
FIELDS = ("kind", "weekday", "on_date", "starts_at", "ends_at", "rhythm", "weeks")
ROOM = """
SELECT own.id FROM faculties_room own
JOIN faculties_building building ON building.institution_id = own.institution_id AND building.id = own.building_id
WHERE own.institution_id = %(institution)s AND (own.code = staged.room OR lower(own.name) = lower(staged.room))
  AND (staged.building IS NULL OR building.code = staged.building)"""
LECTURERS = r"CROSS JOIN LATERAL regexp_split_to_table(staged.lecturers, '\s*[,;]\s*') named (lecturer)"
MEMBER = """staff_member member ON member.institution_id = %(institution)s AND member.number = named.lecturer
  AND member.account_id IS NOT NULL"""


# --- What is worked out from a row ---
def weekday_number(row: Mapping[str, Any], _: UUID) -> int | None:
    return WEEKDAYS.index(row["weekday"]) + 1 if row.get("weekday") else None


def rhythm(row: Mapping[str, Any], _: UUID) -> str:
    """Every week where nothing is said; weeks that are listed one by one."""
    text = (row.get("weeks") or RHYTHMS[0]).lower()
    return text if text in RHYTHMS else Meeting.Rhythm.LISTED


def week_numbers(row: Mapping[str, Any], institution: UUID) -> str:
    """An array as PostgreSQL reads it: of 1-3, 7 it is {1,2,3,7}."""
    numbers: set[int] = set()
    if rhythm(row, institution) == Meeting.Rhythm.LISTED:
        for part in re.split("[,;]", row["weeks"]):
            first, _, last = part.partition("-")
            numbers.update(range(int(first), int(last or first) + 1))
    return f"{{{','.join(map(str, sorted(numbers)))}}}"


# --- What is done for a row ---
def teach(actor: Actor, row: Mapping[str, Any]) -> Teaching:
    """Let somebody teach the section of a row."""
    section, account = Section.objects.get(pk=row["section_id"]), User.objects.get(pk=row["account_id"])
    return give_teaching(actor, section=section, account=account)


def add(actor: Actor, row: Mapping[str, Any]) -> Meeting:
    """Add the meeting of a row, scheduled at once."""
    room = Room.objects.get(pk=row["room_id"]) if row["room_id"] else None
    section = Section.objects.get(pk=row["section_id"])
    return add_meeting(actor, section=section, room=room, **{name: row[name] for name in FIELDS})


def take_back(actor: Actor, meeting: Meeting) -> None:
    """Remove a meeting as if it had not been; one that was published or held is canceled, so that people are told."""
    try:
        remove_meeting(actor, meeting)
    except Conflict:
        cancel_meeting(actor, meeting)


declare(
    Contract(
        name="meetings",
        title="Meetings",
        means="One row for each time in the week, or each single day, at which a section meets.",
        needs=(CHANGE, CHANGE_SECTION, BOOK),
        main=Meeting,
        is_tried=True,
        key=("course", "section", "term", "kind", "weekday", "on_date", "starts_at", "weeks"),
        columns=(
            *SECTION_COLUMNS,
            Choice(
                name="kind",
                means="What kind of meeting it is.",
                aliases=("type", "activity"),
                required=True,
                values=tuple(Meeting.Kind.values),
                also={"lab": ("laboratory",), "exam": ("examination",), "tutorial": ("tut",)},
                examples=("lecture",),
            ),
            Choice(
                name="weekday",
                means="The day of the week; blank for a single day.",
                aliases=("day", "day_of_week"),
                values=WEEKDAYS,
                also={name: (name[:3], str(number)) for number, name in enumerate(WEEKDAYS, start=1)},
                examples=("monday",),
            ),
            Day(
                name="on_date",
                means="The day of a single event; blank for a weekly one.",
                aliases=("date", "single_date"),
                examples=("2026-06-05",),
            ),
            Column(
                name="starts_at",
                means="When it starts.",
                aliases=("start", "starts", "start_time", "from", "begins"),
                examples=("08:00",),
                required=True,
                pattern=A_CLOCK,
                pattern_means=CLOCK,
            ),
            Column(
                name="ends_at",
                means="When it ends, on the same day.",
                aliases=("end", "ends", "end_time", "to", "until"),
                examples=("10:00",),
                required=True,
                pattern=A_CLOCK,
                pattern_means=CLOCK,
            ),
            Column(
                name="weeks",
                means="In which teaching weeks of the term; every week where it is blank.",
                aliases=("week", "week_mask", "weeks_of_term", "rhythm"),
                pattern=rf"(?i:{'|'.join(RHYTHMS)})|{ONE_OR_SOME}( ?[,;] ?{ONE_OR_SOME})*",
                pattern_means="every, odd, even, or weeks of the term such as 1-6, 9",
                examples=("1-6, 9",),
            ),
            Column(
                name="building",
                means="The code of the building, where several have a room of this code.",
                aliases=("building_code", "block"),
                longest=20,
                examples=("SCI",),
            ),
            Column(
                name="room",
                means="The code or the name of the room; blank where none is known yet.",
                aliases=("room_code", "room_number", "venue"),
                examples=("L101", "Beit Hall"),
            ),
            Column(
                name="lecturers",
                means="The employee numbers of who teaches the section, with commas between them.",
                aliases=("lecturer", "teachers", "teacher", "instructor", "instructors"),
                longest=300,
                examples=("E1024, E1077",),
            ),
        ),
        derived=(
            Derived(name="weekday_number", work=weekday_number, sql="smallint"),
            Derived(name="rhythm", work=rhythm),
            Derived(name="week_numbers", work=week_numbers, sql="smallint[]"),
        ),
        deeds=(
            # Before their meetings, so that nobody is booked twice by these.
            Deed(
                model=Teaching,
                wanted=f"""
                SELECT DISTINCT ON (section.id, member.account_id) staged.number, section.id AS section_id,
                  member.account_id, teaching.id AS known
                FROM staged JOIN {KNOWN_SECTION} {LECTURERS} JOIN {MEMBER}
                LEFT JOIN academic_teaching teaching ON teaching.institution_id = %(institution)s
                  AND teaching.section_id = section.id AND teaching.account_id = member.account_id
                ORDER BY section.id, member.account_id, staged.number""",
                do=teach,
                undo=end_teaching,
            ),
            Deed(
                model=Meeting,
                wanted=f"""
                SELECT staged.number, section.id AS section_id, room.id AS room_id, staged.kind,
                  weekday_number AS weekday, staged.on_date, staged.starts_at::time, staged.ends_at::time,
                  staged.rhythm, week_numbers AS weeks, (
                    SELECT own.id FROM academic_meeting own
                    WHERE own.institution_id = %(institution)s AND own.section_id = section.id
                      AND own.status <> 'canceled' AND own.room_id IS NOT DISTINCT FROM room.id
                      AND (own.kind, own.starts_at, own.ends_at, own.rhythm, own.weeks)
                        = (staged.kind, staged.starts_at::time, staged.ends_at::time, staged.rhythm, week_numbers)
                      AND (own.weekday, own.on_date) IS NOT DISTINCT FROM (weekday_number, staged.on_date)
                    ORDER BY own.id LIMIT 1) AS known
                FROM staged JOIN {KNOWN_SECTION}
                LEFT JOIN LATERAL ({ROOM} LIMIT 1) room ON true""",
                do=add,
                undo=take_back,
            ),
        ),
        checks=(
            *SECTION_CHECKS,
            Check(
                column="weekday",
                code="weekday_or_date",
                found="SELECT number, weekday FROM staged WHERE (weekday IS NULL) = (on_date IS NULL)",
                words="a day of the week, or else a date: one of the two",
            ),
            Check(
                column="ends_at",
                code="ends_before_it_starts",
                found="SELECT number, ends_at FROM staged WHERE ends_at::time <= starts_at::time",
                words="a time after the start, on the same day",
            ),
            Check(
                column="room",
                code="not_known",
                found=f"SELECT number, room FROM staged WHERE room IS NOT NULL AND NOT EXISTS ({ROOM})",
                words="the code or the name of a room of this institution, in the building if one is named",
                candidates="""
                SELECT unnest(ARRAY[code, name]) FROM faculties_room WHERE institution_id = %(institution)s""",
            ),
            Check(
                column="room",
                code="several_known",
                found=f"SELECT number, room FROM staged WHERE (SELECT count(*) FROM ({ROOM}) found) > 1",
                words="one room: several have this code, so name the building too",
            ),
            Check(
                column="lecturers",
                code="not_known",
                found=f"""
                SELECT DISTINCT ON (staged.number) staged.number, named.lecturer
                FROM staged {LECTURERS} LEFT JOIN {MEMBER} WHERE member.id IS NULL ORDER BY staged.number""",
                words="employee numbers of members of staff here who can sign in, with commas between them",
                candidates="SELECT number FROM staff_member WHERE institution_id = %(institution)s",
            ),
        ),
    )
)

"""This file holds when a meeting could be, and where: free for everybody in all its weeks, ranked, with the reasons."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from academic.meetings.models import Meeting
from academic.planning.rooms import fitting
from academic.planning.wanted import Wanted, minutes_of
from core.actor import Actor
from faculties.rooms.models import Room

TEXT = Path(__file__).with_name("slots.sql")
MOST_SLOTS, MOST_ROOMS = 60, 60
# Which of these rooms somebody has in one of the hours of a slot, for all slots at once.
BUSY_IN_SLOTS = """
WITH wanted AS MATERIALIZED (
  SELECT * FROM unnest(%(slots)s::int[], %(starts)s::timestamptz[], %(ends)s::timestamptz[])
    AS hour (slot, starts_at, ends_at)
), booked AS MATERIALIZED (
  SELECT booking.room_id, booking.starts_at, booking.ends_at, moment::date AS day FROM faculties_booking booking
  CROSS JOIN LATERAL generate_series(date_trunc('day', booking.starts_at, 'UTC') AT TIME ZONE 'UTC',
    (booking.ends_at - interval '1 microsecond') AT TIME ZONE 'UTC', interval '1 day') moment
  WHERE booking.institution_id = %(institution)s AND booking.room_id = ANY (%(rooms)s)
    AND booking.status = 'confirmed' AND coalesce(booking.source_id <> %(meeting)s, true)
    AND booking.starts_at < (SELECT max(ends_at) FROM wanted) AND booking.ends_at > (SELECT min(starts_at) FROM wanted)
)
SELECT DISTINCT wanted.slot, booked.room_id FROM wanted
CROSS JOIN LATERAL generate_series(date_trunc('day', wanted.starts_at, 'UTC') AT TIME ZONE 'UTC',
  (wanted.ends_at - interval '1 microsecond') AT TIME ZONE 'UTC', interval '1 day') moment
JOIN booked ON booked.day = moment::date AND booked.starts_at < wanted.ends_at AND booked.ends_at > wanted.starts_at"""
# What speaks against a place; the least is the best. A gap counts by the hour, empty seats by their share.
OTHER_ROOM, OTHER_BUILDING, OTHER_CAMPUS, OTHER_HOUR, UNDESIRED, PREFERRED = 3.0, 2.0, 4.0, 3.0, 12.0, -6.0
GAP_OF_AN_HOUR, LONGEST_GAP, NO_OTHER_CLASS, ALL_EMPTY = 2.0, 4 * 60, 3.0, 6.0


class Slot(NamedTuple):
    """A weekday and an hour at which everybody is free."""

    weekday: int
    starts: time
    starts_at: list[datetime]
    ends_at: list[datetime]
    gap: int | None
    is_preferred: bool
    is_undesired: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    """A slot with a room, and why."""

    slot: Slot
    ends: time
    room: Any
    cost: float
    reasons: tuple[str, ...]


def proposals(actor: Actor, wanted: Wanted) -> list[Proposal]:
    """Where the meeting could be, the best first: one room for each slot. Three statements, however much there is."""
    slots = free_slots(wanted)
    rooms = list(
        fitting(
            actor,
            wanted.section.institution_id,
            seats=wanted.seats,
            features=wanted.features,
            campus=wanted.campus,
            is_exam=wanted.kind == Meeting.Kind.EXAM,
        )[:MOST_ROOMS]
    )
    taken = busy_in(wanted, slots, rooms)
    found = []
    for number, slot in enumerate(slots):
        judged = [judge(wanted, slot, room) for room in rooms if (number, room.pk) not in taken]
        if judged:
            found.append(min(judged, key=lambda one: (one.cost, one.room.code)))
    return sorted(found, key=lambda one: (one.cost, one.slot.weekday, one.slot.starts))


def free_slots(wanted: Wanted) -> list[Slot]:
    """When everybody is free, wherever that be."""
    return [Slot._make(row) for row in rows(TEXT.read_text(), {**wanted.values, "most": MOST_SLOTS})]


def busy_in(wanted: Wanted, slots: list[Slot], rooms: list[Room]) -> set[tuple[int, UUID]]:
    """The places of slots in the list, and the rooms that somebody else has then."""
    hours = [
        (number, *hour) for number, slot in enumerate(slots) for hour in zip(slot.starts_at, slot.ends_at, strict=True)
    ]
    if not hours or not rooms:
        return set()
    numbers, starts, ends = (list(column) for column in zip(*hours, strict=True))
    values = {"slots": numbers, "starts": starts, "ends": ends, "rooms": [room.pk for room in rooms]}
    return set(rows(BUSY_IN_SLOTS, {**wanted.values, **values}))


# --- Why one is better than another ---
def judge(wanted: Wanted, slot: Slot, room: Any) -> Proposal:
    costs, reasons = zip(*weighed(wanted, slot, room), strict=True)
    ends = minutes_of(slot.starts) + wanted.minutes
    told = tuple(reason for reason in reasons if reason)
    return Proposal(slot, slot.starts.replace(hour=ends // 60, minute=ends % 60), room, sum(costs), told)


def weighed(wanted: Wanted, slot: Slot, room: Any) -> Iterator[tuple[float, str]]:
    """What speaks for and against a place, in words."""
    now = wanted.meeting
    if now and now.room_id:
        yield nearness(now.room, room)
    if now and (weekday_of(now), now.starts_at) == (slot.weekday, slot.starts):
        yield 0.0, "keeps the hour"
    elif now:
        yield OTHER_HOUR, ""
    if slot.is_preferred:
        yield PREFERRED, "preferred by who teaches"
    if slot.is_undesired:
        yield UNDESIRED, "not desired by who teaches"
    if slot.gap is None:
        yield NO_OTHER_CLASS, "no other class of the cohort on this day"
    else:
        gap = f"cohort has a gap of {hours_and_minutes(slot.gap)}"
        told = gap if slot.gap else "next to another class of the cohort"
        yield min(slot.gap, LONGEST_GAP) / 60 * GAP_OF_AN_HOUR, told
    unused = room.holds - wanted.seats
    yield unused / room.holds * ALL_EMPTY, f"{unused} seats unused" if unused else "every seat is used"


def nearness(now: Any, room: Any) -> tuple[float, str]:
    """How far a room is from that which the meeting has."""
    if room.pk == now.pk:
        return 0.0, "keeps the room"
    if room.building_id == now.building_id:
        return OTHER_ROOM, "stays in the building"
    if room.building.campus_id == now.building.campus_id:
        return OTHER_ROOM + OTHER_BUILDING, "stays at the campus"
    return OTHER_ROOM + OTHER_BUILDING + OTHER_CAMPUS, f"at another campus: {room.building.campus.name}"


def weekday_of(meeting: Meeting) -> int | None:
    return meeting.on_date.isoweekday() if meeting.on_date else meeting.weekday


def hours_and_minutes(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return " ".join(f"{count} {unit}" for count, unit in ((hours, "h"), (rest, "min")) if count)


def rows(statement: str, values: dict[str, Any]) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()

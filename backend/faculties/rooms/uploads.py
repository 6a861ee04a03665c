"""This file holds what a file of rooms looks like, and what it becomes. A campus or building that is new is made."""

# ruff: noqa: S608  What is pasted into the SQL are names of ours.

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from core.bulk.columns import Choice, Choices, Column, Whole
from core.bulk.contracts import Check, Contract, Derived, Load, declare
from core.texts import folded
from faculties.campuses.models import Building, Campus
from faculties.rooms.models import HOURS_OF_WEEK, Feature, Room

MOST_SEATS = 100_000
OPEN_DEPARTMENT = """
institution_id = %(institution)s AND closed_on IS NULL
  AND (code = staged.department OR lower(name) = lower(staged.department))"""
OWN_ROOM = """
JOIN faculties_campus campus ON campus.institution_id = %(institution)s AND campus.code = staged.campus
JOIN faculties_building building ON building.institution_id = %(institution)s
  AND building.campus_id = campus.id AND building.code = staged.building
JOIN faculties_room own ON own.institution_id = %(institution)s
  AND own.building_id = building.id AND own.code = staged.room"""


def search_of_campus(row: Mapping[str, Any], _: UUID) -> str:
    return folded(f"{row.get('campus_name') or row['campus']} {row['campus']}")


def search_of_room(row: Mapping[str, Any], _: UUID) -> str:
    return folded(f"{row['room']} {row.get('room_name') or ''}")


declare(
    Contract(
        name="rooms",
        title="Rooms",
        means="One row for each room, with its building and campus.",
        needs=("faculties.add_campus", "faculties.add_room", "faculties.change_room"),
        main=Room,
        key=("campus", "building", "room"),
        columns=(
            Column(
                name="campus",
                means="The code of its campus, or the name of one that is known. A new one opens.",
                aliases=("campus_code", "site"),
                required=True,
                longest=20,
                examples=("MAIN",),
            ),
            Column(
                name="campus_name",
                means="The name of a campus that is new.",
                aliases=("site_name",),
                examples=("Main campus",),
            ),
            Column(
                name="building",
                means="The code of its building, or the name of one that is known. A new one is added.",
                aliases=("building_code", "block"),
                required=True,
                longest=20,
                examples=("SCI",),
            ),
            Column(
                name="building_name",
                means="The name of a building that is new.",
                aliases=("block_name",),
                examples=("Science block",),
            ),
            Column(
                name="room",
                means="The code of the room, as it stands on its door.",
                aliases=("room_code", "room_number", "room_no", "venue", "code"),
                required=True,
                longest=20,
                examples=("L101",),
            ),
            Column(
                name="room_name",
                means="The name of the room, if it has one.",
                aliases=("venue_name", "name"),
                sticky=True,
                examples=("Beit Hall",),
            ),
            Choice(
                name="kind",
                means="What kind of room it is.",
                aliases=("room_type", "type", "venue_type"),
                required=True,
                values=Room.Kind.values,
                also={
                    "lecture_theater": ("lecture theatre", "lecture hall", "auditorium"),
                    "laboratory": ("lab", "science lab"),
                    "computer_laboratory": ("computer lab", "ict lab"),
                    "classroom": ("lecture room", "class room"),
                    "seminar_room": ("tutorial room", "seminar"),
                    "meeting_room": ("boardroom", "board room"),
                },
                examples=("laboratory",),
            ),
            Whole(
                name="capacity",
                means="How many it seats.",
                aliases=("seats", "seating_capacity"),
                required=True,
                lowest=1,
                highest=MOST_SEATS,
                examples=("40",),
            ),
            Whole(
                name="exam_capacity",
                means="How many it seats in an examination; blank where none are held.",
                aliases=("exam_seats", "examination_capacity"),
                lowest=1,
                highest=MOST_SEATS,
                examples=("20",),
            ),
            Choices(
                name="features",
                means="What it offers besides.",
                aliases=("facilities", "amenities"),
                values=Feature.values,
                also={"wheelchair_access": ("wheelchair", "accessible"), "internet": ("wifi", "wi-fi")},
                examples=("projector, wheelchair_access",),
            ),
            Whole(
                name="available_hours",
                means="Hours of a week in which it could be used.",
                aliases=("hours_per_week", "weekly_hours"),
                lowest=1,
                highest=HOURS_OF_WEEK,
                examples=("40",),
            ),
            Column(
                name="department",
                means="The code or the name of the department that owns it; blank where it is shared.",
                aliases=("owner", "department_code"),
                examples=("PHY",),
            ),
        ),
        derived=(
            Derived(name="campus_search", work=search_of_campus),
            Derived(name="room_search", work=search_of_room),
        ),
        # A name in place of a code, or a code in other letters, is the code.
        before=(
            """
            UPDATE staged SET campus = own.code FROM faculties_campus own
            WHERE own.institution_id = %(institution)s AND lower(staged.campus) IN (lower(own.code), lower(own.name))
              AND NOT EXISTS (
                SELECT FROM faculties_campus exact
                WHERE exact.institution_id = %(institution)s AND exact.code = staged.campus)""",
            """
            UPDATE staged SET building = own.code FROM faculties_building own JOIN faculties_campus campus
              ON campus.institution_id = own.institution_id AND campus.id = own.campus_id
            WHERE own.institution_id = %(institution)s AND campus.code = staged.campus
              AND lower(staged.building) IN (lower(own.code), lower(own.name))
              AND NOT EXISTS (
                SELECT FROM faculties_building exact WHERE exact.institution_id = %(institution)s
                  AND exact.campus_id = campus.id AND exact.code = staged.building)""",
        ),
        loads=(
            Load(
                model=Campus,
                wanted="""
                SELECT DISTINCT ON (campus)
                  number, campus AS code, coalesce(campus_name, campus) AS title, campus_search
                FROM staged ORDER BY campus, campus_name IS NULL, number""",
                key=("code",),
                given={"name": "wanted.title", "search_text": "wanted.campus_search"},
            ),
            Load(
                model=Building,
                wanted="""
                SELECT DISTINCT ON (campus, building) staged.number, campus.id AS campus_id, building AS code,
                  coalesce(building_name, building) AS title
                FROM staged JOIN wanted_campus campus ON campus.code = staged.campus
                ORDER BY campus, building, building_name IS NULL, staged.number""",
                key=("campus_id", "code"),
                given={"name": "wanted.title"},
            ),
            Load(
                model=Room,
                wanted=f"""
                SELECT staged.number, building.id AS building_id, room AS code, room_name AS name, kind, capacity,
                  exam_capacity, features::varchar(30)[] AS features, available_hours, room_search AS search_text,
                  (SELECT id FROM faculties_department WHERE {OPEN_DEPARTMENT}
                   ORDER BY code = staged.department DESC, id LIMIT 1) AS department_id
                FROM staged
                JOIN wanted_campus campus ON campus.code = staged.campus
                JOIN wanted_building building ON building.campus_id = campus.id AND building.code = staged.building""",
                key=("building_id", "code"),
                stated={
                    "name": "room_name",
                    "search_text": "room_name",
                    "kind": "kind",
                    "capacity": "capacity",
                    "exam_capacity": "exam_capacity",
                    "features": "features",
                    "available_hours": "available_hours",
                    "department_id": "department",
                },
            ),
        ),
        checks=(
            Check(
                column="campus",
                code="campus_closed",
                found="""
                SELECT number, campus FROM staged JOIN faculties_campus own ON own.code = staged.campus
                WHERE own.institution_id = %(institution)s AND own.closed_on IS NOT NULL""",
                words="a campus that is open, or a new one",
            ),
            Check(
                column="room",
                code="retired",
                found=f"SELECT number, room FROM staged {OWN_ROOM} WHERE own.status = 'retired'",
                words="a room that is in use, or a new one: a retired one stays as it was",
            ),
            Check(
                column="capacity",
                code="exam_capacity_too_large",
                found=f"""
                SELECT number, capacity FROM staged WHERE exam_capacity > capacity
                UNION ALL
                SELECT number, staged.capacity FROM staged {OWN_ROOM}
                WHERE staged.exam_capacity IS NULL AND own.exam_capacity > staged.capacity""",
                words="at least as many seats as in an examination",
            ),
            Check(
                column="capacity",
                code="too_many_attendees",
                found=f"""
                SELECT number, staged.capacity FROM staged {OWN_ROOM}
                WHERE EXISTS (
                  SELECT FROM faculties_booking booking
                  WHERE booking.institution_id = %(institution)s AND booking.room_id = own.id
                    AND booking.status = 'confirmed' AND booking.ends_at > now() AND booking.attendees >
                      CASE booking.purpose WHEN 'exam' THEN coalesce(staged.exam_capacity, own.exam_capacity, 0)
                      ELSE staged.capacity END)""",
                words="seats for all who are to come to what is booked there; move or cancel that first",
            ),
            Check(
                column="department",
                code="not_known",
                found=f"""
                SELECT number, department FROM staged WHERE department IS NOT NULL
                  AND NOT EXISTS (SELECT FROM faculties_department WHERE {OPEN_DEPARTMENT})""",
                words="the code or the name of an open department of this institution",
                candidates="""
                SELECT unnest(ARRAY[code, name]) FROM faculties_department
                WHERE institution_id = %(institution)s AND closed_on IS NULL""",
            ),
        ),
    )
)

"""This file holds the tests of the use of rooms: the formula, its period, and whose rooms it is about."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from core.testing.fixtures import client_of, person_at
from faculties.factories import make_booking, make_equipment, make_room
from faculties.models import Institution

pytestmark = pytest.mark.django_db
FIGURE = "analysis.view_figure"
WEEK = {"begin": "2190-03-01", "end": "2190-03-08"}


def at(day: int, hour: int) -> datetime:
    """A moment by the clocks of Harare, two hours ahead of UTC."""
    return datetime(2190, 3, day, hour - 2, tzinfo=UTC)


def asked(institution: Institution, **query: str) -> dict:
    answer = client_of(person_at(institution, FIGURE)).get("/api/v1/analysis/room-use/", {**WEEK, **query})
    assert answer.status_code == 200, answer.json()
    return answer.json()["data"]


def test_use_is_hours_used_by_seats_filled_over_what_was_available(harare: Institution):
    room = make_room(harare, capacity=40, available_hours=40)
    make_booking(harare, room=room, starts_at=at(1, 8), ends_at=at(1, 18), attendees=20)
    make_booking(harare, room=room, starts_at=at(2, 8), ends_at=at(2, 18), attendees=40)
    assert asked(harare)["total"] == {
        "rooms": 1,
        "available_hours": "40.0",
        "used_hours": "20.0",
        "unstated_hours": "0.0",
        "frequency": "0.5000",
        "occupancy": "0.7500",
        "use": "0.3750",  # (10 x 20 + 10 x 40) / (40 x 40)
    }
    # Twice the time, half the use.
    total = asked(harare, end="2190-03-15")["total"]
    assert (total["available_hours"], total["use"]) == ("80.0", "0.1875")


def test_rooms_weigh_by_their_hours_and_seats(harare: Institution):
    small = make_room(harare, code="A", capacity=10, available_hours=10)
    make_room(harare, code="B", capacity=90, available_hours=10)
    make_booking(harare, room=small, starts_at=at(1, 8), ends_at=at(1, 18), attendees=10)
    table = asked(harare, by="room")
    assert [(row["room"]["code"], row["use"]) for row in table["rows"]] == [("A", "1.0000"), ("B", "0.0000")]
    assert (table["total"]["frequency"], table["total"]["use"]) == ("0.5000", "0.1000")


def test_a_room_that_several_share_is_used_once(harare: Institution):
    room = make_room(harare, capacity=40, available_hours=40)
    make_booking(harare, room=room, starts_at=at(1, 8), ends_at=at(1, 12), attendees=30)
    for starts, ends, attendees in ((10, 14, 20), (12, 13, None)):
        by_source = {"status": "shared", "source": "meeting", "source_id": uuid4(), "attendees": attendees}
        make_booking(harare, room=room, starts_at=at(1, starts), ends_at=at(1, ends), **by_source)
    make_booking(harare, room=room, starts_at=at(1, 14), ends_at=at(1, 15))
    total = asked(harare)["total"]
    assert (total["used_hours"], total["unstated_hours"]) == ("7.0", "1.0")
    # 30 for two hours, 40 of 50 for two, 20 for two, and nobody told for one.
    assert total["occupancy"] == "0.6429"


def test_what_is_not_use_does_not_count(harare: Institution):
    room = make_room(harare)
    make_booking(harare, room=room, starts_at=at(1, 8), ends_at=at(1, 9), status="canceled")
    make_booking(harare, room=room, starts_at=at(1, 8), ends_at=at(1, 9), purpose="maintenance")
    make_booking(harare, equipment=make_equipment(harare), starts_at=at(1, 8), ends_at=at(1, 9))
    make_booking(harare, room=make_room(harare, status="retired"), starts_at=at(1, 8), ends_at=at(1, 9))
    total = asked(harare)["total"]
    assert (total["rooms"], total["used_hours"]) == (1, "0.0")
    assert (total["frequency"], total["occupancy"]) == ("0.0000", None)


def test_of_a_booking_the_part_inside_the_period_counts_by_the_clocks_of_the_institution(harare: Institution):
    room = make_room(harare)
    make_booking(harare, room=room, starts_at=datetime(2190, 2, 28, 20, tzinfo=UTC), ends_at=at(1, 3), attendees=1)
    make_booking(harare, room=room, starts_at=at(7, 22), ends_at=at(8, 4), attendees=1)
    make_booking(harare, room=room, starts_at=at(8, 4), ends_at=at(8, 5), attendees=1)
    assert asked(harare)["total"]["used_hours"] == "5.0"  # 0 to 3, and 22 to 24


def test_unstated_attendance_fills_no_seat_and_is_told(harare: Institution):
    make_booking(harare, starts_at=at(1, 8), ends_at=at(1, 10))
    total = asked(harare)["total"]
    assert (total["used_hours"], total["unstated_hours"], total["use"]) == ("2.0", "2.0", "0.0000")


def test_it_is_divided_by_place_and_kind(harare: Institution, mutare: Institution):
    hall, lab = make_room(harare, kind="hall"), make_room(harare, kind="laboratory")
    make_booking(harare, room=hall, starts_at=at(1, 8), ends_at=at(1, 10), attendees=1)
    make_booking(mutare, starts_at=at(1, 8), ends_at=at(1, 10), attendees=1)
    assert [(row["kind"], row["used_hours"]) for row in asked(harare, by="kind")["rows"]] == [
        ("hall", "2.0"),
        ("laboratory", "0.0"),
    ]
    for by, places in {
        "institution": [harare],
        "campus": [hall.building.campus, lab.building.campus],
        "building": [hall.building, lab.building],
    }.items():
        shown = [row[by]["id"] for row in asked(harare, by=by)["rows"]]
        assert sorted(shown) == sorted(str(place.pk) for place in places)


def test_a_wrong_question_is_answered_with_all_that_is_wrong(harare: Institution):
    client = client_of(person_at(harare, FIGURE))
    for query, expected in (
        ({"by": "floor"}, {"begin", "end", "by"}),
        ({"begin": "2190-03-08", "end": "2190-03-08"}, {"end"}),
        ({**WEEK, "room": "1"}, {"room"}),
    ):
        answer = client.get("/api/v1/analysis/room-use/", query)
        assert answer.status_code == 400
        assert {problem["field"] for problem in answer.json()["errors"]} == expected
    assert client_of(person_at(harare)).get("/api/v1/analysis/room-use/", WEEK).status_code == 403

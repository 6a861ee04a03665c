"""This file holds the tests of files of rooms: three levels in one sheet."""

from datetime import UTC, datetime

import pytest

from core.bulk.models import Upload
from core.bulk.rules import undo
from core.tenancy.scope import reaching
from core.tests.uploads_lab import checked, committed, errors_of, uploader, workbook
from faculties.factories import make_booking, make_building, make_campus, make_department, make_room
from faculties.models import Building, Campus, Institution, Room

pytestmark = pytest.mark.django_db
HEADER = ("Site", "Block", "Room no", "Room type", "Seats", "Exam seats", "Facilities", "Name", "Owner")
ROWS = (
    ("MAIN", "SCI", "L1", "Lab", 20, None, "projector, lab benches", "Wet lab", None),
    ("MAIN", "SCI", "L2", "lecture hall", "120", 60, None, None, None),
    ("MAIN", "ART", "L1", "studio", 15, None, None, None, None),
    ("TOWN", "SCI", "L1", "office", 2, None, "wifi", None, None),
)


@pytest.fixture
def person(harare: Institution):
    with reaching(harare.pk):
        yield uploader(harare, "rooms")


def loaded(person, *rows) -> Upload:
    return committed(person, checked(person, "rooms", workbook(HEADER, *rows)))


def test_campuses_and_buildings_that_are_missing_are_made(person):
    upload = checked(person, "rooms", workbook(HEADER, *ROWS))
    assert (upload.plan["create"], upload.error_rows_count) == (4, 0)
    assert not Campus.objects.exists()
    assert committed(person, upload).state == Upload.State.COMMITTED
    assert set(Campus.objects.values_list("code", "name", "search_text")) == {
        ("MAIN", "MAIN", "main main"),
        ("TOWN", "TOWN", "town town"),
    }
    buildings = Building.objects.order_by("campus__code", "code").values_list("campus__code", "code")
    assert list(buildings) == [("MAIN", "ART"), ("MAIN", "SCI"), ("TOWN", "SCI")]
    lab = Room.objects.get(name="Wet lab")
    assert (lab.kind, lab.capacity, lab.features) == ("laboratory", 20, ["lab_benches", "projector"])
    assert (lab.search_text, lab.status, lab.available_hours) == ("l1 wet lab", "available", 40)
    theater = Room.objects.get(code="L2")
    assert (theater.capacity, theater.exam_capacity, theater.features) == (120, 60, [])
    assert (theater.search_text, theater.save_checked().search_text) == ("l2", "l2")


def test_the_same_file_twice_changes_nothing_and_undoing_takes_all_away(person):
    upload = loaded(person, *ROWS)
    again = checked(person, "rooms", workbook(HEADER, *ROWS))
    assert (again.plan["create"], again.plan["change"], again.plan["unchanged"]) == (0, 0, 4)
    undo(person.actor, upload)
    assert [model.objects.count() for model in (Campus, Building, Room)] == [0, 0, 0]


def test_what_is_known_is_found_by_name_or_in_other_letters(person, harare: Institution):
    campus = make_campus(harare, code="MAIN", name="Main campus")
    building = make_building(harare, campus=campus, code="SCI", name="Science block")
    room = make_room(harare, building=building, code="L1", name="Old name", features=["projector"])
    upload = loaded(person, ("main campus", "science block", "L1", "lab", 25, None, None, None, None))
    assert upload.plan["change"] == 1
    room.refresh_from_db()
    # What the file leaves blank is as it was.
    assert (room.capacity, room.kind, room.name, room.features) == (25, "laboratory", "Old name", ["projector"])
    assert room.search_text == "l1 old name"
    assert (Campus.objects.count(), Building.objects.count()) == (1, 1)


def test_a_department_owns_a_room(person, harare: Institution):
    physics = make_department(harare, code="PHY", name="Physics")
    loaded(person, ("MAIN", "SCI", "L1", "lab", 20, None, None, None, "physics"))
    assert Room.objects.get().department == physics


def test_what_a_rule_would_refuse_is_told_by_cell(person, harare: Institution):
    make_department(harare, code="PHY", name="Physics")
    closed = make_campus(harare, code="OLD", closed_on="2020-01-01")
    building = make_building(harare, campus=make_campus(harare, code="MAIN"), code="SCI")
    make_room(harare, building=building, code="R1", status="retired")
    make_room(harare, building=building, code="R2", capacity=40, exam_capacity=30)
    for row, error in (
        ((closed.code, "A", "1", "hall", 9, None, None, None, None), ("campus", "campus_closed", None)),
        (("MAIN", "SCI", "R1", "hall", 9, None, None, None, None), ("room", "retired", None)),
        (("MAIN", "SCI", "R2", "hall", 29, None, None, None, None), ("capacity", "exam_capacity_too_large", None)),
        (("MAIN", "NEW", "R3", "hall", 9, 10, None, None, None), ("capacity", "exam_capacity_too_large", None)),
        (("MAIN", "NEW", "R3", "hall", 9, None, None, None, "Physic"), ("department", "not_known", "Physics")),
        (("MAIN", "NEW", "R3", "hall", 9, None, "projectors", None, None), ("features", "not_a_choice", "projector")),
        (("MAIN", "NEW", "R3", "hall", 0, None, None, None, None), ("capacity", "not_allowed_here", None)),
    ):
        upload = checked(person, "rooms", workbook(HEADER, row))
        assert [(one["column"], one["code"], one["nearest"]) for one in errors_of(person, upload)] == [error]
    assert Room.objects.count() == 2


def test_a_file_leaves_seats_for_all_who_are_to_come(person, harare: Institution):
    building = make_building(harare, campus=make_campus(harare, code="MAIN"), code="SCI")
    room = make_room(harare, building=building, code="L1", capacity=40, exam_capacity=20)
    make_booking(harare, room=room, attendees=30)
    make_booking(
        harare, room=room, attendees=20, purpose="exam",
        starts_at=datetime(2191, 1, 1, tzinfo=UTC), ends_at=datetime(2191, 1, 2, tzinfo=UTC),
    )  # fmt: skip
    for seats, in_exams, wrong in ((29, None, 1), (30, 19, 1), (30, None, 0)):
        row = ("MAIN", "SCI", "L1", "lab", seats, in_exams, None, None, None)
        upload = checked(person, "rooms", workbook(HEADER, row))
        codes = [error["code"] for error in errors_of(person, upload)]
        assert codes == ["too_many_attendees"] * wrong

"""This file holds what is promised of campuses, buildings, rooms and equipment."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from core.errors import Conflict, Invalid, RuleBroken
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from faculties.campuses.rules import add_building, change_campus, close_campus, open_campus, remove_building
from faculties.equipment.rules import add_equipment, change_equipment, retire_equipment, return_equipment
from faculties.factories import (
    make_booking,
    make_building,
    make_campus,
    make_department,
    make_equipment,
    make_room,
)
from faculties.models import Building, Campus, Equipment, Institution, Room
from faculties.permissions import PERMISSIONS
from faculties.rooms.rules import add_room, change_room, retire_room, return_room, take_room_out

pytestmark = pytest.mark.django_db
DAY = date(2026, 6, 30)


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS).actor


def refused(error: type[RuleBroken], rule: Any, *args: Any, **fields: Any) -> str:
    """The code with which a rule refuses."""
    with pytest.raises(error) as refusal:
        rule(*args, **fields)
    return refusal.value.code


# --- Campuses and buildings ---
def test_a_campus_lies_on_earth_or_nowhere_known(registrar):
    for place in (
        {"latitude": "91", "longitude": "31"},
        {"latitude": "-17", "longitude": "-181"},
        {"latitude": "-17"},
        {"longitude": "31"},
    ):
        assert refused(Invalid, open_campus, registrar, code="M", name="Main", **place) == "not_on_earth"
    assert not Campus.objects.exists()
    open_campus(registrar, code="M", name="Main", latitude="-17.784400", longitude="31.053300")


def test_codes_of_campuses_are_given_once_and_of_buildings_once_in_each_campus(registrar, harare: Institution):
    here, there = make_campus(harare, code="M"), make_campus(harare)
    assert refused(Invalid, open_campus, registrar, code="M", name="Other") == "code_taken"
    add_building(registrar, campus=here, code="A", name="A")
    add_building(registrar, campus=there, code="A", name="A")
    assert refused(Invalid, add_building, registrar, campus=here, code="A", name="Again") == "code_taken"
    assert Building.objects.count() == 2


def test_a_building_has_floors(registrar, harare: Institution):
    campus = make_campus(harare)
    for floors in (0, 201):
        building = {"campus": campus, "code": "A", "name": "A", "floors": floors}
        assert refused(Invalid, add_building, registrar, **building) == "floors_out_of_range"
    assert not Building.objects.exists()


def test_a_campus_closes_when_its_rooms_are_retired_and_then_stays(registrar, harare: Institution):
    room = make_room(harare)
    campus = room.building.campus
    with pytest.raises(RuleBroken, match="1 are in use") as refusal:
        close_campus(registrar, campus, closed_on=DAY)
    assert refusal.value.code == "rooms_in_use"
    retire_room(registrar, room)
    assert refused(Invalid, close_campus, registrar, campus, closed_on=date(1900, 1, 1)) == "closes_before_opening"
    assert close_campus(registrar, campus, closed_on=DAY).closed_on == DAY
    campus.refresh_from_db()
    for rule, args, fields in (
        (change_campus, (campus,), {"name": "Anew"}),
        (close_campus, (campus,), {"closed_on": DAY}),
        (add_building, (), {"campus": campus, "code": "N", "name": "New"}),
        (add_room, (), {"building": room.building, "code": "9", "kind": "office", "capacity": 1}),
    ):
        assert refused(RuleBroken, rule, registrar, *args, **fields) == "campus_closed"
    assert (Campus.objects.get().name, Building.objects.count(), Room.objects.count()) == (campus.name, 1, 1)


def test_a_building_with_rooms_is_not_removed(registrar, harare: Institution):
    room, empty = make_room(harare), make_building(harare)
    assert refused(Conflict, remove_building, registrar, room.building) == "still_in_use"
    remove_building(registrar, empty)
    assert list(Building.objects.all()) == [room.building]


# --- Rooms ---
def test_a_room_has_seats_and_not_more_in_an_examination(registrar, harare: Institution):
    building = make_building(harare)
    room = {"building": building, "code": "1", "kind": "hall"}
    assert refused(Invalid, add_room, registrar, **room, capacity=0) == "no_seat"
    too_many = {**room, "capacity": 10, "exam_capacity": 11}
    assert refused(Invalid, add_room, registrar, **too_many) == "exam_capacity_too_large"
    assert not Room.objects.exists()
    fits = add_room(registrar, **room, capacity=10, exam_capacity=10)
    assert refused(Invalid, change_room, registrar, fits, capacity=9) == "exam_capacity_too_large"


def test_a_week_has_168_hours(registrar, harare: Institution):
    room = make_room(harare, available_hours=168)
    for hours in (0, 169):
        assert refused(Invalid, change_room, registrar, room, available_hours=hours) == "hours_out_of_range"
    assert Room.objects.get().available_hours == 168


def test_features_are_known_ones_each_once(registrar, harare: Institution):
    room = make_room(harare)
    changed = change_room(registrar, room, features=["projector", "computers", "projector"])
    assert changed.features == ["computers", "projector"]
    with pytest.raises(Invalid):
        change_room(registrar, room, features=["swimming_pool"])
    with pytest.raises(IntegrityError, match="room_features_known"), transaction.atomic():
        Room.objects.filter(pk=room.pk).update(features=["swimming_pool"])
    assert Room.objects.get().features == ["computers", "projector"]


def test_an_unknown_feature_is_told_by_http(harare: Institution):
    building = make_building(harare)
    client = client_of(person_at(harare, "faculties.view_room", "faculties.add_room", "faculties.view_campus"))
    body = {"building": str(building.pk), "code": "1", "kind": "hall", "capacity": 1, "features": ["pool"]}
    answer = client.post("/api/v1/rooms/", body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "invalid_choice"


def test_a_code_is_given_once_in_a_building(registrar, harare: Institution):
    room = make_room(harare, code="101")
    again = {"code": "101", "kind": "hall", "capacity": 1}
    assert refused(Invalid, add_room, registrar, building=room.building, **again) == "code_taken"
    assert add_room(registrar, building=make_building(harare), **again).code == "101"


def test_rooms_are_found_by_what_they_offer(harare: Institution):
    lab = make_room(harare, code="LAB", kind="laboratory", capacity=20, features=["lab_benches", "projector"])
    make_room(harare, code="HALL", kind="hall", capacity=300, features=["projector"], status="out_of_service")
    client = client_of(person_at(harare, "faculties.view_room"))
    for query, expected in {
        "features__contains=projector": ["LAB", "HALL"],
        "features__contains=projector,lab_benches": ["LAB"],
        "features__contains=computers": [],
        "capacity__gte=21": ["HALL"],
        "kind=laboratory": ["LAB"],
        "status=available": ["LAB"],
        f"building={lab.building_id}": ["LAB"],
        f"building__campus={lab.building.campus_id}": ["LAB"],
        "search=hal": ["HALL"],
        "ordering=-capacity": ["HALL", "LAB"],
    }.items():
        answer = client.get(f"/api/v1/rooms/?{query}")
        assert [row["code"] for row in answer.json()["data"]] == expected, query
    assert client.get("/api/v1/rooms/?features__contains=pool").status_code == 400


def test_a_room_goes_out_of_service_and_returns_and_a_retired_one_stays(registrar, harare: Institution):
    room = make_room(harare)
    assert refused(RuleBroken, return_room, registrar, room) == "wrong_state"
    assert take_room_out(registrar, room).status == "out_of_service"
    assert refused(RuleBroken, take_room_out, registrar, room) == "wrong_state"
    assert return_room(registrar, room).status == "available"
    assert retire_room(registrar, room).status == "retired"
    for rule in (return_room, take_room_out, retire_room):
        assert refused(RuleBroken, rule, registrar, room) == "wrong_state"
    assert refused(RuleBroken, change_room, registrar, room, name="Anew") == "retired"
    assert Room.objects.get().status == "retired"


def test_what_is_booked_from_now_on_is_not_retired(registrar, harare: Institution):
    booking, thing = make_booking(harare), make_equipment(harare)
    make_booking(harare, equipment=thing)
    assert refused(RuleBroken, retire_room, registrar, booking.room) == "still_booked"
    assert refused(RuleBroken, retire_equipment, registrar, thing) == "still_booked"
    assert {Room.objects.get().status, Equipment.objects.get().status} == {"available"}


def test_every_unit_sees_all_rooms_and_changes_its_own(harare: Institution, mutare: Institution):
    physics = make_department(harare)
    shared, own = make_room(harare, code="A"), make_room(harare, code="B", department=physics)
    make_room(harare, code="C", department=make_department(harare))
    make_room(mutare, code="D")
    client = client_of(person_at(physics, "faculties.view_room", "faculties.change_room"))
    listed = client.get("/api/v1/rooms/?ordering=code").json()["data"]
    assert [row["code"] for row in listed] == ["A", "B", "C"]
    assert client.get(f"/api/v1/rooms/{shared.pk}/").status_code == 200
    assert client.patch(f"/api/v1/rooms/{shared.pk}/", {"name": "Mine"}).status_code == 403
    assert client.patch(f"/api/v1/rooms/{own.pk}/", {"name": "Mine"}).status_code == 200
    with reaching(harare.pk):
        assert list(Room.objects.exclude(name="")) == [own]


# --- Equipment ---
def test_an_asset_number_is_given_once_in_an_institution(registrar, harare: Institution, mutare: Institution):
    make_equipment(mutare, asset_number="7")
    add_equipment(registrar, asset_number="7", name="Lathe", kind="workshop")
    assert refused(Invalid, add_equipment, registrar, asset_number="7", name="Lathe", kind="workshop") == (
        "asset_number_taken"
    )
    assert Equipment.objects.count() == 1


def test_retired_equipment_stays_as_it_was(registrar, harare: Institution):
    thing = make_equipment(harare)
    retire_equipment(registrar, thing)
    assert refused(RuleBroken, change_equipment, registrar, thing, name="Anew") == "retired"
    assert refused(RuleBroken, return_equipment, registrar, thing) == "wrong_state"
    assert Equipment.objects.get().status == "retired"

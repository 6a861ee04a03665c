"""This file holds what is promised of bookings: nothing is booked twice, and whoever is refused is told why."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from core.errors import Conflict, NotAllowed, RuleBroken
from core.ids import uuid7
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from faculties.bookings import rules
from faculties.bookings.rules import book, cancel_booking, change_booking, move_booking
from faculties.factories import make_booking, make_department, make_equipment, make_institution, make_room
from faculties.models import Booking, Institution
from faculties.permissions import PERMISSIONS
from faculties.rooms.rules import change_room

pytestmark = pytest.mark.django_db


def at(hour: int, minute: int = 0, day: int = 1) -> datetime:
    """A moment by UTC, two hours behind the clocks of Harare."""
    return datetime(2190, 3, day, hour, minute, tzinfo=UTC)


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS).actor


@pytest.fixture
def room(harare: Institution):
    return make_room(harare, name="Beit Hall", capacity=40, exam_capacity=20)


def wanted(**fields: Any) -> dict[str, Any]:
    return {"title": "Physics", "purpose": "class", "starts_at": at(8), "ends_at": at(10), **fields}


def refused(rule: Any, *args: Any, **fields: Any) -> RuleBroken:
    """The refusal of a rule, after which there are as many bookings as before, each as it was."""
    before = list(Booking.objects.order_by("pk").values())
    with pytest.raises(RuleBroken) as refusal:
        rule(*args, **fields)
    assert list(Booking.objects.order_by("pk").values()) == before
    return refusal.value


# --- Clashes ---
@pytest.mark.parametrize(
    ("starts_at", "ends_at", "is_clash"),
    [
        (at(6), at(8), False),  # touching is no clash
        (at(10), at(11), False),
        (at(8), at(10), True),
        (at(8), at(9), True),  # same start, the existing one longer
        (at(9), at(9, 30), True),
        (at(7), at(11), True),
        (at(7), at(8, 1), True),
        (at(9, 59), at(12), True),
    ],
)
@pytest.mark.parametrize("kind", ["room", "equipment"])
def test_two_half_open_times_clash_when_they_share_a_moment(registrar, harare, kind, starts_at, ends_at, is_clash):
    thing = {kind: make_room(harare) if kind == "room" else make_equipment(harare)}
    make_booking(harare, **thing, starts_at=at(8), ends_at=at(10))
    asked = wanted(**thing, starts_at=starts_at, ends_at=ends_at)
    if is_clash:
        assert refused(book, registrar, **asked).code == "already_booked"
    else:
        assert book(registrar, **asked).status == "confirmed"
    # The database says the same of whatever else writes there.
    Booking.objects.filter(title="Physics").delete()
    row = Booking(institution=harare, **asked)
    if is_clash:
        with pytest.raises(IntegrityError, match=f"booking_of_{kind}_once"), transaction.atomic():
            row.save()
    else:
        row.save()


def test_a_clash_names_both_sides_and_the_hour_by_the_clocks_of_the_institution(registrar, harare, room):
    make_booking(harare, room=room, title="Algebra", department=make_department(harare, name="Mathematics"))
    refusal = refused(book, registrar, room=room, **wanted(starts_at=at(9), ends_at=at(11)))
    assert (refusal.status, refusal.code) == (409, "already_booked")
    assert refusal.message == (
        "Beit Hall is booked for Algebra (Mathematics) on 1 March 2190 from 10:00 to 12:00;"
        " Physics would need it on 1 March 2190 from 11:00 to 13:00."
    )


def test_a_booking_over_midnight_names_both_days(registrar, harare, room):
    make_booking(harare, room=room, title="Vigil", starts_at=at(18), ends_at=at(4, day=2))
    refusal = refused(book, registrar, room=room, **wanted(starts_at=at(2, day=2), ends_at=at(5, day=2)))
    assert "booked for Vigil from 1 March 2190 20:00 to 2 March 2190 06:00;" in refusal.message


def test_whoever_loses_a_race_gets_the_same_code(registrar, harare, room, monkeypatch: pytest.MonkeyPatch):
    make_booking(harare, room=room)
    # The looks of a moment ago saw nothing: the other one was not committed.
    monkeypatch.setattr(rules, "refuse_clash", lambda booking: None)
    monkeypatch.setattr(Booking, "full_clean", lambda booking: None)
    refusal = refused(book, registrar, room=room, **wanted())
    assert isinstance(refusal, Conflict)
    assert refusal.code == "already_booked"


@pytest.mark.django_db(transaction=True)
def test_of_many_who_book_at_once_one_gets_the_room_and_the_others_are_told_who():
    harare = make_institution()
    room, actor = make_room(harare), person_at(harare, *PERMISSIONS).actor

    def attempt(number: int) -> str:
        try:
            with reaching(harare.pk):
                book(actor, room=room, **wanted(title=f"Class {number}"))
            return "booked"
        except Conflict as refusal:
            return refusal.message.partition(" on ")[0].rstrip("0123456789 ")
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        outcomes = sorted(pool.map(attempt, range(6)))
    assert outcomes == [f"{room} is booked for Class"] * 5 + ["booked"]
    with reaching(harare.pk):
        assert Booking.objects.count() == 1


def test_many_bookings_at_once_by_sql_are_refused_like_one(harare, room):
    with reaching(harare.pk):
        make_booking(harare, room=room, starts_at=at(8), ends_at=at(9))
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO faculties_booking"
                " (id, institution_id, room_id, starts_at, ends_at, purpose, title, created_at, updated_at)"
                " SELECT gen_random_uuid(), institution_id, room_id, starts_at + n * interval '1 hour',"
                " ends_at + n * interval '1 hour', purpose, title, now(), now()"
                " FROM faculties_booking, generate_series(0, 9) n"
            )
        assert Booking.objects.count() == 1


def test_a_canceled_booking_frees_its_time(registrar, harare, room):
    cancel_booking(registrar, make_booking(harare, room=room))
    assert book(registrar, room=room, **wanted()).status == "confirmed"


def test_other_rooms_equipment_and_institutions_do_not_clash(registrar, harare, mutare, room):
    for other in (make_booking(harare), make_booking(harare, equipment=make_equipment(harare)), make_booking(mutare)):
        assert other.starts_at == at(8)
    book(registrar, room=room, **wanted())


# --- What is booked ---
def test_a_booking_is_of_one_room_or_one_piece_of_equipment(registrar, harare, room):
    thing = make_equipment(harare)
    for things in ({}, {"room": room, "equipment": thing}):
        assert refused(book, registrar, **things, **wanted()).code == "room_or_equipment"
        with pytest.raises(IntegrityError, match="booking_of_one_thing"), transaction.atomic():
            Booking(institution=harare, **things, **wanted()).save()


def test_a_booking_ends_after_it_starts(registrar, harare, room):
    for ends_at in (at(8), at(7)):
        assert refused(book, registrar, room=room, **wanted(ends_at=ends_at)).code == "ends_before_it_starts"
    with pytest.raises(IntegrityError, match="booking_ends_after_it_starts"), transaction.atomic():
        Booking(institution=harare, room=room, **wanted(ends_at=at(8))).save()


@pytest.mark.parametrize("status", ["out_of_service", "retired"])
def test_what_is_not_available_is_not_booked(registrar, harare, status):
    for thing in ({"room": make_room(harare, status=status)}, {"equipment": make_equipment(harare, status=status)}):
        refusal = refused(book, registrar, **thing, **wanted())
        assert (refusal.code, refusal.problems[0].field) == ("not_available", next(iter(thing)))
    booking = make_booking(harare)
    elsewhere = make_room(harare, status=status)
    move = {"starts_at": at(8), "ends_at": at(10), "room": elsewhere}
    assert refused(move_booking, registrar, booking, **move).code == "not_available"


def test_no_more_people_than_seats(registrar, harare, room):
    refusal = refused(book, registrar, room=room, **wanted(attendees=41))
    assert (refusal.code, refusal.message) == ("too_many_attendees", "Beit Hall holds 40, not 41.")
    refusal = refused(book, registrar, room=room, **wanted(attendees=21, purpose="exam"))
    assert refusal.message == "Beit Hall holds 20 in an examination, not 21."
    refusal = refused(book, registrar, room=make_room(harare, name="Attic"), **wanted(attendees=1, purpose="exam"))
    assert refusal.message == "Attic holds nobody in an examination, not 1."
    booking = book(registrar, room=room, **wanted(attendees=40))
    assert refused(change_booking, registrar, booking, attendees=41).code == "too_many_attendees"
    move = {"starts_at": at(8), "ends_at": at(10), "room": make_room(harare, capacity=39)}
    assert refused(move_booking, registrar, booking, **move).code == "too_many_attendees"


def test_a_room_keeps_seats_for_all_who_are_to_come(registrar, harare, room):
    make_booking(harare, room=room, attendees=30)
    exam = make_booking(harare, room=room, attendees=15, purpose="exam", starts_at=at(12), ends_at=at(13))
    refusal = refused(change_room, registrar, room, capacity=29)
    assert (refusal.code, refusal.problems[0].field) == ("too_many_attendees", "capacity")
    refusal = refused(change_room, registrar, room, exam_capacity=14)
    assert refusal.message == f"Beit Hall is booked for {exam.title}, to which 15 come: move or cancel that first."
    assert refused(change_room, registrar, room, exam_capacity=None).problems[0].field == "exam_capacity"
    room.refresh_from_db()
    assert (room.capacity, room.exam_capacity) == (40, 20)
    assert change_room(registrar, room, capacity=30, exam_capacity=15, kind="hall").capacity == 30
    cancel_booking(registrar, exam)
    assert change_room(registrar, room, exam_capacity=None).exam_capacity is None


# --- Moving and canceling ---
def test_a_booking_moves_within_its_own_time_and_to_another_room(registrar, harare, room):
    booking = make_booking(harare, room=room)
    assert move_booking(registrar, booking, starts_at=at(9), ends_at=at(11)).starts_at == at(9)
    elsewhere = make_room(harare)
    assert move_booking(registrar, booking, starts_at=at(9), ends_at=at(11), room=elsewhere).room == elsewhere
    make_booking(harare, room=room, starts_at=at(12), ends_at=at(14))
    assert refused(move_booking, registrar, booking, starts_at=at(13), ends_at=at(15), room=room).code == (
        "already_booked"
    )


def test_a_booking_of_equipment_does_not_move_into_a_room(registrar, harare, room):
    booking = make_booking(harare, equipment=make_equipment(harare))
    refusal = refused(move_booking, registrar, booking, starts_at=at(8), ends_at=at(9), room=room)
    assert refusal.code == "room_or_equipment"


def test_what_is_canceled_over_or_made_elsewhere_stays(registrar, harare):
    now = timezone.now()
    over = make_booking(harare, starts_at=now - timedelta(hours=2), ends_at=now - timedelta(hours=1))
    canceled = make_booking(harare, status="canceled")
    made = make_booking(harare, source="timetable", source_id=uuid7())
    for booking, code in ((over, "booking_over"), (canceled, "booking_canceled"), (made, "made_elsewhere")):
        move = {"starts_at": at(8, day=3), "ends_at": at(9, day=3)}
        assert refused(move_booking, registrar, booking, **move).code == code
        assert refused(cancel_booking, registrar, booking).code == code
        assert refused(change_booking, registrar, booking, title="Anew").code == code


def test_a_source_has_its_id(harare, room):
    with reaching(harare.pk):
        for half in ({"source": "timetable"}, {"source_id": uuid7()}):
            with pytest.raises(IntegrityError, match="booking_source_complete"), transaction.atomic():
                Booking(institution=harare, room=room, **wanted(), **half).save()


# --- Who ---
def test_a_department_books_what_is_shared_or_its_own(harare):
    physics, arts = make_department(harare), make_department(harare)
    head = person_at(physics, *PERMISSIONS).actor
    with reaching(harare.pk):
        for room in (make_room(harare), make_room(harare, department=physics)):
            assert book(head, room=room, department=physics, **wanted()).department == physics
        refusal = refused(book, head, room=make_room(harare, department=arts), department=physics, **wanted())
        assert isinstance(refusal, NotAllowed)
        # For somebody else, it is somebody else who books.
        assert isinstance(refused(book, head, room=make_room(harare), department=arts, **wanted()), NotAllowed)
        refusal = refused(book, head, room=make_room(harare), **wanted())
        assert (refusal.code, refusal.problems[0].field) == ("department_needed", "department")


def test_a_head_sees_all_bookings_and_cancels_those_of_the_own_department(harare):
    physics = make_department(harare)
    own, other = make_booking(harare, department=physics), make_booking(harare)
    client = client_of(person_at(physics, "faculties.view_booking", "faculties.change_booking"))
    assert len(client.get("/api/v1/bookings/?starts_at__lt=2190-03-01T09:00:00Z").json()["data"]) == 2
    assert client.post(f"/api/v1/bookings/{own.pk}/cancel/").status_code == 200
    assert client.post(f"/api/v1/bookings/{other.pk}/cancel/").status_code == 403
    with reaching(harare.pk):
        assert list(Booking.objects.confirmed()) == [other]


def test_a_booking_is_made_and_moved_over_http(harare, room):
    client = client_of(person_at(harare, *PERMISSIONS))
    body = {"room": str(room.pk), "title": "Open day", "purpose": "event"}
    hours = {"starts_at": "2190-03-01T10:00:00+02:00", "ends_at": "2190-03-01T12:00:00+02:00"}
    made = client.post("/api/v1/bookings/", {**body, **hours})
    assert made.status_code == 201, made.content
    clash = client.post("/api/v1/bookings/", {**body, **hours})
    assert (clash.status_code, clash.json()["errors"][0]["code"]) == (409, "already_booked")
    later = {"starts_at": "2190-03-01T12:00:00+02:00", "ends_at": "2190-03-01T13:00:00+02:00"}
    moved = client.post(f"/api/v1/bookings/{made.json()['data']['id']}/move/", later)
    assert (moved.status_code, moved.json()["data"]["starts_at"]) == (200, "2190-03-01T10:00:00Z")

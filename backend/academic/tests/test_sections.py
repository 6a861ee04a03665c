"""This file holds what is promised of sections: their days and seats, and the rooms that are booked for them."""

from datetime import date, time
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from academic.factories import make_course, make_registration, make_term, make_window
from academic.meetings.rules import add_meeting, change_meeting, schedule_meeting, waive_limit
from academic.models import Section
from academic.occurrences.tasks import count_all_attendees
from academic.permissions import PERMISSIONS
from academic.sections.rules import change_section, offer_section
from academic.tests.timetable_lab import MONDAYS, days_of, everything, refused, section_of, weekly
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from faculties.factories import make_booking, make_room
from faculties.models import Booking, Institution
from faculties.permissions import PERMISSIONS as PLACES

pytestmark = pytest.mark.django_db
HOURS = {"starts_at": time(8), "ends_at": time(10)}


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS, *PLACES).actor


@pytest.fixture
def term(harare: Institution):
    """Three weeks, from a Monday to a Friday."""
    return make_term(harare, starts_on=MONDAYS[0], ends_on=date(2026, 2, 27))


def stored(section: Section) -> dict[str, Any]:
    return Section.objects.filter(pk=section.pk).values().get()


# --- Wrong input ---
def test_a_section_ends_after_it_starts_and_keeps_the_seats_that_are_taken(registrar, term):
    section = section_of(term, "PHY", capacity=3)
    make_registration(term.institution, section=section)
    make_registration(term.institution, section=section)
    before = stored(section)
    for wrong, code in (({"capacity": 1}, "too_few_seats"), ({"ends_on": MONDAYS[0]}, "ends_before_it_starts")):
        refusal = refused(change_section, registrar, section, **wrong)
        assert [(one.code, one.field) for one in refusal.problems] == [(code, *wrong)]
    assert stored(section) == before
    assert change_section(registrar, section, capacity=2).capacity == 2


def test_a_section_opens_with_a_meeting_or_says_that_it_has_none(registrar, term):
    course = make_course(term.institution)
    refusal = refused(offer_section, registrar, course=course, term=term, status="open")
    assert (refusal.code, refusal.problems[0].field) == ("no_meetings", "status")
    assert not Section.objects.filter(course=course).exists()
    section = offer_section(registrar, course=course, term=term)
    meeting = add_meeting(registrar, section=section, is_planned=True, **weekly())
    assert refused(change_section, registrar, section, status="open").code == "no_meetings"
    schedule_meeting(registrar, meeting)
    assert change_section(registrar, section, status="open").status == "open"
    remote = offer_section(registrar, course=course, term=term, code="2", status="open", without_meetings=True)
    assert change_section(registrar, remote, capacity=10).capacity == 10


def test_a_finished_section_is_opened_again_and_nothing_else_and_a_canceled_one_was_never_held(registrar, term):
    section = section_of(term, "PHY", without_meetings=True)
    change_section(registrar, section, status="finished")
    for wrong in ("canceled", "planned"):
        refusal = refused(change_section, registrar, section, status=wrong)
        assert (refusal.code, refusal.problems[0].field) == ("ended_otherwise", "status")
        assert "is finished: it can become open" in refusal.message
    change_section(registrar, change_section(registrar, section, status="open"), status="canceled")
    assert refused(change_section, registrar, section, status="finished").code == "ended_otherwise"
    assert Section.objects.get(pk=section.pk).status == "canceled"


def test_an_open_section_goes_on_having_a_meeting_as_do_those_that_meet_with_it(registrar, harare, term):
    section = section_of(term, "PHY")
    guest, remote = section_of(term, "ALG", meets_with=section), section_of(term, "BIO", without_meetings=True)
    only = add_meeting(registrar, section=section, **weekly())
    client = client_of(person_at(harare, *PERMISSIONS, *PLACES))

    def asked(path: str, body: dict[str, Any]) -> tuple:
        send = client.post if path.endswith("cancel/") else client.patch
        answer = send(f"/api/v1/academic/{path}", body)
        return answer.status_code, *((one["code"], one["field"]) for one in answer.json()["errors"])

    before = everything()
    assert asked(f"meetings/{only.pk}/cancel/", {}) == (422, ("last_meeting", None))
    assert asked(f"sections/{remote.pk}/", {"without_meetings": False}) == (422, ("no_meetings", "without_meetings"))
    assert everything() == before
    # The guest, which is open, still meets there.
    assert asked(f"sections/{section.pk}/", {"status": "planned"}) == (200,)
    assert asked(f"meetings/{only.pk}/cancel/", {}) == (422, ("last_meeting", None))
    assert asked(f"sections/{guest.pk}/", {"without_meetings": True}) == (200,)
    assert asked(f"meetings/{only.pk}/cancel/", {}) == (200,)
    other = section_of(term, "ZOO")
    meeting = add_meeting(registrar, section=other, **weekly())
    add_meeting(registrar, section=other, **weekly(weekday=2))
    assert asked(f"meetings/{meeting.pk}/cancel/", {}) == (200,)
    assert asked(f"sections/{guest.pk}/", {"without_meetings": False, "meets_with": str(other.pk)}) == (200,)
    assert asked(f"sections/{guest.pk}/", {"meets_with": str(section.pk)}) == (422, ("no_meetings", "meets_with"))
    assert asked(f"sections/{other.pk}/", {"status": "canceled"}) == (422, ("met_here", "status"))
    assert asked(f"sections/{guest.pk}/", {"status": "planned"}) == (200,)
    assert asked(f"sections/{other.pk}/", {"status": "canceled"}) == (200,)
    assert asked(f"sections/{guest.pk}/", {"status": "open"}) == (422, ("no_meetings", "status"))


# --- Its days move ---
def test_meetings_follow_the_days_of_their_section(registrar, term):
    section = section_of(term, "PHY")
    meeting = add_meeting(registrar, section=section, **weekly())
    change_section(registrar, section, starts_on=MONDAYS[1])
    assert days_of(meeting) == MONDAYS[1:]
    change_section(registrar, section, starts_on=MONDAYS[0], ends_on=MONDAYS[1])
    assert days_of(meeting) == MONDAYS[:2]


def test_days_that_leave_a_meeting_without_any_are_refused(registrar, term):
    section = section_of(term, "PHY", ends_on=date(2026, 3, 6))
    add_meeting(registrar, section=section, **weekly(weekday=1, last_week=1))
    event = add_meeting(registrar, section=section, kind="exam", on_date=date(2026, 3, 5), **HOURS)
    refusal = refused(change_section, registrar, section, starts_on=date(2026, 2, 10))
    assert (refusal.code, refusal.problems[0].field) == ("meeting_astray", "starts_on")
    assert refusal.message == (
        "Its lecture on Mondays would be on none of its days: change or cancel that meeting first."
    )
    refusal = refused(change_section, registrar, section, ends_on=date(2026, 2, 27))
    assert (refusal.problems[0].field, refusal.message.partition(" would")[0]) == (
        "ends_on",
        "Its exam on 5 March 2026",
    )
    change_meeting(registrar, event, on_date=date(2026, 2, 27))
    assert change_section(registrar, section, ends_on=date(2026, 2, 27)).ends_on == date(2026, 2, 27)


def test_days_that_carry_a_window_out_of_the_term_are_refused(registrar, term):
    section = section_of(term, "PHY")
    make_window(term.institution, term=term, section=section, opens_after=0, closes_after=10)
    before = stored(section)
    change_section(registrar, section, starts_on=MONDAYS[1])
    refusal = refused(change_section, registrar, section, starts_on=date(2026, 2, 18))
    assert (refusal.code, refusal.problems[0].field) == ("windows_outside", "starts_on")
    assert stored(section)["starts_on"] == MONDAYS[1] != before["starts_on"]


def test_a_change_that_moves_nothing_leaves_the_timetable_alone(registrar, term):
    section = section_of(term, "PHY", capacity=10)
    add_meeting(registrar, section=section, **weekly(room=make_room(term.institution)))
    before = set(Booking.objects.values_list("pk", flat=True))
    with CaptureQueriesContext(connection) as queries:
        change_section(registrar, section, capacity=20)
    assert not [one["sql"] for one in queries if "academic_occurrence" in one["sql"]]
    assert set(Booking.objects.values_list("pk", flat=True)) == before


# --- Its rooms ---
def test_a_waived_room_stands_in_the_plan_of_the_room_and_blocks_nobody(registrar, harare, term):
    hall, first, second, third = make_room(harare), *(section_of(term, code) for code in ("PHY", "ALG", "BIO"))
    add_meeting(registrar, section=first, **weekly(room=hall))
    meeting = add_meeting(registrar, section=second, is_planned=True, **weekly(room=hall, weekday=1))
    waive_limit(registrar, meeting=meeting, waives="room", reason="One hall, two groups.")
    schedule_meeting(registrar, meeting)
    plan = Booking.objects.filter(room=hall).order_by("starts_at", "title").values_list("title", "status")
    assert list(plan[:2]) == [("ALG 1 lecture", "shared"), ("PHY 1 lecture", "confirmed")]
    assert len(plan) == 6
    refusal = refused(add_meeting, registrar, section=third, **weekly(room=hall))
    assert "is booked for PHY 1 lecture" in refusal.message
    change_section(registrar, first, status="canceled")
    assert days_of(add_meeting(registrar, section=third, **weekly(room=hall))) == MONDAYS


def test_nobody_shares_a_room_by_hand(registrar, harare):
    booking = make_booking(harare)
    with pytest.raises(IntegrityError, match="booking_shared_by_its_source"), transaction.atomic():
        Booking.objects.filter(pk=booking.pk).update(status="shared")


def test_bookings_that_are_not_over_say_how_many_come(registrar, harare):
    term = make_term(harare, starts_on=date(2090, 2, 6), ends_on=date(2090, 2, 24))
    past = make_term(harare, starts_on=MONDAYS[0], ends_on=date(2026, 2, 27))
    ours, over = section_of(term, "PHY"), section_of(past, "ALG")
    for section in (ours, over):
        add_meeting(registrar, section=section, **weekly(room=make_room(harare)))
        make_registration(harare, section=section)
    assert count_all_attendees() == 3
    assert set(Booking.objects.filter(title="PHY 1 lecture").values_list("attendees", flat=True)) == {1}
    assert set(Booking.objects.filter(title="ALG 1 lecture").values_list("attendees", flat=True)) == {0}
    assert count_all_attendees() == 0

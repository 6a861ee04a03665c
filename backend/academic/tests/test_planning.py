"""This file holds what is promised to planners: what is said to be free is free, and what is suggested is accepted."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from academic.factories import (
    make_course,
    make_holiday,
    make_meeting,
    make_program,
    make_program_version,
    make_section,
    make_term,
    make_term_exception,
)
from academic.meetings.rules import add_meeting
from academic.models import LecturerAvailability, Meeting, Occurrence, SectionCohort, Teaching
from academic.permissions import PERMISSIONS
from academic.tests.timetable_lab import MONDAYS, at, everything, section_of, weekly
from core.tenancy.scope import reaching
from core.testing.fixtures import Person, client_of, person_at
from faculties.factories import make_booking, make_building, make_department, make_room, make_travel_time, saved
from faculties.models import Institution
from faculties.permissions import PERMISSIONS as PLACES
from users.factories import make_user

pytestmark = pytest.mark.django_db
ROOMS = "/api/v1/academic/free-rooms/"
MONDAY_MORNINGS = {"weekday": 1, "from": "08:00", "until": "10:00"}


@pytest.fixture
def planner(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS, *PLACES)


@pytest.fixture
def term(harare: Institution):
    """Three weeks, from a Monday to a Friday."""
    return make_term(harare, starts_on=MONDAYS[0], ends_on=date(2026, 2, 27))


@pytest.fixture
def hall(harare: Institution):
    return make_room(harare, name="Beit Hall", code="A", capacity=40, exam_capacity=20, features=["projector"])


@pytest.fixture
def physics(harare: Institution, term: Any):
    """A section of thirty, with a lecturer and a cohort."""
    section = section_of(term, "PHY", capacity=30)
    saved(Teaching(institution=harare, section=section, account=make_user()))
    cohort = {"program_version": make_program_version(harare), "year_of_study": 1}
    saved(SectionCohort(institution=harare, section=section, **cohort))
    return section


def asked(planner: Person, url: str, **query: Any) -> list[dict[str, Any]]:
    answer = client_of(planner).get(url, query)
    assert answer.status_code == 200, answer.content
    return answer.json()["data"]


def codes(planner: Person, **query: Any) -> list[str]:
    return [room["code"] for room in asked(planner, ROOMS, **query)]


def slots(planner: Person, section: Any, **query: Any) -> list[tuple[int, str]]:
    """The weekdays and hours that are free, in the order of time."""
    url = f"/api/v1/academic/sections/{section.pk}/free-slots/"
    found = asked(planner, url, **{"minutes": 120, "weekdays": "1", "from": "08:00", "until": "12:00", **query})
    return sorted((slot["weekday"], slot["starts_at"][:5]) for slot in found)


def suggested(planner: Person, meeting: Meeting, **query: Any) -> list[dict[str, Any]]:
    return asked(planner, f"/api/v1/academic/meetings/{meeting.pk}/suggestions/", **query)


# --- Free rooms ---
def test_rooms_that_are_free_at_a_time_come_the_tightest_first(harare, planner, hall):
    make_room(harare, code="B", capacity=100)
    make_room(harare, code="C", capacity=20)
    make_room(harare, code="D", capacity=50)
    make_booking(harare, room=hall, starts_at=at(7), ends_at=at(9))
    during = {"seats": 30, "starts_at": at(8).isoformat(), "ends_at": at(10).isoformat()}
    after = {"seats": 30, "starts_at": at(9).isoformat(), "ends_at": at(10).isoformat()}
    assert codes(planner, **during) == ["D", "B"]
    assert codes(planner, **after) == ["A", "D", "B"]
    assert asked(planner, ROOMS, **after)[0]["seats_unused"] == 10
    assert codes(planner, **{**after, "seats": 20, "exam": "true"}) == ["A"]


def test_rooms_offer_what_is_asked_and_near_ones_come_first(harare, planner, hall):
    far, near = make_room(harare, code="B"), make_room(harare, code="C", capacity=900, building=hall.building)
    when = {"starts_at": at(8).isoformat(), "ends_at": at(10).isoformat()}
    assert codes(planner, **when, near=hall.building_id) == ["A", "C", "B"]
    assert codes(planner, **when, near=far.building_id)[0] == "B"
    assert codes(planner, **when, features="projector") == ["A"]
    assert sorted(codes(planner, **when, campus=near.building.campus_id)) == ["A", "C"]


def test_rooms_that_could_not_be_booked_are_not_shown(harare, planner, hall):
    make_room(harare, code="B", status="retired")
    make_room(harare, code="C", department=make_department(harare))
    when = {"starts_at": at(8).isoformat(), "ends_at": at(10).isoformat()}
    assert sorted(codes(planner, **when)) == ["A", "C"]
    head = person_at(make_department(harare), *PERMISSIONS, *PLACES)
    assert codes(head, **when) == ["A"]


def test_rooms_of_a_pattern_are_free_in_all_of_its_weeks(harare, planner, term, hall):
    make_room(harare, code="B", capacity=60)
    make_booking(harare, room=hall, starts_at=at(7, day=16), ends_at=at(9, day=16))
    pattern = {"term": term.pk, **MONDAY_MORNINGS}
    assert codes(planner, **pattern) == ["B"]
    assert codes(planner, **pattern, rhythm="odd") == ["A", "B"]
    assert codes(planner, **pattern, rhythm="listed", weeks="1,2") == ["B"]
    assert codes(planner, **pattern, first_week=3) == ["A", "B"]
    make_holiday(harare, starts_on=MONDAYS[1], ends_on=MONDAYS[1])
    assert codes(planner, **pattern) == ["A", "B"]


def test_rooms_are_free_in_the_weeks_of_a_program_and_of_its_sections(harare, planner, term, hall):
    """The days of the program are a week later than those of the term."""
    own = {"starts_on": MONDAYS[1], "ends_on": date(2026, 3, 6)}
    exception = make_term_exception(harare, term=term, **own)
    course = make_course(harare, program=exception.program)
    section = make_section(harare, course=course, term=term, **own)
    before, after = (make_room(harare, code=code, capacity=60) for code in ("B", "C"))
    make_booking(harare, room=before, starts_at=at(7), ends_at=at(9))
    make_booking(harare, room=after, starts_at=at(7, day=2, month=3), ends_at=at(9, day=2, month=3))
    for whose, free in (
        ({"term": term.pk}, "AC"),
        ({"term": term.pk, "program": make_program(harare).pk}, "AC"),
        ({"term": term.pk, "program": exception.program_id}, "AB"),
        ({"section": section.pk}, "AB"),
    ):
        assert codes(planner, **whose, **MONDAY_MORNINGS) == list(free)
    meeting = add_meeting(planner.actor, section=section, room=before, **weekly())
    mondays = Occurrence.objects.filter(meeting=meeting).order_by("planned_on").values_list("planned_on", flat=True)
    assert list(mondays) == [*MONDAYS[1:], date(2026, 3, 2)]  # all of them were free
    slots_of = f"/api/v1/academic/sections/{section.pk}/free-slots/"
    for places in (asked(planner, slots_of, minutes=120, weekdays="1"), suggested(planner, meeting, weekdays="1")):
        assert {place["times"] for place in places} == {3}
    assert codes(planner, section=section.pk, **MONDAY_MORNINGS) == ["A"]


NOBODY = "01a22056-ad9b-76e2-b0d4-4def4d6d96b8"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "starts_at"),
        (MONDAY_MORNINGS, "starts_at"),
        ({"program": NOBODY, **MONDAY_MORNINGS}, "starts_at"),
        ({"term": "", "section": NOBODY, **MONDAY_MORNINGS}, "starts_at"),
        ({"section": NOBODY, **MONDAY_MORNINGS}, "section"),
        ({"term": "", "program": NOBODY, **MONDAY_MORNINGS}, "program"),
        ({"starts_at": "2026-02-09T08:00:00Z"}, "starts_at"),
        ({"starts_at": "2026-02-09T08:00:00Z", "ends_at": "2026-02-09T08:00:00Z"}, "ends_at"),
        ({"starts_at": "2026-02-09T08:00:00Z", "ends_at": "2026-02-10T09:00:00Z"}, "ends_at"),
        ({"term": "", "weekday": 1, "from": "10:00", "until": "08:00"}, "until"),
        ({"term": "", **MONDAY_MORNINGS, "weekday": 8}, "weekday"),
        ({"term": "", **MONDAY_MORNINGS, "weeks": "1,2"}, "weeks"),
        ({"term": "", **MONDAY_MORNINGS, "rhythm": "listed"}, "weeks"),
        ({"term": NOBODY, **MONDAY_MORNINGS}, "term"),
        ({"term": "", **MONDAY_MORNINGS, "features": "projector,piano"}, "features"),
    ],
)
def test_a_wrong_question_is_refused_by_its_parameter(planner, term, query, field):
    if query.get("term") == "":
        query = {**query, "term": str(term.pk)}
    answer = client_of(planner).get(ROOMS, query)
    assert answer.status_code == 400
    assert field in [one["field"] for one in answer.json()["errors"]]


# --- Free slots ---
def test_a_slot_is_free_for_lecturers_cohorts_and_a_fitting_room(harare, planner, term, hall, physics):
    whole = [(1, hour) for hour in ("08:00", "08:30", "09:00", "09:30", "10:00")]
    assert slots(planner, physics) == whole
    other = section_of(term, "ALG")
    claim = make_meeting(harare, section=other, starts_at=time(8), ends_at=time(9), first_week=2, last_week=2)
    assert slots(planner, physics) == whole
    saved(Teaching(institution=harare, section=other, account=physics.teachings.get().account))
    assert slots(planner, physics) == [one for one in whole if one[1] >= "09:00"]
    assert slots(planner, physics, rhythm="odd") == whole
    cohort = physics.cohorts.get()
    evening = section_of(term, "EVE")
    saved(SectionCohort(institution=harare, section=evening, program_version=cohort.program_version, year_of_study=1))
    make_meeting(harare, section=evening, starts_at=time(11), ends_at=time(12))
    assert slots(planner, physics) == [(1, "09:00")]
    make_booking(harare, room=hall, starts_at=at(7, day=23), ends_at=at(8, day=23))
    assert slots(planner, physics) == []
    assert claim.occurrences.count() == 1
    make_room(harare, capacity=29)
    assert slots(planner, physics) == []
    make_room(harare, capacity=30)
    assert slots(planner, physics) == [(1, "09:00")]


def test_a_slot_ends_within_the_hours_asked_for_by_the_second(planner, hall, physics):
    late = {"minutes": 30, "from": "22:00", "until": "23:59:59"}
    assert slots(planner, physics, **late) == [(1, "22:00"), (1, "22:30"), (1, "23:00")]
    (last,) = asked(
        planner, f"/api/v1/academic/sections/{physics.pk}/free-slots/", weekdays="1", **{**late, "from": "23:29:59"}
    )
    assert (last["starts_at"], last["ends_at"]) == ("23:29:59", "23:59:59")


def test_what_lecturers_say_of_their_time_counts(harare, planner, hall, physics):
    account = physics.teachings.get().account
    says = {"institution": harare, "account": account, "weekday": 1}
    saved(LecturerAvailability(**says, kind="unavailable", starts_at=time(8), ends_at=time(9)))
    saved(LecturerAvailability(**says, kind="preferred", starts_at=time(10), ends_at=time(12)))
    saved(LecturerAvailability(**says, kind="undesired", starts_at=time(9), ends_at=time(9, 30)))
    assert slots(planner, physics) == [(1, "09:00"), (1, "09:30"), (1, "10:00")]
    url = f"/api/v1/academic/sections/{physics.pk}/free-slots/"
    found = asked(planner, url, minutes=120, weekdays="1", until="12:00")
    assert [one["starts_at"] for one in found] == ["10:00:00", "09:30:00", "09:00:00"]
    assert "preferred by who teaches" in found[0]["reasons"]
    assert "not desired by who teaches" in found[-1]["reasons"]


def test_slots_close_to_the_other_classes_of_the_cohort_come_first(harare, planner, term, hall, physics):
    other = section_of(term, "ALG")
    cohort = physics.cohorts.get()
    saved(SectionCohort(institution=harare, section=other, program_version=cohort.program_version, year_of_study=1))
    make_meeting(harare, section=other, starts_at=time(8), ends_at=time(9))
    url = f"/api/v1/academic/sections/{physics.pk}/free-slots/"
    found = asked(planner, url, minutes=60, weekdays="1,2")
    assert (found[0]["weekday"], found[0]["starts_at"], found[0]["times"]) == (1, "09:00:00", 3)
    assert found[0]["reasons"] == ["next to another class of the cohort", "10 seats unused"]
    later = next(one for one in found if (one["weekday"], one["starts_at"]) == (1, "10:00:00"))
    assert "cohort has a gap of 1 h" in later["reasons"]
    assert found.index(later) > 0


def test_a_section_asks_for_the_slots_of_that_which_it_meets_with(planner, term, hall, physics):
    optics = section_of(term, "OPT", meets_with=physics)
    assert slots(planner, optics) == slots(planner, physics)


# --- Suggestions ---
def test_the_first_suggestion_for_a_meeting_that_clashes_is_accepted(harare, planner, term, hall, physics):
    make_meeting(harare, section=section_of(term, "ALG"), room=hall)
    meeting = add_meeting(planner.actor, section=physics, is_planned=True, **weekly(room=hall))
    client, url = client_of(planner), f"/api/v1/academic/meetings/{meeting.pk}/"
    assert client.post(f"{url}schedule/").status_code == 409
    before = everything()
    found = suggested(planner, meeting)
    assert everything() == before
    assert 1 <= len(found) <= 5
    assert "keeps the room" in found[0]["reasons"]
    assert "10 seats unused" in found[0]["reasons"]
    assert client.patch(url, found[0]["change"], format="json").status_code == 200
    assert client.post(f"{url}schedule/").status_code == 200
    assert Occurrence.objects.filter(meeting=meeting).count() == 3


def test_another_room_at_the_same_hour_is_suggested_where_that_costs_least(harare, planner, term, hall, physics):
    make_meeting(harare, section=section_of(term, "ALG"), room=hall)
    meeting = add_meeting(planner.actor, section=physics, is_planned=True, **weekly(room=hall))
    make_room(harare, code="B", capacity=30, building=hall.building)
    found = suggested(planner, meeting, weekdays="1", until="10:00")
    assert [one["reasons"][:2] for one in found] == [["stays in the building", "keeps the hour"]]
    assert found[0]["change"]["room"] == str(hall.building.rooms.get(code="B").pk)


def test_what_a_meeting_has_itself_is_free_for_it(harare, planner, hall, physics):
    meeting = add_meeting(planner.actor, section=physics, **weekly(room=hall))
    found = suggested(planner, meeting, weekdays="1", until="10:00")
    assert [one["reasons"][:2] for one in found] == [["keeps the room", "keeps the hour"]]


def test_a_single_event_stays_in_its_week(harare, planner, term, hall, physics):
    make_meeting(harare, section=section_of(term, "ALG"), room=hall, on_date=MONDAYS[1])
    fields = {"on_date": MONDAYS[1], "starts_at": time(8), "ends_at": time(10), "room": hall}
    exam = add_meeting(planner.actor, section=physics, is_planned=True, **fields)
    days = {one["change"]["on_date"] for one in suggested(planner, exam)}
    assert days <= {str(MONDAYS[1] + timedelta(days=day)) for day in range(5)}
    assert days


def test_what_only_a_rule_knows_to_refuse_is_not_suggested(harare, planner, term, hall, physics):
    there = make_room(harare, code="B", capacity=10)
    make_travel_time(harare, origin=there.building.campus, destination=hall.building.campus, minutes=60)
    other, cohort = section_of(term, "ALG"), physics.cohorts.get()
    saved(SectionCohort(institution=harare, section=other, program_version=cohort.program_version, year_of_study=1))
    make_meeting(harare, section=other, room=there)
    meeting = add_meeting(planner.actor, section=physics, is_planned=True, **weekly(ends_at=time(9), room=hall))
    found = suggested(planner, meeting, **{"weekdays": "1", "from": "10:00", "until": "12:00"})
    assert [one["starts_at"] for one in found] == ["11:00:00"]


def test_without_a_room_that_fits_nothing_is_suggested(harare, planner, physics):
    meeting = add_meeting(planner.actor, section=physics, **weekly())
    make_room(harare, capacity=29)
    assert suggested(planner, meeting) == []
    Meeting.objects.filter(pk=meeting.pk).update(campus=make_building(harare).campus)
    make_room(harare, capacity=30)
    assert suggested(planner, meeting) == []


def test_more_rooms_and_classes_cost_no_more_queries(harare, planner, term, hall, physics):
    url, costs = f"/api/v1/academic/sections/{physics.pk}/free-slots/", []
    for weekday in (1, 2):
        with CaptureQueriesContext(connection) as queries:
            asked(planner, url, minutes=60)
        costs.append(len(queries))
        make_meeting(harare, section=section_of(term, f"X{weekday}"), room=make_room(harare, capacity=30))
    assert costs[0] == costs[1] > 0


def test_planning_needs_the_permission_where_the_section_lies(harare, mutare, planner, physics):
    meeting = add_meeting(planner.actor, section=physics, **weekly())
    paths = [f"sections/{physics.pk}/free-slots/?minutes=60", f"meetings/{meeting.pk}/suggestions/"]
    for path in paths:
        url = f"/api/v1/academic/{path}"
        assert client_of().get(url).status_code == 401
        assert client_of(person_at(harare, "academic.view_section")).get(url).status_code == 403
        assert client_of(person_at(mutare, "academic.change_meeting")).get(url).status_code == 404
    assert client_of(person_at(harare, "academic.view_section")).get(ROOMS).status_code == 403

"""This file holds what is promised of clashes and of rooms that do not fit: what is refused, said, and waived."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from academic.factories import make_meeting, make_program_version, make_term
from academic.meetings.rules import add_meeting, change_meeting, end_waiver, schedule_meeting, waive_limit
from academic.models import Meeting, Occurrence, OccurrenceCohort, OccurrenceLecturer, SectionCohort, Teaching
from academic.permissions import PERMISSIONS
from academic.sections.rules import (
    add_section_cohort,
    change_section,
    end_teaching,
    give_teaching,
    remove_section_cohort,
)
from academic.tests.timetable_lab import MONDAYS, at, days_of, refused, section_of, shared, weekly
from core.errors import Conflict, NotAllowed
from core.tenancy.scope import reaching
from core.testing.fixtures import person_at
from faculties.factories import make_booking, make_building, make_department, make_institution, make_room
from faculties.models import Institution
from faculties.permissions import PERMISSIONS as PLACES
from users.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS, *PLACES).actor


@pytest.fixture
def term(harare: Institution):
    """Three weeks, from a Monday to a Friday."""
    return make_term(harare, starts_on=MONDAYS[0], ends_on=date(2026, 2, 27))


@pytest.fixture
def hall(harare: Institution):
    return make_room(harare, name="Beit Hall", capacity=40, exam_capacity=20, features=["projector"])


# --- Clashes ---
HOURS = [
    (time(6), time(8), False),  # touching is no clash
    (time(10), time(12), False),
    (time(8), time(10), True),
    (time(8), time(9), True),  # same start, the existing one longer
    (time(9), time(9, 30), True),
    (time(7), time(11), True),
    (time(9, 59), time(12), True),
]


CODES = {"room": "already_booked", "lecturer": "lecturer_busy", "cohort": "cohort_busy"}


@pytest.mark.parametrize(("starts", "ends", "is_clash"), HOURS)
@pytest.mark.parametrize("kind", CODES)
def test_two_meetings_clash_when_they_share_a_moment(registrar, harare, term, kind, starts, ends, is_clash):
    first, second = section_of(term, "PHY"), section_of(term, "ALG")
    fields = shared(kind, harare, [first, second])
    add_meeting(registrar, section=first, **weekly(**fields))
    asked = weekly(starts_at=starts, ends_at=ends, **fields)
    if is_clash:
        assert refused(add_meeting, registrar, section=second, **asked).code == CODES[kind]
    else:
        assert len(days_of(add_meeting(registrar, section=second, **asked))) == 3


@pytest.mark.time_machine(datetime(2026, 2, 1, tzinfo=UTC))
@pytest.mark.parametrize("kind", CODES)
def test_odd_and_even_weeks_do_not_clash(registrar, harare, term, kind):
    first, second = section_of(term, "PHY"), section_of(term, "ALG")
    fields = shared(kind, harare, [first, second])
    odd = add_meeting(registrar, section=first, **weekly(rhythm="odd", **fields))
    add_meeting(registrar, section=second, **weekly(rhythm="even", **fields))
    assert refused(change_meeting, registrar, odd, rhythm="every").code == CODES[kind]


def test_a_clash_names_both_sides_the_place_and_the_hour(registrar, harare, term, hall):
    physics, algebra = section_of(term, "PHY"), section_of(term, "ALG")
    teacher, version = make_user(name="Rudo Moyo"), make_program_version(harare)
    give_teaching(registrar, section=physics, account=teacher)
    add_section_cohort(registrar, section=physics, program_version=version, year_of_study=2)
    department = physics.course.program.department.name
    add_meeting(registrar, section=physics, **weekly(room=hall))
    later = weekly(starts_at=time(9), ends_at=time(11))
    assert refused(add_meeting, registrar, section=algebra, **later, room=hall).message == (
        f"Beit Hall is booked for PHY 1 lecture ({department}) on 9 February 2026 from 08:00 to 10:00;"
        " ALG 1 lecture would need it on 9 February 2026 from 09:00 to 11:00."
    )
    add_meeting(registrar, section=algebra, **later)
    both = (
        " PHY 1 lecture in Beit Hall on 9 February 2026 from 08:00 to 10:00;"
        " ALG 1 lecture would be on 9 February 2026 from 09:00 to 11:00."
    )
    busy = refused(give_teaching, registrar, section=algebra, account=teacher)
    assert (busy.status, busy.message) == (409, f"Rudo Moyo teaches{both}")
    busy = refused(add_section_cohort, registrar, section=algebra, program_version=version, year_of_study=2)
    assert busy.message == f"Year 2 of {version.program.code} {version.catalog_year} attends{both}"


def test_a_room_that_is_booked_for_something_else_is_not_free(registrar, harare, term, hall):
    make_booking(harare, room=hall, title="Open day", starts_at=at(7, day=16), ends_at=at(9, day=16))
    refusal = refused(add_meeting, registrar, section=section_of(term, "PHY"), **weekly(room=hall))
    assert refusal.message.startswith("Beit Hall is booked for Open day on 16 February 2026 from 09:00 to 11:00;")


@pytest.mark.parametrize(
    ("one", "other", "is_clash"), [(1, 1, True), (1, 2, False), (1, None, True), (None, 2, True), (None, None, True)]
)
def test_groups_of_a_cohort_have_time_of_their_own(registrar, harare, term, one, other, is_clash):
    first, second, version = section_of(term, "PHY"), section_of(term, "ALG"), make_program_version(harare)
    cohort = {"program_version": version, "year_of_study": 1}
    for section in (first, second):
        make_meeting(harare, section=section)
    add_section_cohort(registrar, section=first, group=one, **cohort)
    if is_clash:
        assert refused(add_section_cohort, registrar, section=second, group=other, **cohort).code == "cohort_busy"
    else:
        add_section_cohort(registrar, section=second, group=other, **cohort)
    add_section_cohort(registrar, section=second, **{**cohort, "year_of_study": 2})


def test_the_database_refuses_whatever_writes(registrar, harare, term):
    first, second = section_of(term, "PHY"), section_of(term, "ALG")
    shared("lecturer", harare, [first])
    shared("cohort", harare, [first])
    add_meeting(registrar, section=first, **weekly())
    add_meeting(registrar, section=second, **weekly())
    for table, name in ((OccurrenceLecturer, "lecturer_at_one_place"), (OccurrenceCohort, "cohort_at_one_place")):
        taken = table.objects.order_by("starts_at").first()
        there = Occurrence.objects.exclude(section=first).get(starts_at=taken.starts_at)
        row = {**table.objects.filter(pk=taken.pk).values().get(), "occurrence_id": there.pk}
        del row["id"]
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            table(**row).save()
        table(**{**row, "is_waived": True}).save()


@pytest.mark.parametrize(("one", "other"), [(None, 1), (2, None)])
def test_a_cohort_is_in_a_class_once(registrar, harare, term, one, other):
    physics, version = section_of(term, "PHY"), make_program_version(harare)
    add_meeting(registrar, section=physics, **weekly())
    optics = section_of(term, "OPT", meets_with=physics)
    cohort = {"program_version": version, "year_of_study": 1}
    add_section_cohort(registrar, section=physics, group=one, **cohort)
    for section in (physics, optics):
        refusal = refused(add_section_cohort, registrar, section=section, group=other, **cohort)
        assert (refusal.code, refusal.problems[0].field) == ("cohort_there", "group")
        assert "PHY 1 already" in refusal.message
    add_section_cohort(registrar, section=optics, group=one, **cohort)


def test_whoever_stops_teaching_and_a_cohort_that_leaves_are_free_again(registrar, harare, term):
    first, second = section_of(term, "PHY"), section_of(term, "ALG")
    shared("lecturer", harare, [first, second])
    shared("cohort", harare, [first, second])
    add_meeting(registrar, section=first, **weekly())
    end_teaching(registrar, Teaching.objects.get(section=first))
    remove_section_cohort(registrar, SectionCohort.objects.get(section=first))
    assert days_of(add_meeting(registrar, section=second, **weekly())) == MONDAYS


@pytest.mark.parametrize("kind", CODES)
@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_gets_the_hour_and_the_others_are_told_who(kind):
    harare = make_institution()
    actor, term = person_at(harare, *PERMISSIONS, *PLACES).actor, make_term(harare)
    sections = [section_of(term, f"X{number}") for number in range(6)]
    fields = shared(kind, harare, sections)

    def attempt(section: Any) -> str:
        try:
            with reaching(harare.pk):
                add_meeting(actor, section=section, **weekly(**fields))
            return "scheduled"
        except Conflict as refusal:
            return refusal.code if " 1 lecture" in refusal.message else refusal.message
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        outcomes = sorted(pool.map(attempt, sections))
    assert outcomes == sorted([CODES[kind]] * 5 + ["scheduled"])
    with reaching(harare.pk):
        assert Meeting.objects.count() == 1


# --- Waivers ---
@pytest.mark.parametrize("kind", CODES)
def test_a_waived_clash_is_allowed_and_says_who_and_why(registrar, harare, term, kind):
    first, second = section_of(term, "PHY"), section_of(term, "ALG")
    fields = shared(kind, harare, [first, second])
    add_meeting(registrar, section=first, **weekly(**fields))
    meeting = add_meeting(registrar, section=second, is_planned=True, **weekly(**fields))
    assert days_of(meeting) == []
    assert refused(schedule_meeting, registrar, meeting).code == CODES[kind]
    waiver = waive_limit(registrar, meeting=meeting, waives=kind, reason="One hall, two groups.")
    assert (waiver.granted_by, waiver.reason) == (registrar.id, "One hall, two groups.")
    assert days_of(schedule_meeting(registrar, meeting)) == MONDAYS
    assert refused(end_waiver, registrar, waiver).code == CODES[kind]


def test_a_waiver_needs_its_own_permission(registrar, harare, term):
    meeting = make_meeting(harare, section=section_of(term, "PHY"))
    planner = person_at(harare, "academic.change_meeting").actor
    assert isinstance(refused(waive_limit, planner, meeting=meeting, waives="room", reason="No."), NotAllowed)


# --- Rooms that do not fit ---
@pytest.mark.parametrize(
    ("fields", "section", "code", "limit"),
    [
        ({}, {"capacity": 41}, "room_too_small", "capacity"),
        ({"kind": "exam"}, {"capacity": 21}, "room_too_small", "capacity"),
        ({"features": ["sound_system", "projector"]}, {}, "features_missing", "features"),
    ],
)
def test_a_room_that_does_not_fit_is_refused_or_waived(registrar, term, hall, fields, section, code, limit):
    asked = weekly(room=hall, **fields)
    refusal = refused(add_meeting, registrar, section=section_of(term, "PHY", **section), **asked)
    assert (refusal.code, refusal.problems[0].field) == (code, "room")
    planned = add_meeting(registrar, section=section_of(term, "ALG", **section), is_planned=True, **weekly(**fields))
    waive_limit(registrar, meeting=planned, waives=limit, reason="There is no other.")
    assert change_meeting(registrar, planned, room=hall).room == hall


def test_a_room_at_another_campus_is_refused(registrar, harare, term, hall):
    there = make_building(harare).campus
    refusal = refused(add_meeting, registrar, section=section_of(term, "PHY"), **weekly(room=hall, campus=there))
    assert refusal.message == f"Beit Hall is at {hall.building.campus}, not at {there}."


def test_a_room_of_another_department_is_asked_of_those_who_book_there(registrar, harare, term):
    theirs = make_room(harare, department=make_department(harare))
    section = section_of(term, "PHY")
    head = person_at(section.course.program.department, *PERMISSIONS, *PLACES).actor
    assert isinstance(refused(add_meeting, head, section=section, **weekly(room=theirs)), NotAllowed)
    assert add_meeting(head, section=section, **weekly(room=make_room(harare)))


def test_a_section_does_not_outgrow_its_room(registrar, term, hall):
    section = section_of(term, "PHY", capacity=40)
    add_meeting(registrar, section=section, **weekly(room=hall))
    refusal = refused(change_section, registrar, section, capacity=41)
    assert (refusal.code, refusal.problems[0].field) == ("room_too_small", "capacity")

"""This file holds what is promised of timetables that people read: what was published, and the draft beside it."""

from datetime import UTC, date, datetime, time
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
    make_registration,
    make_section,
    make_term,
    make_term_exception,
)
from academic.meetings.rules import cancel_meeting, change_meeting
from academic.models import PublishedHour, SectionCohort, Teaching
from academic.permissions import PERMISSIONS, ROLES
from academic.tests.timetable_lab import (
    MONDAYS,
    SECOND_WEEK,
    URL,
    as_student,
    lecturer_of,
    read,
    section_of,
    student_of,
    told,
)
from academic.timetables.reading import Asked, statement_of
from academic.timetables.rules import publish_timetable
from core.actor import Actor, Reach
from core.ids import uuid7
from core.lists.places import Place
from core.tenancy.scope import reaching
from core.testing.fixtures import Person, client_of, person_at, person_of_nation
from faculties.factories import make_department, make_room, saved
from faculties.models import Institution
from faculties.permissions import PERMISSIONS as PLACES
from students.factories import make_student
from users.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(datetime(2026, 2, 1, tzinfo=UTC))]


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS, *PLACES).actor


@pytest.fixture
def term(harare: Institution):
    """Three weeks, from a Monday to a Friday."""
    return make_term(harare, name="First term", starts_on=MONDAYS[0], ends_on=date(2026, 2, 27))


@pytest.fixture
def hall(harare: Institution):
    return make_room(harare, name="Beit Hall")


@pytest.fixture
def physics(term: Any, hall: Any):
    """A section that meets on Mondays from eight to ten in the hall."""
    section = section_of(term, "PHY")
    make_meeting(term.institution, section=section, room=hall)
    return section


# --- Reading ---
def test_students_read_nothing_before_it_is_published(registrar, term, physics):
    student = student_of(physics)
    assert read(as_student(student), student=student.pk) == []
    publish_timetable(registrar, term=term)
    assert len(read(as_student(student), student=student.pk)) == 1


def test_an_hour_says_when_where_who_and_which_week(registrar, harare, term, hall, physics):
    student, lecturer = student_of(physics), lecturer_of(physics)
    saved(Teaching(institution=harare, section=physics, account=make_user(), role="coordinator", attends=False))
    publication = publish_timetable(registrar, term=term)
    building, campus = hall.building, hall.building.campus
    (hour,) = read(as_student(student), student=student.pk)
    course = {"id": str(physics.course_id), "code": "PHY", "title": physics.course.title}
    of_term = {"id": str(term.pk), "code": term.code}
    assert hour == {
        "id": str(physics.occurrences.get(planned_on=MONDAYS[1]).pk),
        "section": {"id": str(physics.pk), "code": physics.code, "course": course, "term": of_term},
        "kind": "lecture",
        "starts_at": "2026-02-16T06:00:00Z",
        "ends_at": "2026-02-16T08:00:00Z",
        "date": "2026-02-16",
        "starts_by_the_clock": "08:00",
        "ends_by_the_clock": "10:00",
        "time_zone": "Africa/Harare",
        "week": 2,
        "room": {
            "id": str(hall.pk),
            "code": hall.code,
            "name": "Beit Hall",
            "building": {"id": str(building.pk), "code": building.code, "name": building.name},
            "campus": {"id": str(campus.pk), "code": campus.code, "name": campus.name},
        },
        "lecturers": [{"id": str(lecturer.pk), "name": "Rudo Moyo"}],
        "is_canceled": False,
        "version": publication.number,
        "sequence": 0,
        "change": "new",
    }


def test_a_student_reads_the_own_timetable_alone(registrar, harare, term, physics):
    student, other = student_of(physics), student_of(section_of(term, "ALG"))
    make_meeting(harare, section=other.registrations.get().section)
    publish_timetable(registrar, term=term)
    assert len(read(as_student(student), student=student.pk)) == 1
    assert read(as_student(student), student=other.pk) == []


def test_a_student_who_left_a_section_has_its_hours_no_more(registrar, harare, term, physics):
    student = make_student(harare, account=make_user())
    make_registration(harare, student=student, section=physics, status="withdrawn", result="withdrawn")
    publish_timetable(registrar, term=term)
    assert read(as_student(student), student=student.pk) == []


def test_the_registry_of_a_unit_reads_its_own_sections_alone(registrar, harare, mutare, term, physics):
    algebra = section_of(term, "ALG")
    make_meeting(harare, section=algebra)
    student = student_of(physics)
    make_registration(harare, student=student, section=algebra)
    lecturer_of(physics)
    publish_timetable(registrar, term=term)
    both = ("academic.view_section", "academic.view_registration")
    department = physics.course.program.department
    codes = [hour["section"]["course"]["code"] for hour in read(person_at(department, *both), student=student.pk)]
    assert codes == ["PHY"]
    for whole in (person_at(harare, *both), person_of_nation(*both)):
        assert len(read(whole, student=student.pk)) == 2
    # Accounts are no business of those who read the whole nation.
    assert read(person_of_nation(*both), section=physics.pk)[0]["lecturers"][0]["name"] is None
    assert read(person_at(mutare, *both), student=student.pk) == []
    answer = client_of(person_at(harare, "academic.view_section")).get(URL, {"student": student.pk})
    assert answer.status_code == 403


@pytest.mark.parametrize("subject", ["lecturer", "room", "section", "program_version"])
def test_timetables_are_read_by_what_they_are_of(registrar, harare, term, hall, physics, subject):
    make_meeting(harare, section=section_of(term, "ALG"), room=make_room(harare))
    version, lecturer = make_program_version(harare), lecturer_of(physics)
    saved(SectionCohort(institution=harare, section=physics, program_version=version, year_of_study=2, group=1))
    publish_timetable(registrar, term=term)
    keys = {"lecturer": lecturer, "room": hall, "section": physics, "program_version": version}
    reader, key = person_at(harare, "academic.view_section"), keys[subject].pk
    (hour,) = read(reader, **{subject: key})
    assert hour["section"]["course"]["code"] == "PHY"
    if subject == "program_version":
        asked = [{"year_of_study": 2}, {"year_of_study": 1}, {"year_of_study": 2, "group": 1}, {"group": 2}]
        assert [len(read(reader, program_version=key, **one)) for one in asked] == [1, 0, 1, 0]


def test_who_is_in_a_cross_listed_section_reads_and_hears_of_the_hours_it_shares(registrar, harare, term, physics):
    optics = section_of(term, "OPT", meets_with=physics)
    student, lecturer = student_of(optics), lecturer_of(optics)
    saved(Teaching(institution=harare, section=physics, account=lecturer))
    publication = publish_timetable(registrar, term=term)
    reader = person_at(optics.course.program.department, "academic.view_section")
    for found in (read(as_student(student), student=student.pk), read(reader, section=optics.pk)):
        assert [one["section"]["course"]["code"] for one in found] == ["PHY"]
        assert [one["name"] for one in found[0]["lecturers"]] == ["Rudo Moyo"]
    assert publication.people_told == 2
    assert "OPT 1: 3 new" in next(one.body for one in told() if one.to == [student.account.email])


@pytest.mark.parametrize("subject", ["student", "room"])
def test_a_week_is_one_statement_however_much_there_is(registrar, harare, term, hall, physics, subject):
    student = student_of(physics)
    publish_timetable(registrar, term=term)
    client = client_of(as_student(student))
    asked = {**SECOND_WEEK, subject: {"student": student, "room": hall}[subject].pk}
    for hours in (1, 2):
        client.get(URL, asked)
        with CaptureQueriesContext(connection) as queries:
            assert len(client.get(URL, asked).json()["data"]) == hours
        assert len(queries) == 1, [one["sql"] for one in queries]
        make_meeting(harare, section=physics, room=hall, weekday=1 + hours)
        publish_timetable(registrar, term=term)


def test_one_plan_serves_the_weeks_of_all_rooms(harare, hall):
    """The planner sees no value: so the plan for all is as good to it as one for these, and it plans no more."""
    place, ids = Place(institutions=1), {"institutions 0": str(harare.pk), "scope": str(harare.pk)}
    week = Asked("room", hall.pk, MONDAYS[0], MONDAYS[1])
    statement = statement_of(PublishedHour, "room", week.permission, frozenset(), place)
    plan = statement._replace(sql=f"EXPLAIN (VERBOSE) {statement.sql}").rows({**week.values, **ids})
    conditions = [line for (line,) in plan if "Cond" in line or "Filter" in line]
    assert len(conditions) > 1
    assert not [line for line in conditions if str(hall.pk) in line or "2026-" in line]


def test_the_days_are_those_of_the_institution(registrar, harare, term):
    late = section_of(term, "ALG")
    make_meeting(harare, section=late, starts_at=time(0, 30), ends_at=time(1))  # still Sunday by UTC
    publish_timetable(registrar, term=term)
    reader = person_at(harare, "academic.view_section")
    days = {"from": "2026-02-16", "until": "2026-02-16"}
    assert [hour["date"] for hour in read(reader, section=late.pk, **days)] == ["2026-02-16"]
    assert read(reader, section=late.pk, **{"from": "2026-02-15", "until": "2026-02-15"}) == []


@pytest.mark.time_machine(datetime(2026, 2, 15, 22, 30, tzinfo=UTC))  # Monday at half past midnight in Harare
def test_this_week_is_that_of_the_institution(registrar, harare, term, physics):
    publish_timetable(registrar, term=term)
    reader = client_of(person_at(harare, "academic.view_section"))
    assert [hour["date"] for hour in reader.get(URL, {"section": physics.pk}).json()["data"]] == ["2026-02-16"]


def test_a_term_is_read_at_once_with_its_weeks_numbered(registrar, harare, term, physics):
    exception = make_term_exception(harare, term=term, program=physics.course.program, starts_on=MONDAYS[1])
    other = section_of(term, "ALG")
    make_meeting(harare, section=other)
    make_holiday(harare, starts_on=date(2026, 3, 9), ends_on=date(2026, 3, 10))
    publish_timetable(registrar, term=term)
    asked = {"from": "2026-02-09", "until": "2026-02-27"}
    reader = person_at(harare, "academic.view_section")
    assert [hour["week"] for hour in read(reader, section=other.pk, **asked)] == [1, 2, 3]
    # A program with days of its own counts its own weeks.
    assert exception.starts_on == MONDAYS[1]
    assert [hour["week"] for hour in read(reader, section=physics.pk, **asked)][-2:] == [1, 2]


@pytest.mark.parametrize(
    ("asked", "code", "field"),
    [
        ({}, "subject_needed", "student"),
        ({"room": "1", "section": "2"}, "invalid", "room"),
        ({"room": None, "section": None}, "subject_needed", "section"),
        ({"room": None, "year_of_study": 1}, "of_program_version", "year_of_study"),
        ({"room": None, "from": "tomorrow"}, "invalid", "from"),
        ({"room": None, "from": "0001-01-01", "until": "0001-01-03"}, "min_value", "from"),
        ({"room": None, "from": "9999-12-30"}, "max_value", "from"),
        ({"room": None, "from": "2026-02-09", "until": "2026-02-08"}, "days_out_of_order", "until"),
        ({"room": None, "from": "2026-02-09", "until": "2026-12-08"}, "days_out_of_order", "until"),
        ({"room": None, "teacher": 1}, "unknown_parameter", "teacher"),
    ],
)
def test_a_wrong_question_is_refused_by_its_parameter(harare, hall, asked, code, field):
    asked = {name: hall.pk if value is None else value for name, value in asked.items()}
    answer = client_of(person_at(harare, "academic.view_section")).get(URL, asked)
    assert answer.status_code == 400
    assert (code, field) in [(one["code"], one["field"]) for one in answer.json()["errors"]]


def test_reading_needs_the_permission_and_a_known_answer_is_not_sent_again(harare, hall):
    assert client_of().get(URL, {"room": hall.pk}).status_code == 401
    assert client_of(person_at(harare)).get(URL, {"room": hall.pk}).status_code == 403
    client = client_of(person_at(harare, "academic.view_section"))
    tag = client.get(URL, {"room": hall.pk})["ETag"]
    assert client.get(URL, {"room": hall.pk}, headers={"If-None-Match": tag}).status_code == 304


# --- A draft beside what is published ---
def test_planners_see_the_draft_beside_what_is_published(registrar, harare, term, hall, physics):
    publish_timetable(registrar, term=term)
    change_meeting(registrar, physics.meetings.get(), starts_at=time(9))
    make_meeting(harare, section=physics, weekday=5)
    planner = person_at(harare, "academic.view_section", "academic.view_timetable_draft")
    moved, new = read(planner, section=physics.pk, draft="true")
    assert (moved["change"], moved["starts_by_the_clock"], moved["week"]) == ("moved", "09:00", 2)
    assert moved["published"]["starts_by_the_clock"] == "08:00"
    assert (new["change"], new["published"]) == ("new", None)
    cancel_meeting(registrar, physics.meetings.get(weekday=1))
    canceled = read(planner, section=physics.pk, draft="true")[-1]
    assert (canceled["change"], canceled["published"]["is_canceled"]) == ("canceled", False)
    reader = person_at(harare, "academic.view_section")
    assert client_of(reader).get(URL, {"section": physics.pk, "draft": "true"}).status_code == 403
    assert len(read(reader, section=physics.pk, draft="false")) == 1
    assert client_of(reader).get(URL, {"section": physics.pk, "draft": "1"}).status_code == 403
    unclear = client_of(planner).get(URL, {"section": physics.pk, "draft": "maybe"})
    assert (unclear.status_code, unclear.json()["errors"][0]["field"]) == (400, "draft")


def test_what_is_not_published_is_not_read_elsewhere_either(harare, term, hall, physics):
    """Students and lecturers hold what opens sections and what is published of them."""
    lecturer_of(physics)
    for role in ("student", "lecturer"):
        client = client_of(person_at(harare, *ROLES[role]))
        assert read(person_at(harare, *ROLES[role]), section=physics.pk) == []
        for name in ("meetings", "occurrences", "lecturer-hours", "cohort-hours"):
            answer = client.get(f"/api/v1/academic/{name}/")
            assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, "not_allowed"), (role, name)
    planners = {role for role, held in ROLES.items() if "academic.view_timetable_draft" in held}
    assert planners == set(ROLES) - {"student", "lecturer"}


def test_a_draft_is_read_where_drafts_may_be_seen(harare, term, physics):
    """A head of one department who teaches in another: sections of both are seen, the draft of one."""
    mine = make_department(harare)
    whole, unit = (
        Reach(institutions=frozenset([harare.pk])),
        Reach(units=frozenset([mine.pk]), hosts=frozenset([harare.pk])),
    )
    head = Person(Actor("Head", uuid7(), {"academic.view_section": whole, "academic.view_timetable_draft": unit}))
    course = make_course(harare, program=make_program(harare, department=mine))
    ours = make_section(harare, course=course, term=term)
    make_meeting(harare, section=ours, weekday=2)
    assert len(read(head, section=ours.pk, draft="true")) == 1
    assert read(head, section=physics.pk, draft="true") == []

"""This file holds what is promised of timetables that people read: what was published, by whom, and who was told."""

from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from academic.factories import (
    make_enrollment,
    make_holiday,
    make_meeting,
    make_program_version,
    make_registration,
    make_term,
    make_term_exception,
)
from academic.meetings.occurring import cancel_occurrence, move_occurrence
from academic.meetings.rules import cancel_meeting, change_meeting
from academic.models import Occurrence, PublishedHour, SectionCohort, Teaching, TimetablePublication
from academic.permissions import PERMISSIONS, RELATED_ROLES
from academic.sections.rules import end_teaching, give_teaching
from academic.tests.timetable_lab import MONDAYS, at, section_of
from academic.timetables import tasks
from academic.timetables.publishing import COUNTS
from academic.timetables.reading import Asked, statement_of
from academic.timetables.rules import PUBLISH, publish_timetable
from core.actor import Actor, Reach
from core.errors import NotAllowed, RuleBroken
from core.lists.places import Place
from core.outbox.models import Message
from core.outbox.relay import deliver
from core.tenancy.scope import reaching
from core.testing.fixtures import Person, client_of, person_at, person_of_nation
from faculties.factories import make_department, make_room, saved
from faculties.models import Institution
from faculties.permissions import PERMISSIONS as PLACES
from students.factories import make_student
from users.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(datetime(2026, 2, 1, tzinfo=UTC))]
URL, PUBLICATIONS = "/api/v1/academic/timetable/", "/api/v1/academic/timetable-publications/"
CHECK = f"{PUBLICATIONS}check/"
SECOND_WEEK = {"from": "2026-02-16", "until": "2026-02-22"}


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


def student_of(section: Any, **account: Any) -> Any:
    """A student with an account who is registered in a section."""
    student = make_student(section.institution, account=make_user(**account))
    make_registration(section.institution, student=student, section=section)
    return student


def lecturer_of(section: Any, **fields: Any) -> Any:
    user = make_user(**{"name": "Rudo Moyo", **fields})
    saved(Teaching(institution=section.institution, section=section, account=user))
    return user


def as_student(student: Any) -> Person:
    """What the role of a student opens: the catalog, and what is about oneself."""
    place = frozenset([student.institution_id])
    related = dict.fromkeys(RELATED_ROLES["student"], Reach(related=place))
    return Person(Actor("Student", student.account_id, {"academic.view_section": Reach(institutions=place), **related}))


def first_hour() -> Any:
    return PublishedHour.objects.order_by("starts_at").first()


def counted(publication: TimetablePublication) -> tuple[int, ...]:
    return tuple(getattr(publication, name) for name in COUNTS)


def read(person: Person, **asked: Any) -> list[dict[str, Any]]:
    answer = client_of(person).get(URL, {**SECOND_WEEK, **asked})
    assert answer.status_code == 200, answer.content
    return answer.json()["data"]


def refused(rule: Any, *args: Any, **fields: Any) -> RuleBroken:
    """The refusal of a rule, after which nothing is published and nobody will be told."""
    tables = (PublishedHour, TimetablePublication, Message)
    before = [list(table.objects.order_by("pk").values()) for table in tables]
    with pytest.raises(RuleBroken) as refusal:
        rule(*args, **fields)
    assert [list(table.objects.order_by("pk").values()) for table in tables] == before
    return refusal.value


def told() -> list[Any]:
    """The letters that come of what is in the outbox."""
    while open_ones := list(Message.objects.filter(done_at=None).values_list("pk", flat=True)):
        for message in open_ones:
            assert deliver(message)
    return mail.outbox


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


# --- Publishing ---
def test_what_changed_is_counted_numbered_and_shown(registrar, harare, term, hall, physics):
    meeting = physics.meetings.get()
    assert counted(publish_timetable(registrar, term=term)) == (3, 0, 0, 0, 0)
    first, second, third = physics.occurrences.order_by("starts_at")
    move_occurrence(registrar, first, starts_at=at(10), ends_at=at(12))
    move_occurrence(registrar, second, starts_at=second.starts_at, ends_at=second.ends_at, room=make_room(harare))
    cancel_occurrence(registrar, third)
    make_meeting(harare, section=physics, weekday=5, first_week=3)
    publication = publish_timetable(registrar, term=term, note="After the complaints")
    assert (publication.number, counted(publication)) == (2, (1, 1, 1, 0, 1))
    hours = PublishedHour.objects.order_by("starts_at")
    assert [(hour.last_change, hour.sequence) for hour in hours] == [
        ("moved", 1), ("room_changed", 1), ("canceled", 1), ("new", 0),
    ]  # fmt: skip
    reader = person_at(harare, "academic.view_section")
    (canceled, _) = read(reader, section=physics.pk, **{"from": "2026-02-23", "until": "2026-03-01"})
    assert (canceled["is_canceled"], canceled["week"], canceled["version"]) == (True, 3, 2)
    # What is gone altogether is canceled too, and what was canceled before is not canceled again.
    cancel_meeting(registrar, meeting)
    assert counted(publish_timetable(registrar, term=term)) == (0, 0, 0, 0, 2)


def test_another_lecturer_is_a_change_that_is_published_and_told(registrar, term, physics):
    student, former = student_of(physics), lecturer_of(physics)
    publish_timetable(registrar, term=term)
    told().clear()
    end_teaching(registrar, physics.teachings.get())
    new = give_teaching(registrar, section=physics, account=make_user(name="Tendai Ncube")).account
    planner = person_at(physics.institution, "academic.view_section", "academic.change_meeting")
    assert [one["name"] for one in read(planner, section=physics.pk)[0]["lecturers"]] == ["Rudo Moyo"]
    assert read(planner, section=physics.pk, draft="true")[0]["change"] == "lecturer_changed"
    looked = client_of(Person(registrar)).post(CHECK, {"term": str(term.pk)}).json()["data"]
    publication = publish_timetable(registrar, term=term)
    for counts in ([looked[name] for name in COUNTS], list(counted(publication))):
        assert counts == [0, 0, 0, 3, 0]
    assert (looked["people"], publication.people_told) == (3, 3)
    letters = told()
    assert sorted(one.to[0] for one in letters) == sorted([student.account.email, former.email, new.email])
    assert all("PHY 1: 3 with other lecturers" in one.body for one in letters)
    (hour,) = read(planner, section=physics.pk)
    assert ([one["name"] for one in hour["lecturers"]], hour["sequence"]) == (["Tendai Ncube"], 1)
    assert refused(publish_timetable, registrar, term=term).code == "nothing_changed"


@pytest.mark.time_machine(datetime(2026, 2, 20, tzinfo=UTC))
def test_another_lecturer_changes_nothing_of_what_is_over(registrar, term, physics):
    publish_timetable(registrar, term=term)
    lecturer_of(physics)
    assert counted(publish_timetable(registrar, term=term)) == (0, 0, 0, 1, 0)


def test_an_hour_keeps_its_id_and_counts_its_changes(registrar, term, physics):
    publish_timetable(registrar, term=term)
    before = first_hour()
    change_meeting(registrar, physics.meetings.get(), starts_at=time(9))
    assert first_hour().starts_at == before.starts_at  # nobody reads a draft
    publish_timetable(registrar, term=term)
    after = first_hour()
    assert (after.pk, after.occurrence, after.sequence) == (before.pk, before.occurrence, 1)
    assert after.starts_at == at(7)


def test_publishing_what_is_published_changes_nothing(registrar, term, physics):
    publish_timetable(registrar, term=term)
    refusal = refused(publish_timetable, registrar, term=term)
    assert (refusal.code, refusal.problems[0].field) == ("nothing_changed", "term")


def test_weeks_are_counted_anew_without_telling_anybody(registrar, harare, term, physics):
    publish_timetable(registrar, term=term)
    days = {"starts_on": MONDAYS[0], "ends_on": date(2026, 2, 13)}
    make_holiday(harare, is_break=True, **days)  # its hour goes by a publication, the others only get numbers
    cancel_occurrence(registrar, physics.occurrences.get(planned_on=MONDAYS[0]))
    publish_timetable(registrar, term=term)
    found = PublishedHour.objects.order_by("starts_at").values_list("week", "sequence", "last_change")
    assert list(found) == [(1, 1, "canceled"), (1, 0, "new"), (2, 0, "new")]


def test_parts_of_a_term_are_published_with_it_and_a_year_is_not(registrar, harare, term):
    part = make_term(harare, kind="sub_term", parent=term, track=term.track, starts_on=MONDAYS[1], ends_on=MONDAYS[2])
    make_meeting(harare, section=section_of(part, "ALG"))
    assert publish_timetable(registrar, term=term).hours_new == 2
    year = make_term(harare, kind="year")
    assert refused(publish_timetable, registrar, term=year).code == "year_published"


def test_a_unit_publishes_its_own_and_no_other(registrar, harare, term, physics):
    make_meeting(harare, section=section_of(term, "ALG"))
    department = physics.course.program.department
    head = person_at(department, PUBLISH).actor
    assert isinstance(refused(publish_timetable, head, term=term), NotAllowed)
    assert isinstance(refused(publish_timetable, head, term=term, department=make_department(harare)), RuleBroken)
    publication = publish_timetable(head, term=term, department=department)
    assert (publication.hours_new, PublishedHour.objects.exclude(section=physics).count()) == (3, 0)
    refusal = refused(publish_timetable, registrar, term=term, faculty=department.faculty, department=department)
    assert (refusal.code, refusal.problems[0].field) == ("faculty_or_department", "department")
    assert refused(publish_timetable, registrar, term=term, faculty=department.faculty).code == "nothing_changed"
    assert publish_timetable(registrar, term=term).number == 2


def test_the_database_keeps_publications_in_order(registrar, term, physics):
    publication = publish_timetable(registrar, term=term)
    hour = first_hour()
    wrong = [
        (publication, {"number": 0}, "publication_numbered_from_1"),
        (hour, {"ends_at": hour.starts_at}, "published_hour_within_a_day"),
        (hour, {"occurrence": PublishedHour.objects.exclude(pk=hour.pk).first().occurrence}, "published_hour_once"),
    ]
    for row, fields, name in wrong:
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            type(row).objects.filter(pk=row.pk).update(**fields)


def test_the_database_refuses_an_occurrence_of_more_than_a_day(registrar, physics):
    one = physics.occurrences.order_by("starts_at")[:1]
    with pytest.raises(IntegrityError, match="occurrence_within_a_day"), transaction.atomic():
        Occurrence.objects.filter(pk__in=one).update(ends_at=at(7, day=10))


# --- Looking first ---
def test_a_dry_run_says_what_would_change_and_changes_nothing(registrar, harare, term, physics):
    student_of(physics), lecturer_of(physics)
    bare, roomless = section_of(term, "BARE"), section_of(term, "OPEN")
    make_meeting(harare, section=roomless)
    section_of(term, "FREE", without_meetings=True)
    client = client_of(Person(registrar))
    answer = client.post(CHECK, {"term": str(term.pk)}).json()["data"]
    assert [answer[name] for name in (*COUNTS, "people")] == [6, 0, 0, 0, 0, 2]
    warned = [(one["code"], one["section"], one["name"]) for one in answer["warnings"]]
    assert warned == [
        ("no_meeting", str(bare.pk), "BARE 1"),
        ("no_lecturer", str(roomless.pk), "OPEN 1"),
        ("no_room", str(roomless.pk), "OPEN 1"),
    ]
    assert (answer["warnings_count"], PublishedHour.objects.count(), Message.objects.count()) == (3, 0, 0)
    made = client.post(PUBLICATIONS, {"term": str(term.pk)}).json()["data"]
    assert ([made[name] for name in COUNTS], made["people_told"]) == ([6, 0, 0, 0, 0], 2)


def test_a_dry_run_needs_the_permission_where_it_looks(harare, term, physics):
    asked = {"term": str(term.pk)}
    reader = person_at(harare, "academic.view_term")
    head = person_at(physics.course.program.department, PUBLISH, "academic.view_term")
    assert client_of(reader).post(CHECK, asked).status_code == 403
    assert client_of(head).post(CHECK, asked).status_code == 403


# --- A draft beside what is published ---
def test_planners_see_the_draft_beside_what_is_published(registrar, harare, term, hall, physics):
    publish_timetable(registrar, term=term)
    change_meeting(registrar, physics.meetings.get(), starts_at=time(9))
    make_meeting(harare, section=physics, weekday=5)
    planner = person_at(harare, "academic.view_section", "academic.change_meeting")
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


# --- Who is told ---
def test_everybody_concerned_gets_one_letter_whatever_changed(registrar, harare, term, physics):
    student, lecturer = student_of(physics, name="Chipo"), lecturer_of(physics)
    algebra = section_of(term, "ALG")
    make_meeting(harare, section=algebra, weekday=2)
    make_enrollment(harare)
    make_registration(harare, student=student, section=algebra)
    student_of(physics, is_active=False)
    make_registration(harare, section=physics)  # without an account
    publish_timetable(registrar, term=term)
    assert sorted(letter.to for letter in told()) == sorted([[student.account.email], [lecturer.email]])
    (letter,) = [one for one in mail.outbox if one.to == [student.account.email]]
    assert letter.subject == "Your timetable: First term"
    assert "Hello Chipo," in letter.body
    assert "ALG 1: 3 new" in letter.body
    assert "PHY 1: 3 new" in letter.body
    mail.outbox.clear()
    cancel_occurrence(registrar, algebra.occurrences.first())
    publish_timetable(registrar, term=term)
    (letter,) = told()
    assert letter.to == [student.account.email]
    assert ("ALG 1: 1 canceled" in letter.body, "PHY" in letter.body) == (True, False)


def test_people_are_told_in_turns(registrar, term, physics, monkeypatch):
    monkeypatch.setattr(tasks, "AT_ONCE", 2)
    people = [student_of(physics).account.email for _ in range(5)]
    publish_timetable(registrar, term=term)
    assert sorted(letter.to[0] for letter in told()) == sorted(people)


@pytest.mark.time_machine(datetime(2026, 2, 20, tzinfo=UTC))
def test_of_what_is_over_nobody_is_told(registrar, term, physics):
    student_of(physics)
    publish_timetable(registrar, term=term)
    cancel_occurrence(registrar, physics.occurrences.order_by("starts_at").first())
    mail.outbox.clear()
    Message.objects.all().delete()
    publication = publish_timetable(registrar, term=term)
    assert (publication.hours_canceled, publication.people_told, told()) == (1, 0, [])

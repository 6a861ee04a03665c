"""This file holds what is promised of publishing timetables: what is counted as changed, by whom, and who is told."""

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
    make_registration,
    make_term,
    make_term_exception,
)
from academic.meetings.occurring import cancel_occurrence, move_occurrence
from academic.meetings.rules import cancel_meeting, change_meeting
from academic.models import Occurrence, PublishedHour, TimetablePublication, Waiver
from academic.permissions import PERMISSIONS
from academic.sections.rules import end_teaching, give_teaching
from academic.tests.timetable_lab import MONDAYS, at, first_hour, lecturer_of, read, section_of, student_of, told
from academic.timetables import tasks
from academic.timetables.publishing import COUNTS
from academic.timetables.rules import PUBLISH, publish_timetable
from core.errors import NotAllowed, RuleBroken
from core.outbox.models import Message
from core.tenancy.scope import reaching
from core.testing.fixtures import Person, client_of, person_at
from faculties.factories import make_department, make_room, saved
from faculties.models import Institution
from faculties.permissions import PERMISSIONS as PLACES
from users.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(datetime(2026, 2, 1, tzinfo=UTC))]
PUBLICATIONS = "/api/v1/academic/timetable-publications/"
CHECK = f"{PUBLICATIONS}check/"


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


def counted(publication: TimetablePublication) -> tuple[int, ...]:
    return tuple(getattr(publication, name) for name in COUNTS)


def refused(rule: Any, *args: Any, **fields: Any) -> RuleBroken:
    """The refusal of a rule, after which nothing is published and nobody will be told."""
    tables = (PublishedHour, TimetablePublication, Message)
    before = [list(table.objects.order_by("pk").values()) for table in tables]
    with pytest.raises(RuleBroken) as refusal:
        rule(*args, **fields)
    assert [list(table.objects.order_by("pk").values()) for table in tables] == before
    return refusal.value


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
    planner = person_at(physics.institution, "academic.view_section", "academic.view_timetable_draft")
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


def test_a_dry_run_warns_of_students_whose_classes_were_moved_onto_each_other(registrar, harare, term, physics):
    algebra, botany = section_of(term, "ALG"), section_of(term, "BOT")
    for section, weekday in ((algebra, 2), (botany, 1)):
        make_meeting(harare, section=section, weekday=weekday, room=make_room(harare))
    *both, waived, left = (student_of(physics) for _ in range(4))
    for student in (*both, waived):
        make_registration(harare, student=student, section=algebra)
    make_registration(harare, student=left, section=algebra, status="withdrawn", result="withdrawn")
    of_physics = {"course": physics.course, "until": date(2026, 12, 31), "reason": "Taught at home."}
    saved(Waiver(institution=harare, student=waived, waives="time_clash", **of_physics))
    client = client_of(Person(registrar))

    def warned() -> list[tuple]:
        found = client.post(CHECK, {"term": str(term.pk)}).json()["data"]["warnings"]
        return [tuple(one.values()) for one in found if one["code"] == "students_clash"]

    assert warned() == []
    change_meeting(registrar, algebra.meetings.get(), weekday=1, starts_at=time(9), ends_at=time(11))
    pair = {("ALG 1", str(algebra.pk)), ("PHY 1", str(physics.pk))}
    ((_, section, name, second, second_name, students),) = warned()
    assert ({(name, section), (second_name, second)}, students) == (pair, 2)
    change_meeting(registrar, algebra.meetings.get(), starts_at=time(10), ends_at=time(12))
    assert warned() == []


def test_a_publication_costs_no_more_for_programs_with_days_of_their_own(registrar, harare, term, physics):
    costs = []
    for _ in range(2):
        for _ in range(2):
            make_term_exception(harare, term=term, starts_on=term.starts_on, ends_on=term.ends_on)
        with CaptureQueriesContext(connection) as queries:
            client_of(Person(registrar)).post(CHECK, {"term": str(term.pk)})
        costs.append(len(queries))
    assert costs[0] == costs[1] > 0


def test_a_dry_run_needs_the_permission_where_it_looks(harare, term, physics):
    asked = {"term": str(term.pk)}
    reader = person_at(harare, "academic.view_term")
    head = person_at(physics.course.program.department, PUBLISH, "academic.view_term")
    assert client_of(reader).post(CHECK, asked).status_code == 403
    assert client_of(head).post(CHECK, asked).status_code == 403


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

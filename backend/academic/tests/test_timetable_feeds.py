"""This file holds what is promised of timetables in calendar programs: classes stay in place when they change."""

from datetime import UTC, date, datetime
from typing import Any

import icalendar
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from academic.factories import make_feed, make_meeting, make_registration, make_term
from academic.feeds.tasks import forget_left
from academic.meetings.occurring import cancel_occurrence, move_occurrence
from academic.meetings.rules import change_meeting
from academic.models import Feed, Teaching
from academic.permissions import PERMISSIONS
from academic.registrations.rules import drop, withdraw
from academic.sections.rules import change_section
from academic.tests.timetable_lab import MONDAYS, as_student, at, read, section_of, told
from academic.timetables.publishing import COUNTS
from academic.timetables.rules import publish_timetable
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from faculties.factories import make_room, saved
from faculties.institutions.days import today_at
from faculties.models import Institution
from faculties.permissions import PERMISSIONS as PLACES
from students.factories import make_student
from users.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(datetime(2026, 2, 1, tzinfo=UTC))]


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS, *PLACES).actor


@pytest.fixture
def term(harare: Institution):
    """Three weeks, from a Monday to a Friday."""
    return make_term(harare, starts_on=MONDAYS[0], ends_on=date(2026, 2, 27))


@pytest.fixture
def physics(term: Any):
    """A section that meets on Mondays from eight to ten."""
    section = section_of(term, "PHY")
    make_meeting(term.institution, section=section, room=make_room(term.institution, name="Beit Hall"))
    return section


@pytest.fixture
def feed(harare: Institution):
    return make_feed(harare, kind=Feed.Kind.TIMETABLE)


def registered(feed: Feed, section: Any) -> Any:
    """The registration of a student whose feed it is."""
    student = make_student(section.institution, account=User.objects.get(pk=feed.account_id))
    return make_registration(section.institution, student=student, section=section)


def fetched(feed: Feed) -> dict[str, Any]:
    """The events of a feed by their UID, in the order of time, as a program of others reads them."""
    content = client_of().get("/api/" + str(feed.url).partition("/api/")[2]).content
    calendar = icalendar.Calendar.from_ical(content)
    assert [error for component in calendar.walk() for error in component.errors] == []
    return {str(one["UID"]): one for one in sorted(calendar.events, key=lambda event: event.start)}


def states(events: dict[str, Any]) -> list[tuple[int, str]]:
    return [(int(one["SEQUENCE"]), str(one["STATUS"])) for one in events.values()]


def test_a_student_finds_the_published_classes_with_place_and_hour(registrar, term, physics, feed):
    registered(feed, physics)
    make_meeting(term.institution, section=section_of(term, "ALG"))
    assert fetched(feed) == {}
    publish_timetable(registrar, term=term)
    first, *others = fetched(feed).values()
    assert len(others) == 2
    hall = physics.meetings.get().room
    assert str(first["SUMMARY"]) == f"PHY {physics.course.title} (lecture)"
    assert str(first["LOCATION"]) == f"Beit Hall, {hall.building.name}, {hall.building.campus.name}"
    assert (first.start, first.end, str(first["TRANSP"])) == (at(6), at(8), "OPAQUE")


def test_a_lecturer_finds_what_is_taught_in_the_room_and_cross_listed(registrar, harare, term, physics, feed):
    optics = section_of(term, "OPT", meets_with=physics)
    saved(Teaching(institution=harare, section=optics, account=User.objects.get(pk=feed.account_id)))
    publish_timetable(registrar, term=term)
    assert {str(one["SUMMARY"]) for one in fetched(feed).values()} == {f"OPT {optics.course.title} (lecture)"}
    Teaching.objects.update(attends=False)
    assert states(fetched(feed)) == [(2, "CANCELLED")] * 3


def test_other_words_for_a_class_are_a_change_of_its_entry(registrar, harare, term, physics, feed, time_machine):
    registered(feed, physics)
    publish_timetable(registrar, term=term)
    room = physics.meetings.get().room
    for day, row, fields, sequence in (
        (2, physics.course, {"title": "Optics"}, 1),
        (3, room, {"name": "Llewellin"}, 1),
        (4, room.building, {"name": "Old Hall"}, 1),
        (5, room.building.campus, {"name": "North"}, 1),
    ):
        time_machine.move_to(datetime(2026, 2, day, tzinfo=UTC))
        row.change(**fields)
        for one in fetched(feed).values():
            assert next(iter(fields.values())) in f"{one['SUMMARY']}, {one['LOCATION']}"
            assert (one["SEQUENCE"], one.last_modified.day, one.stamp.day) == (sequence, day, day)


def test_whom_a_section_meets_with_changes_once_that_is_published(registrar, harare, term, physics, feed):
    optics, zoology = section_of(term, "OPT", meets_with=physics), section_of(term, "ZOO")
    make_meeting(harare, section=zoology, weekday=3)
    student = registered(feed, optics).student
    publish_timetable(registrar, term=term)
    told().clear()
    before = fetched(feed)
    planner = person_at(harare, "academic.view_section", "academic.view_timetable_draft")
    change_section(registrar, optics, meets_with=zoology)
    assert list(fetched(feed)) == list(before)
    assert {one["STATUS"] for one in fetched(feed).values()} == {"CONFIRMED"}
    for person, asked, courses in (
        (as_student(student), {"student": student.pk}, [("PHY", "new")]),
        (planner, {"section": optics.pk, "draft": "true"}, [("ZOO", "new"), ("PHY", "canceled")]),
    ):
        assert [(one["section"]["course"]["code"], one["change"]) for one in read(person, **asked)] == courses
    publication = publish_timetable(registrar, term=term)
    assert [getattr(publication, name) for name in COUNTS] == [3, 0, 0, 0, 3]
    assert publication.people_told == 1
    assert ["OPT 1: 3 new 3 canceled" in letter.body for letter in told()] == [True]
    assert [one["section"]["course"]["code"] for one in read(as_student(student), student=student.pk)] == ["ZOO"]
    after = fetched(feed)
    assert [one["STATUS"] for key, one in after.items() if key in before] == ["CANCELLED"] * 3
    assert [one["STATUS"] for key, one in after.items() if key not in before] == ["CONFIRMED"] * 3
    change_section(registrar, optics, meets_with=physics)
    publish_timetable(registrar, term=term)
    for key, one in fetched(feed).items():
        assert one["STATUS"] == ("CONFIRMED" if key in before else "CANCELLED")
        assert one["SEQUENCE"] > after[key]["SEQUENCE"] > before.get(key, {"SEQUENCE": 0})["SEQUENCE"]


def test_a_class_that_moves_or_is_canceled_changes_in_place_once_published(registrar, term, physics, feed):
    registered(feed, physics)
    publish_timetable(registrar, term=term)
    before = fetched(feed)
    first, second, _ = physics.occurrences.order_by("starts_at")
    move_occurrence(registrar, first, starts_at=at(10), ends_at=at(12))
    cancel_occurrence(registrar, second)
    assert states(fetched(feed)) == [(0, "CONFIRMED")] * 3
    publish_timetable(registrar, term=term)
    after = fetched(feed)
    assert list(after) == list(before)
    assert states(after) == [(1, "CONFIRMED"), (1, "CANCELLED"), (0, "CONFIRMED")]
    assert next(iter(after.values())).start == at(10)


def test_the_classes_of_who_withdrew_stay_as_canceled(registrar, term, physics, feed):
    registration = registered(feed, physics)
    publish_timetable(registrar, term=term)
    before = fetched(feed)
    withdraw(registrar, registration, withdrawn_on=date(2026, 2, 1))
    after = fetched(feed)
    assert (list(after), states(after)) == (list(before), [(1, "CANCELLED")] * 3)


def test_what_somebody_left_is_canceled_until_it_ends(registrar, harare, feed, time_machine):
    # Whether a registration may go without a trace the database asks its own clock.
    time_machine.move_to(datetime(2037, 2, 1, tzinfo=UTC))
    term = make_term(harare, starts_on=date(2037, 2, 9), ends_on=date(2037, 2, 27))
    physics = section_of(term, "PHY")
    make_meeting(harare, section=physics)
    first, other = registered(feed, physics), make_registration(harare, section=physics)
    publish_timetable(registrar, term=term)
    before = fetched(feed)
    for registration in (first, other):
        drop(registrar, registration)
    after = fetched(feed)
    assert (list(after), states(after)) == (list(before), [(1, "CANCELLED")] * 3)
    again = make_registration(harare, student=first.student, section=physics)
    assert states(fetched(feed)) == [(2, "CONFIRMED")] * 3
    drop(registrar, again)
    assert states(fetched(feed)) == [(3, "CANCELLED")] * 3
    assert forget_left() == 0
    time_machine.move_to(datetime(2037, 3, 2, tzinfo=UTC))
    assert fetched(feed) == {}
    assert forget_left() == 1  # nothing was kept of who has no link


def test_the_classes_of_a_canceled_section_are_canceled_at_once(registrar, physics, term, feed):
    registered(feed, physics)
    publish_timetable(registrar, term=term)
    before = fetched(feed)
    change_section(registrar, physics, status="canceled")
    after = fetched(feed)
    assert (list(after), states(after)) == (list(before), [(1, "CANCELLED")] * 3)
    publish_timetable(registrar, term=term)
    assert states(fetched(feed)) == [(2, "CANCELLED")] * 3


def test_a_pattern_on_another_day_of_the_week_moves_its_classes_in_place(registrar, physics, term, feed):
    registered(feed, physics)
    publish_timetable(registrar, term=term)
    before = fetched(feed)
    change_meeting(registrar, physics.meetings.get(), weekday=3)
    assert publish_timetable(registrar, term=term).hours_moved == 3
    after = fetched(feed)
    assert (list(after), states(after)) == (list(before), [(1, "CONFIRMED")] * 3)
    assert [one.start.isoweekday() for one in after.values()] == [3] * 3


def test_a_fuller_timetable_costs_no_more_queries(registrar, harare, term, feed):
    costs = []
    today_at(harare.pk)  # is asked for once a minute
    for weekday in (1, 2):
        section = section_of(term, f"X{weekday}")
        make_meeting(harare, section=section, weekday=weekday, room=make_room(harare))
        registered(feed, section)
        publish_timetable(registrar, term=term)
        with CaptureQueriesContext(connection) as queries:
            assert len(fetched(feed)) == 3 * weekday
        costs.append(len(queries))
    assert costs[0] == costs[1] > 0

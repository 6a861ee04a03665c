"""This file holds what is promised when the calendar changes under a timetable: it follows, without a clash."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from academic.calendar.rules import (
    add_exception,
    add_holiday,
    cancel_holiday,
    change_holiday,
    change_term,
    remove_exception,
)
from academic.calendar.weeks import weeks_of
from academic.calendar.windows import window_of
from academic.factories import make_course, make_meeting, make_program_version, make_term, make_window
from academic.meetings.occurring import cancel_occurrence, move_occurrence
from academic.meetings.rules import add_meeting, cancel_meeting
from academic.models import Holiday, Occurrence, OccurrenceCohort, OccurrenceLecturer, SectionCohort, Teaching, Term
from academic.permissions import PERMISSIONS
from academic.sections.rules import change_section, offer_section
from academic.tests.timetable_lab import MONDAYS, at, days_of, refused, section_of, weekly
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at, person_of_nation
from faculties.factories import make_booking, make_room, saved, today_there
from faculties.models import Booking, Institution
from faculties.permissions import PERMISSIONS as PLACES
from users.factories import make_user

pytestmark = pytest.mark.django_db
NAMED, LAST = {"name": "Youth Day"}, date(2026, 2, 27)


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS, *PLACES).actor


@pytest.fixture
def term(harare: Institution) -> Term:
    """Three weeks, from a Monday to a Friday."""
    return make_term(harare, starts_on=MONDAYS[0], ends_on=LAST)


@pytest.fixture
def hall(harare: Institution):
    return make_room(harare, name="Beit Hall", capacity=40)


@pytest.fixture
def lecture(registrar, term, hall, harare):
    """On three Mondays from eight to ten, in a hall, with a lecturer and a cohort."""
    section = section_of(term, "PHY")
    saved(Teaching(institution=harare, section=section, account=make_user()))
    version = make_program_version(harare)
    saved(SectionCohort(institution=harare, section=section, program_version=version, year_of_study=1))
    return add_meeting(registrar, section=section, room=hall, **weekly())


def hours_taken() -> list[int]:
    """How many hours there are, and how many a room, a lecturer and a cohort give to them."""
    return [table.objects.count() for table in (Occurrence, Booking, OccurrenceLecturer, OccurrenceCohort)]


def on(day: date, last: date | None = None) -> dict[str, date]:
    return {"starts_on": day, "ends_on": last or day}


# --- Holidays ---
def test_a_holiday_takes_what_meets_on_it_and_gives_it_back(registrar, lecture):
    holiday = add_holiday(registrar, **NAMED, **on(MONDAYS[1]))
    assert (days_of(lecture), hours_taken()) == ([MONDAYS[0], MONDAYS[2]], [2, 2, 2, 2])
    holiday = change_holiday(registrar, holiday, **on(MONDAYS[2]))
    assert (days_of(lecture), hours_taken()) == (MONDAYS[:2], [2, 2, 2, 2])
    cancel_holiday(registrar, holiday)
    assert (days_of(lecture), hours_taken()) == (MONDAYS, [3, 3, 3, 3])


def test_in_an_exam_period_single_events_take_place_and_no_pattern_does(registrar, lecture, hall, term):
    days = {"name": "Exams", **on(MONDAYS[2], LAST), "is_exams": True}
    no_break = refused(add_holiday, registrar, **days)
    assert (no_break.code, no_break.problems[0].field) == ("exams_in_no_break", "is_break")
    exams = add_holiday(registrar, **days, is_break=True)
    assert (days_of(lecture), [week.number for week in weeks_of(term)]) == (MONDAYS[:2], [1, 2, None])
    exam = add_meeting(
        registrar, section=lecture.section, kind="exam", on_date=LAST, starts_at=time(8), ends_at=time(10)
    )
    assert days_of(exam) == [LAST]
    assert refused(add_holiday, registrar, **NAMED, **on(LAST)).code == "meeting_astray"
    assert refused(change_holiday, registrar, exams, is_exams=False).code == "meeting_astray"
    make_room(hall.institution, exam_capacity=40)
    url = f"/api/v1/academic/meetings/{exam.pk}/suggestions/"
    suggested = client_of(registrar).get(url, {"weekdays": "3"}).json()["data"]
    assert {one["change"]["on_date"] for one in suggested} == {"2026-02-25"}
    tuesday = {"starts_at": at(6, 24), "ends_at": at(8, 24)}
    taught = lecture.occurrences.earliest("starts_at")
    assert refused(move_occurrence, registrar, taught, **tuesday).code == "on_a_holiday"
    assert move_occurrence(registrar, exam.occurrences.get(), **tuesday).starts_at == at(6, 24)


@pytest.mark.time_machine(datetime(2026, 2, 1, tzinfo=UTC))
def test_what_was_moved_by_hand_is_not_left_where_nothing_takes_place(registrar, lecture, term):
    first = lecture.occurrences.earliest("starts_at")
    first = move_occurrence(registrar, first, starts_at=at(6, 27), ends_at=at(8, 27))
    refusal = refused(add_holiday, registrar, **NAMED, **on(LAST))
    assert (refusal.code, refusal.problems[0].field) == ("moved_astray", "starts_on")
    assert refusal.message.startswith("The lecture of PHY 1 that was moved to 27 February 2026 would be on a holiday")
    change_section(registrar, lecture.section, ends_on=MONDAYS[2])
    refusal = refused(change_term, registrar, term, ends_on=MONDAYS[2])
    assert (refusal.code, refusal.problems[0].field) == ("moved_astray", "ends_on")
    change_section(registrar, lecture.section, ends_on=LAST)
    change_term(registrar, term, ends_on=MONDAYS[2])
    refusal = refused(change_section, registrar, lecture.section, ends_on=MONDAYS[2])
    assert (refusal.code, refusal.problems[0].field) == ("moved_astray", "ends_on")
    cancel_occurrence(registrar, first)
    change_section(registrar, lecture.section, ends_on=MONDAYS[2])
    add_holiday(registrar, **NAMED, **on(LAST))


def test_what_a_holiday_does_not_touch_stays_the_same_row(registrar, lecture):
    kept = set(Occurrence.objects.exclude(planned_on=MONDAYS[1]).values_list("pk", "version"))
    booked = set(Booking.objects.exclude(starts_at=at(6, 16)).values_list("pk", flat=True))
    add_holiday(registrar, **NAMED, **on(MONDAYS[1]))
    assert set(Occurrence.objects.values_list("pk", "version")) == kept
    assert set(Booking.objects.values_list("pk", flat=True)) == booked


def test_what_was_moved_by_hand_stays_where_it_is(registrar, lecture):
    moved = Occurrence.objects.get(planned_on=MONDAYS[1])
    move_occurrence(registrar, moved, starts_at=at(6, 18), ends_at=at(8, 18))
    holiday = add_holiday(registrar, **NAMED, **on(MONDAYS[1]))
    assert (days_of(lecture), hours_taken()) == (MONDAYS, [3, 3, 3, 3])
    cancel_holiday(registrar, holiday)
    assert Occurrence.objects.get(pk=moved.pk).starts_at == at(6, 18)


def test_a_holiday_is_not_canceled_into_a_clash(registrar, lecture, harare, hall):
    holiday = add_holiday(registrar, **NAMED, **on(MONDAYS[1]))
    booking = make_booking(harare, room=hall, title="Choir", starts_at=at(7, 16), ends_at=at(9, 16))
    refusal = refused(cancel_holiday, registrar, holiday)
    assert (refusal.code, Holiday.objects.get().is_canceled) == ("already_booked", False)
    assert refusal.message == (
        "Beit Hall is booked for Choir on 16 February 2026 from 09:00 to 11:00;"
        " PHY 1 lecture would need it on 16 February 2026 from 08:00 to 10:00."
    )
    booking.delete()
    cancel_holiday(registrar, holiday)
    assert days_of(lecture) == MONDAYS


def test_two_that_only_a_holiday_kept_apart_are_named(registrar, term, hall):
    holiday = add_holiday(registrar, **NAMED, **on(MONDAYS[1]))
    for code, weeks in (("PHY", [1, 2]), ("ALG", [2, 3])):
        add_meeting(registrar, section=section_of(term, code), room=hall, **weekly(rhythm="listed", weeks=weeks))
    refusal = refused(cancel_holiday, registrar, holiday)
    assert (refusal.code, "PHY" in refusal.message, "ALG" in refusal.message) == ("already_booked", True, True)


def test_no_single_event_vanishes_under_a_holiday(registrar, term, lecture):
    event = {"kind": "exam", "on_date": MONDAYS[1], "starts_at": time(13), "ends_at": time(15)}
    exam = add_meeting(registrar, section=lecture.section, **event)
    refusal = refused(add_holiday, registrar, **NAMED, **on(MONDAYS[1]))
    assert (refusal.code, refusal.problems[0].field) == ("meeting_astray", "starts_on")
    words = "The exam of PHY 1 would be on none of its days: change or cancel that meeting first."
    assert (refusal.message, Holiday.objects.count()) == (words, 0)
    add_meeting(registrar, section=lecture.section, **{**event, "starts_at": time(15), "ends_at": time(16)})
    assert " of PHY 1, as 1 more, would be" in refused(add_holiday, registrar, **NAMED, **on(MONDAYS[1])).message
    holiday = add_holiday(registrar, **NAMED, **on(MONDAYS[2]))
    assert refused(change_holiday, registrar, holiday, **on(MONDAYS[1])).code == "meeting_astray"
    assert days_of(exam) == [MONDAYS[1]]


def test_weeks_after_a_break_are_counted_anew(registrar, term):
    odd = add_meeting(registrar, section=section_of(term, "PHY"), **weekly(rhythm="odd"))
    assert days_of(odd) == [MONDAYS[0], MONDAYS[2]]
    week = on(MONDAYS[0], MONDAYS[0] + timedelta(days=4))
    holiday = add_holiday(registrar, **NAMED, **week, is_break=True)
    assert days_of(odd) == [MONDAYS[1]]
    change_holiday(registrar, holiday, is_break=False)
    assert days_of(odd) == [MONDAYS[2]]


def test_what_was_canceled_does_not_come_back(registrar, lecture):
    holiday = add_holiday(registrar, **NAMED, **on(MONDAYS[1]))
    lecture.section.change(status="planned")
    cancel_meeting(registrar, lecture)
    cancel_holiday(registrar, holiday)
    assert hours_taken() == [0, 0, 0, 0]


# --- Terms, and exceptions from them ---
def test_weeks_follow_the_days_of_their_term(registrar, term):
    second = add_meeting(registrar, section=section_of(term, "PHY"), **weekly(rhythm="listed", weeks=[2]))
    assert days_of(second) == MONDAYS[1:2]
    change_term(registrar, term, starts_on=MONDAYS[1])
    assert days_of(second) == MONDAYS[2:]


def test_a_term_does_not_leave_a_meeting_without_a_day(registrar, term):
    add_meeting(registrar, section=section_of(term, "PHY"), **weekly(rhythm="listed", weeks=[3]))
    refusal = refused(change_term, registrar, term, ends_on=date(2026, 2, 20))
    assert (refusal.code, refusal.problems[0].field) == ("meeting_astray", "ends_on")
    words = "The lecture of PHY 1 would be on none of its days: change or cancel that meeting first."
    assert (refusal.message, Term.objects.get(pk=term.pk).ends_on) == (words, LAST)


def test_the_weeks_of_a_program_follow_its_exception_alone(registrar, term):
    ours, theirs = section_of(term, "PHY"), section_of(term, "ALG")
    own, other = [add_meeting(registrar, section=one, **weekly(rhythm="odd")) for one in (ours, theirs)]
    of = {"term": term, "program": ours.course.program, "reason": "Practice first"}
    exception = add_exception(registrar, **of, **on(MONDAYS[1], LAST))
    assert (days_of(own), days_of(other)) == ([MONDAYS[1]], [MONDAYS[0], MONDAYS[2]])
    remove_exception(registrar, exception)
    assert days_of(own) == days_of(other) == [MONDAYS[0], MONDAYS[2]]


def test_a_day_of_many_meetings_goes_and_comes_back_in_as_many_statements_as_of_one(registrar, term, lecture, hall):
    def statements() -> list[int]:
        with CaptureQueriesContext(connection) as declared:
            holiday = add_holiday(registrar, **NAMED, **on(MONDAYS[1]))
        with CaptureQueriesContext(connection) as canceled:
            cancel_holiday(registrar, holiday)
        Holiday.objects.all().delete()
        return [len(declared), len(canceled)]

    alone = statements()
    for hour in (10, 12, 14):
        times = {"starts_at": time(hour), "ends_at": time(hour + 1), "room": hall}
        add_meeting(registrar, section=section_of(term, f"C{hour}"), **weekly(**times))
    taken = hours_taken()
    assert statements() == alone
    assert hours_taken() == taken == [12, 12, 3, 3]


def test_the_zone_stays_while_meetings_have_their_hours_by_it(harare: Institution):
    today = today_there()
    term = make_term(harare, starts_on=today - timedelta(weeks=5), ends_on=today + timedelta(weeks=5))
    client = client_of(person_at(harare, *PERMISSIONS, *PLACES))
    nation = client_of(person_of_nation(*PLACES))
    url, section = f"/api/v1/institutions/{harare.pk}/", section_of(term, "PHY", status="planned")
    body = {"section": str(section.pk), "weekday": 1, "starts_at": "08:00", "ends_at": "10:00"}
    meeting = client.post("/api/v1/academic/meetings/", body).json()["data"]["id"]
    for one in (client, nation):
        answer = one.patch(url, {"time_zone": "Asia/Dubai"})
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "zone_of_meetings")
        assert one.patch(url, {"time_zone": "Africa/Harare", "city": "Harare"}).status_code == 200
    assert Institution.objects.get(pk=harare.pk).time_zone == "Africa/Harare"
    with reaching(harare.pk):
        assert {one.starts_at.hour for one in Occurrence.objects.all()} == {6}
    # Those of a term that is over stay as they took place.
    assert client.post(f"/api/v1/academic/meetings/{meeting}/cancel/").status_code == 200
    make_meeting(harare, section=section_of(make_term(harare, starts_on=MONDAYS[0], ends_on=LAST), "ALG"))
    assert nation.patch(url, {"time_zone": "Asia/Dubai"}).status_code == 200
    assert client.post("/api/v1/academic/meetings/", body).status_code == 201
    with reaching(harare.pk):
        assert {one.starts_at.hour for one in Occurrence.objects.filter(section=section)} == {4}


def test_a_section_is_offered_on_the_days_that_its_program_has(registrar, harare, term):
    later = {"starts_on": MONDAYS[1], "ends_on": LAST + timedelta(weeks=2)}
    course = make_course(harare)
    add_exception(registrar, term=term, program=course.program, reason="Attachment", **later)
    section = offer_section(registrar, course=course, term=term, code="1")
    assert (section.starts_on, section.ends_on) == (later["starts_on"], later["ends_on"])
    lecture = add_meeting(registrar, section=section, **weekly())
    assert days_of(lecture) == [MONDAYS[1] + timedelta(weeks=week) for week in range(4)]
    window = make_window(harare, term=term, section=section)
    opening = window_of(harare.pk, section.pk, None, window.kind)
    assert opening.opens_at.astimezone(ZoneInfo(harare.time_zone)).date() == MONDAYS[1]
    asked = offer_section(registrar, course=course, term=term, code="2", starts_on=MONDAYS[2])
    assert (asked.starts_on, asked.ends_on) == (MONDAYS[2], later["ends_on"])

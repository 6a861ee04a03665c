"""This file holds what is promised of scheduling: from a pattern to occurrences, by the clocks, and how they change."""

from datetime import UTC, date, datetime, time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from academic.calendar.rules import add_holiday, cancel_holiday
from academic.factories import make_holiday, make_meeting, make_term
from academic.meetings.occurring import cancel_occurrence, move_occurrence
from academic.meetings.rules import add_meeting, cancel_meeting, change_meeting, swap_meetings, waive_limit
from academic.models import Meeting, Occurrence, SectionCohort, Teaching
from academic.permissions import PERMISSIONS
from academic.sections.rules import change_section
from academic.tests.timetable_lab import MONDAYS, at, days_of, refused, section_of, shared, weekly
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from faculties.bookings.rules import cancel_booking
from faculties.factories import make_room
from faculties.models import Booking, Institution
from faculties.permissions import PERMISSIONS as PLACES

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
def hall(harare: Institution):
    return make_room(harare, name="Beit Hall", capacity=40, exam_capacity=20, features=["projector"])


# --- From a pattern to occurrences ---
def test_a_meeting_occurs_in_each_week_by_the_clocks_of_its_institution(registrar, term):
    meeting = add_meeting(registrar, section=section_of(term, "PHY"), **weekly())
    assert days_of(meeting) == MONDAYS
    first = Occurrence.objects.order_by("starts_at").first()
    assert (first.starts_at, first.ends_at) == (at(6), at(8))


@pytest.mark.parametrize(
    ("pattern", "days"),
    [
        ({"rhythm": "odd"}, [MONDAYS[0], MONDAYS[2]]),
        ({"rhythm": "even"}, [MONDAYS[1]]),
        ({"rhythm": "listed", "weeks": [3, 1, 3]}, [MONDAYS[0], MONDAYS[2]]),
        ({"first_week": 2}, MONDAYS[1:]),
        ({"last_week": 2}, MONDAYS[:2]),
        ({"first_week": 2, "last_week": 2}, MONDAYS[1:2]),
    ],
)
def test_a_pattern_has_the_weeks_that_it_says(registrar, term, pattern, days):
    assert days_of(add_meeting(registrar, section=section_of(term, "PHY"), **weekly(**pattern))) == days


def test_weeks_begin_on_monday_even_where_the_term_does_not(registrar, harare):
    term = make_term(harare, starts_on=date(2026, 2, 11), ends_on=date(2026, 2, 25))
    meeting = add_meeting(registrar, section=section_of(term, "PHY"), **weekly(rhythm="odd"))
    assert days_of(meeting) == [date(2026, 2, 23)]  # the Monday of week 1 is before the term


def test_on_a_holiday_nothing_takes_place_and_a_break_is_no_teaching_week(registrar, harare):
    term = make_term(harare, starts_on=MONDAYS[0], ends_on=date(2026, 3, 6))
    make_holiday(harare, starts_on=MONDAYS[1], ends_on=date(2026, 2, 20), is_break=True)
    make_holiday(harare, starts_on=MONDAYS[2], ends_on=MONDAYS[2])
    make_holiday(harare, starts_on=MONDAYS[0], ends_on=MONDAYS[0], is_canceled=True)
    section = section_of(term, "PHY")
    assert days_of(add_meeting(registrar, section=section, **weekly())) == [MONDAYS[0], date(2026, 3, 2)]
    assert days_of(add_meeting(registrar, section=section, **weekly(weekday=2, rhythm="even"))) == [date(2026, 2, 24)]
    refusal = refused(add_meeting, registrar, section=section, **weekly(rhythm="listed", weeks=[4]))
    assert refusal.message == "This term has 3 teaching weeks: there is no week 4."
    asked = {"starts_at": time(8), "ends_at": time(10), "on_date": MONDAYS[2]}
    assert refused(add_meeting, registrar, section=section, **asked).code == "never_meets"


def test_a_meeting_keeps_to_the_days_of_its_section(registrar, term):
    section = section_of(term, "PHY", starts_on=MONDAYS[1], ends_on=MONDAYS[1] + (MONDAYS[1] - MONDAYS[0]) / 2)
    assert days_of(add_meeting(registrar, section=section, **weekly())) == MONDAYS[1:2]


def test_a_single_event_occurs_once(registrar, term):
    hours = {"starts_at": time(8), "ends_at": time(10)}
    meeting = add_meeting(registrar, section=section_of(term, "PHY"), kind="exam", on_date=date(2026, 2, 26), **hours)
    assert days_of(meeting) == [date(2026, 2, 26)]


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"rhythm": "listed", "weeks": [2, 4]}, "week_beyond_term", "weeks"),
        ({"rhythm": "listed", "weeks": [0]}, "week_beyond_term", "weeks"),
        ({"first_week": 4}, "week_beyond_term", "first_week"),
        ({"last_week": 4}, "week_beyond_term", "last_week"),
        ({"ends_at": time(8)}, "ends_before_it_starts", "ends_at"),
        ({"ends_at": time(7)}, "ends_before_it_starts", "ends_at"),
        ({"weekday": 6, "first_week": 3}, "never_meets", "weekday"),
        ({"weekday": None, "on_date": date(2026, 2, 28)}, "outside_term", "on_date"),
        ({"weekday": 8}, "weekday_or_date", "weekday"),
        ({"weekday": 0}, "weekday_or_date", "weekday"),
        ({"weekday": None}, "weekday_or_date", "weekday"),
        ({"on_date": date(2026, 2, 26)}, "weekday_or_date", "on_date"),
        ({"weeks": [1]}, "weeks_not_listed", "weeks"),
        ({"rhythm": "listed"}, "weeks_not_listed", "weeks"),
        ({"first_week": 3, "last_week": 2}, "weeks_out_of_order", "last_week"),
        ({"first_week": 0}, "weeks_out_of_order", "first_week"),
    ],
)
def test_a_wrong_pattern_is_refused_by_its_field(registrar, term, wrong, code, field):
    refusal = refused(add_meeting, registrar, section=section_of(term, "PHY"), **weekly(**wrong))
    assert (code, field) in [(one.code, one.field) for one in refusal.problems]


# --- The clocks ---
@pytest.fixture
def london(harare: Institution):
    """The clocks of this one go forward at one on 29 March 2026, a Sunday."""
    harare.time_zone = "Europe/London"
    harare.save()
    return make_term(harare, starts_on=date(2026, 3, 22), ends_on=date(2026, 4, 5))


def test_the_hour_on_the_wall_stays_when_the_clocks_change(registrar, london):
    meeting = add_meeting(registrar, section=section_of(london, "PHY"), **weekly(weekday=7, starts_at=time(9)))
    assert [one.starts_at.hour for one in meeting.occurrences.order_by("starts_at")] == [9, 8, 8]


@pytest.mark.parametrize(("starts", "ends"), [(time(0, 30), time(3)), (time(1, 30), time(3)), (time(0), time(1, 30))])
def test_a_time_across_a_change_of_the_clocks_is_refused(registrar, london, starts, ends):
    asked = weekly(weekday=7, starts_at=starts, ends_at=ends)
    refusal = refused(add_meeting, registrar, section=section_of(london, "PHY"), **asked)
    assert (refusal.code, refusal.problems[0].field) == ("clocks_change", "starts_at")
    assert refusal.message.startswith("On 29 March 2026 the clocks change")
    # Without that week it is none of the clocks' concern.
    assert add_meeting(registrar, section=section_of(london, "ALG"), **{**asked, "last_week": 1})


@pytest.mark.time_machine(datetime(2026, 3, 30, tzinfo=UTC))
def test_that_the_clocks_changed_in_a_week_that_is_over_is_nobodys_concern(registrar, london):
    meeting = add_meeting(registrar, section=section_of(london, "PHY"), **weekly(weekday=7))
    change_meeting(registrar, meeting, starts_at=time(0, 30), ends_at=time(3))
    assert [one.starts_at.hour for one in meeting.occurrences.order_by("starts_at")] == [8, 7, 23]


# --- Changes ---
def test_a_meeting_that_moves_keeps_its_occurrences_and_frees_its_old_hour(registrar, term, hall):
    section = section_of(term, "PHY")
    meeting = add_meeting(registrar, section=section, **weekly(room=hall))
    ids = set(meeting.occurrences.values_list("pk", flat=True))
    change_meeting(registrar, meeting, starts_at=time(12), ends_at=time(14))
    assert set(meeting.occurrences.values_list("pk", flat=True)) == ids
    assert {one.starts_at.hour for one in Booking.objects.all()} == {10}
    add_meeting(registrar, section=section, **weekly(room=hall))


def test_two_meetings_exchange_their_hours_at_once(registrar, harare, term, hall):
    first, second = section_of(term, "PHY"), section_of(term, "ALG")
    shared("lecturer", harare, [first, second])
    one = add_meeting(registrar, section=first, **weekly(room=hall))
    other = add_meeting(registrar, section=second, **weekly(room=hall, starts_at=time(10), ends_at=time(12)))
    one = swap_meetings(registrar, one, other=other)
    assert (one.starts_at, Meeting.objects.get(pk=other.pk).starts_at) == (time(10), time(8))
    assert {booking.title: booking.starts_at.hour for booking in Booking.objects.all()} == {
        "PHY 1 lecture": 8,
        "ALG 1 lecture": 6,
    }


def test_an_exchange_that_does_not_fit_changes_nothing(registrar, harare, term, hall):
    one = add_meeting(registrar, section=section_of(term, "PHY", capacity=40), **weekly(room=hall))
    small = add_meeting(
        registrar, section=section_of(term, "ALG", capacity=9), **weekly(room=make_room(harare, capacity=9))
    )
    assert refused(swap_meetings, registrar, one, other=small).code == "room_too_small"
    assert refused(swap_meetings, registrar, one, other=one).code == "not_another"


def test_a_canceled_meeting_frees_its_room_and_stays_known(registrar, term, hall):
    meeting = add_meeting(registrar, section=section_of(term, "PHY", status="planned"), **weekly(room=hall))
    meeting = cancel_meeting(registrar, meeting)
    assert (meeting.status, days_of(meeting), Booking.objects.count()) == ("canceled", [], 0)
    for rule in (change_meeting, cancel_meeting):
        assert refused(rule, registrar, meeting).code == "meeting_canceled"


def test_a_canceled_section_meets_no_more(registrar, term, hall):
    section = section_of(term, "PHY")
    meeting = add_meeting(registrar, section=section, **weekly(room=hall))
    change_section(registrar, section, status="canceled")
    assert (days_of(meeting), Booking.objects.count()) == ([], 0)


def test_one_occurrence_moves_and_stays_so_when_the_pattern_changes(registrar, term, hall):
    meeting = add_meeting(registrar, section=section_of(term, "PHY"), **weekly())
    one = meeting.occurrences.get(planned_on=MONDAYS[1])
    one = move_occurrence(registrar, one, starts_at=at(10, day=17), ends_at=at(12, day=17), room=hall)
    change_meeting(registrar, meeting, starts_at=time(7))
    starts = meeting.occurrences.order_by("planned_on").values_list("starts_at", flat=True)
    assert list(starts) == [at(5), at(10, day=17), at(5, day=23)]
    assert Booking.objects.get().starts_at == at(10, day=17)
    assert refused(move_occurrence, registrar, one, starts_at=at(9), ends_at=at(9)).code == "ends_before_it_starts"


@pytest.mark.time_machine(datetime(2026, 2, 18, tzinfo=UTC))
def test_what_has_begun_stays_as_it_was_when_the_pattern_changes(registrar, harare, term, hall):
    """It is Wednesday of the second week: two Mondays were held, and the third is to come."""
    section, other = section_of(term, "PHY"), section_of(term, "ALG")
    meeting = add_meeting(registrar, section=section, **weekly(room=hall))
    add_meeting(registrar, section=other, **weekly(room=hall, weekday=2, last_week=2))
    past = [at(6), at(6, day=16)]

    def starts() -> list[datetime]:
        return list(meeting.occurrences.order_by("starts_at").values_list("starts_at", flat=True))

    # That the hall was taken on Tuesdays that are over is nobody's concern.
    meeting = change_meeting(registrar, meeting, weekday=2)
    assert starts() == [*past, at(6, day=24)]
    assert set(Booking.objects.filter(source_id=meeting.pk).values_list("starts_at", flat=True)) == set(starts())
    meeting = change_meeting(registrar, meeting, starts_at=time(7), rhythm="even")
    assert starts() == past
    # Nothing else that brings it anew rewrites what was.
    cancel_holiday(registrar, add_holiday(registrar, name="Funeral", starts_on=MONDAYS[0], ends_on=MONDAYS[0]))
    waive_limit(registrar, meeting=meeting, waives="travel", reason="It is next door.")
    assert starts() == past
    meeting = change_meeting(registrar, meeting, rhythm="every")
    assert starts() == [*past, at(5, day=24)]


def test_what_was_changed_by_hand_stays_so_when_the_pattern_takes_another_weekday(registrar, harare, term, hall):
    make_holiday(harare, starts_on=date(2026, 2, 17), ends_on=date(2026, 2, 17))
    meeting = add_meeting(registrar, section=section_of(term, "PHY"), **weekly(room=hall))
    _, second, third = meeting.occurrences.order_by("planned_on")
    move_occurrence(registrar, second, starts_at=at(10, day=20), ends_at=at(12, day=20))
    cancel_occurrence(registrar, third)
    change_meeting(registrar, meeting, weekday=2)
    rows = meeting.occurrences.order_by("planned_on").values_list("planned_on__day", "starts_at", "status")
    assert list(rows) == [
        (10, at(6, day=10), "scheduled"), (17, at(10, day=20), "scheduled"), (24, at(6, day=23), "canceled"),
    ]  # fmt: skip
    assert {booking.starts_at for booking in Booking.objects.all()} == {at(6, day=10), at(10, day=20)}
    # But a single event goes where it is said to be.
    event = add_meeting(registrar, section=meeting.section, **{**weekly(), "weekday": None, "on_date": MONDAYS[0]})
    move_occurrence(registrar, event.occurrences.get(), starts_at=at(10), ends_at=at(12))
    change_meeting(registrar, event, on_date=date(2026, 2, 11))
    assert event.occurrences.get().starts_at == at(6, day=11)


@pytest.mark.parametrize(
    ("starts", "ends", "code", "field"),
    [
        (at(8, day=8), at(9, day=8), "outside_term", "starts_at"),
        (at(22, day=27), at(23, day=27), "outside_term", "starts_at"),  # past midnight in Harare
        (at(20, day=17), at(22, day=17), None, None),
        (at(20, day=17), at(23, day=17), "beyond_the_day", "ends_at"),
        (at(8, day=17), at(7, day=17), "ends_before_it_starts", "ends_at"),
    ],
)
def test_an_occurrence_moves_within_a_day_of_its_term(registrar, term, starts, ends, code, field):
    one = add_meeting(registrar, section=section_of(term, "PHY"), **weekly()).occurrences.first()
    if code is None:
        assert move_occurrence(registrar, one, starts_at=starts, ends_at=ends).ends_at == ends
        return
    refusal = refused(move_occurrence, registrar, one, starts_at=starts, ends_at=ends)
    assert (refusal.code, refusal.problems[0].field) == (code, field)


def test_a_moved_occurrence_clashes_like_any_other(registrar, term, hall):
    add_meeting(registrar, section=section_of(term, "PHY"), **weekly(room=hall))
    other = add_meeting(registrar, section=section_of(term, "ALG"), **weekly(weekday=2, room=hall))
    one = other.occurrences.first()
    assert refused(move_occurrence, registrar, one, starts_at=at(7), ends_at=at(9)).code == "already_booked"


def test_a_canceled_occurrence_frees_its_hour_alone(registrar, term, hall):
    meeting = add_meeting(registrar, section=section_of(term, "PHY"), **weekly(room=hall))
    one = cancel_occurrence(registrar, meeting.occurrences.get(planned_on=MONDAYS[1]))
    assert {booking.starts_at.day for booking in Booking.objects.all()} == {9, 23}
    assert refused(cancel_occurrence, registrar, one).code == "occurrence_canceled"


def test_the_booking_of_a_meeting_changes_with_the_meeting_alone(registrar, term, hall):
    add_meeting(registrar, section=section_of(term, "PHY", capacity=30), **weekly(room=hall))
    booking = Booking.objects.order_by("starts_at").first()
    assert (booking.title, booking.purpose, booking.source) == ("PHY 1 lecture", "class", "meeting")
    assert refused(cancel_booking, registrar, booking).code == "made_elsewhere"


# --- Timetables ---
@pytest.mark.parametrize("who", ["account", "program_version"])
def test_a_week_of_a_timetable_is_one_statement_and_shows_whose_it_is(harare, term, who):
    ours, others = section_of(term, "PHY"), section_of(term, "ALG")
    kind, url = {"account": ("lecturer", "lecturer-hours"), "program_version": ("cohort", "cohort-hours")}[who]
    for section in (others, ours):
        shared(kind, harare, [section])
        make_meeting(harare, section=section, room=make_room(harare))
    with reaching(harare.pk):
        person = (Teaching if who == "account" else SectionCohort).objects.get(section=ours)
    week = {"starts_at__gte": "2026-02-16T00:00:00Z", "starts_at__lt": "2026-02-23T00:00:00Z", "ordering": "starts_at"}
    client = client_of(person_at(harare, "academic.view_timetable_draft"))
    asked = {**week, who: str(getattr(person, f"{who}_id"))}
    client.get(f"/api/v1/academic/{url}/", asked)
    with CaptureQueriesContext(connection) as queries:
        rows = client.get(f"/api/v1/academic/{url}/", asked).json()["data"]
    assert [row["starts_at"] for row in rows] == ["2026-02-16T06:00:00Z"]
    assert len([one for one in queries if "academic_" in one["sql"]]) == 1, [one["sql"] for one in queries]

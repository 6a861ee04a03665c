"""This file holds what is promised of occurrences that plain SQL writes: the database refuses what rules refuse."""

from datetime import date, time
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from academic.factories import make_meeting, make_term
from academic.models import Occurrence, OccurrenceCohort, OccurrenceLecturer
from academic.tests.timetable_lab import MONDAYS, everything, section_of, shared, weekly
from core.tenancy.scope import reaching
from faculties.factories import make_room
from faculties.models import Booking, Institution

pytestmark = pytest.mark.django_db
ONCE = {"room": "booking_of_room_once", "lecturer": "lecturer_at_one_place", "cohort": "cohort_at_one_place"}
TAKEN = {"room": Booking, "lecturer": OccurrenceLecturer, "cohort": OccurrenceCohort}
# A Tuesday of the second week, at the hours of another day of the meeting.
INSERT = """
INSERT INTO academic_occurrence (id, institution_id, meeting_id, section_id, planned_on, starts_at, ends_at, room_id,
  created_at, updated_at, version)
SELECT uuidv7(), institution_id, meeting_id, section_id, '2026-02-17', starts_at + %(later)s::interval,
  ends_at + %(later)s::interval, room_id, now(), now(), 1
FROM academic_occurrence WHERE meeting_id = %(meeting)s AND planned_on = '2026-02-16'"""
UPDATE = """
UPDATE academic_occurrence SET starts_at = starts_at + %(later)s::interval, ends_at = ends_at + %(later)s::interval
WHERE meeting_id = %(meeting)s"""
CANCEL = "UPDATE academic_occurrence SET status = 'canceled' WHERE meeting_id = %(meeting)s"
SCHEDULE = "UPDATE academic_occurrence SET status = 'scheduled' WHERE meeting_id = %(meeting)s"


@pytest.fixture
def term(harare: Institution):
    """Three weeks, from a Monday to a Friday."""
    with reaching(harare.pk):
        yield make_term(harare, starts_on=MONDAYS[0], ends_on=date(2026, 2, 27))


def two_of(kind: str, term: Any) -> tuple[Any, Any]:
    """Two meetings that need the same on Mondays: from eight to ten, and from ten to twelve."""
    first, second = section_of(term, "PHY"), section_of(term, "ALG")
    fields = shared(kind, term.institution, [first, second])
    usual = {"room": None, **fields}
    early = make_meeting(term.institution, section=first, **weekly(**usual))
    late = make_meeting(term.institution, section=second, **weekly(**usual, starts_at=time(10), ends_at=time(12)))
    return early, late


def write(statement: str, meeting: Any, later: str = "0") -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"meeting": meeting.pk, "later": later})


def refused(statement: str, meeting: Any, later: str = "0") -> str:
    """The limit that the database names, after which everything is as it was."""
    before = everything()
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        write(statement, meeting, later)
    assert everything() == before
    return refusal.value.__cause__.diag.constraint_name


def hours_taken(kind: str) -> list[Any]:
    return list(TAKEN[kind].objects.order_by("starts_at").values_list("starts_at", "ends_at"))


def hours_held() -> list[Any]:
    scheduled = Occurrence.objects.filter(status="scheduled")
    return list(scheduled.order_by("starts_at").values_list("starts_at", "ends_at"))


@pytest.mark.parametrize("kind", ONCE)
def test_no_occurrence_is_written_at_an_hour_that_is_taken(term, kind):
    early, late = two_of(kind, term)
    assert refused(UPDATE, late, "-1 hour") == ONCE[kind]
    assert refused(INSERT, late, "-1 hour") == ONCE[kind]
    assert refused(INSERT, late) == ONCE[kind]  # its own hour, twice
    write(CANCEL, late)
    write(UPDATE, late, "-1 hour")
    assert refused(SCHEDULE, late) == ONCE[kind]
    assert hours_taken(kind) == hours_held()
    assert early.occurrences.count() == 3


@pytest.mark.parametrize("kind", ONCE)
def test_what_is_written_takes_its_hours_and_gives_back_those_before(term, kind):
    early, late = two_of(kind, term)
    write(INSERT, early, "1 day")
    assert len(hours_taken(kind)) == 7
    assert hours_taken(kind) == hours_held()
    write(UPDATE, early, "7 days")  # each onto the hour of the next
    assert hours_taken(kind) == hours_held()
    write(CANCEL, early)
    assert hours_taken(kind) == hours_held()
    assert len(hours_held()) == 3
    write(UPDATE, late, "-2 hours")  # which are free by now
    write(UPDATE, late, "2 hours")
    write(SCHEDULE, early)
    assert hours_taken(kind) == hours_held()
    assert len(hours_held()) == 7


def test_an_occurrence_is_not_written_into_a_room_that_is_taken(term):
    early, late = two_of("room", term)
    other = make_room(term.institution)
    into = "UPDATE academic_occurrence SET room_id = '{}' WHERE meeting_id = %(meeting)s"
    write(into.format(other.pk), late)
    write(UPDATE, late, "-2 hours")
    assert Booking.objects.filter(room=other).count() == 3
    assert refused(into.format(early.room_id), late) == ONCE["room"]


def test_what_one_statement_settled_is_asked_anew_of_the_next(term):
    early, late = two_of("lecturer", term)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('tesc.settled_meeting', 'all', true)")
    assert refused(UPDATE, late, "-1 hour") == ONCE["lecturer"]
    assert early.occurrences.count() == 3

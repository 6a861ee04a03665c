"""This file holds what is promised of one occurrence, over HTTP: moves and exchanges are asked what meetings are."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from academic.availability.rules import say_availability
from academic.factories import make_holiday, make_term
from academic.meetings.rules import add_meeting, swap_meetings
from academic.models import Occurrence
from academic.norms.rules import set_norm
from academic.permissions import PERMISSIONS
from academic.sections.rules import give_teaching
from academic.tests.timetable_lab import MONDAYS, everything, refused, section_of, weekly
from core.audit.models import AuditEntry
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from faculties.factories import make_room
from faculties.models import Booking, Institution
from faculties.permissions import PERMISSIONS as PLACES
from staff.factories import make_contract, make_member
from users.factories import make_user

pytestmark = pytest.mark.django_db
URL = "/api/v1/academic/occurrences"


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS, *PLACES).actor


@pytest.fixture
def rudo(harare: Institution):
    """A lecturer with a full post of at most seven hours a term, who never teaches on Tuesdays."""
    lecturer = make_user(name="Rudo Moyo")
    make_contract(harare, member=make_member(harare, account=lecturer))
    return lecturer


@pytest.fixture
def lecture(registrar, harare, rudo):
    """Three Mondays from eight to ten in a hall for forty: six hours of hers. Wednesday the eleventh is a holiday."""
    set_norm(registrar, per="term", hours=Decimal(6), most_hours=Decimal(7))
    say_availability(registrar, account=rudo, kind="unavailable", weekday=2)
    make_holiday(harare, name="Youth Day", starts_on=date(2026, 2, 11), ends_on=date(2026, 2, 11))
    section = section_of(make_term(harare, starts_on=MONDAYS[0], ends_on=date(2026, 2, 27)), "PHY", capacity=40)
    give_teaching(registrar, section=section, account=rudo)
    hall = make_room(harare, name="Beit Hall", capacity=40)
    return add_meeting(registrar, section=section, **weekly(room=hall))


def on(day: int, starts: str = "08:00", ends: str = "10:00", **more: Any) -> dict[str, Any]:
    """A time in February by the clocks of Harare."""
    return {"starts_at": f"2026-02-{day:02}T{starts}+02:00", "ends_at": f"2026-02-{day:02}T{ends}+02:00", **more}


def asked(registrar: Any, occurrence: Occurrence, verb: str, body: dict[str, Any]) -> tuple:
    """The status of the answer, and the code and field of a refusal, after which everything is as it was."""
    before = everything()
    answer = client_of(registrar).post(f"{URL}/{occurrence.pk}/{verb}/", body)
    if answer.status_code == 200:
        return (200,)
    assert everything() == before
    return (answer.status_code, *(answer.json()["errors"][0][name] for name in ("code", "field")))


def test_an_occurrence_that_moves_is_asked_what_its_meeting_is(registrar, harare, lecture):
    one = lecture.occurrences.earliest("starts_at")
    small, closed = make_room(harare, capacity=39), make_room(harare, capacity=90, status="out_of_service")
    for body, refusal in (
        (on(10), (409, "not_available", None)),
        (on(11), (422, "on_a_holiday", "starts_at")),
        (on(12, ends="11:30"), (422, "too_many_hours", "ends_at")),
        (on(12, room=str(small.pk)), (422, "room_too_small", "room")),
        (on(12, room=str(closed.pk)), (422, "not_available", "room")),
        (on(16, "09:00", "11:00"), (409, "lecturer_busy", None)),
        (on(12), (200,)),
    ):
        assert asked(registrar, one, "move", body) == refusal
    lecture.room.change(status="out_of_service")
    assert asked(registrar, one, "move", on(13)) == (422, "not_available", "room")
    assert set(Booking.objects.values_list("starts_at__day", flat=True)) == {12, 16, 23}


def test_two_occurrences_exchange_hours_and_rooms_or_neither_does(registrar, harare, lecture, rudo):
    one = lecture.occurrences.earliest("starts_at")
    others = {}
    for code, fields in (("ALG", {"weekday": 2}), ("BIO", {"weekday": 4}), ("ZOO", {"weekday": 5})):
        section = section_of(lecture.section.term, code, capacity=20)
        room = make_room(harare, capacity=20 if code == "BIO" else 60)
        meeting = add_meeting(registrar, section=section, **weekly(room=room, starts_at=time(9), **fields))
        others[code] = meeting.occurrences.earliest("starts_at")
    for code, refusal in (
        ("ALG", (409, "not_available", None)),
        ("BIO", (422, "room_too_small", "room")),
        ("ZOO", (200,)),
    ):
        assert asked(registrar, one, "swap", {"other": str(others[code].pk)}) == refusal
    assert asked(registrar, one, "swap", {"other": str(one.pk)}) == (422, "not_another", "other")
    other = others["ZOO"]
    before = [(row.starts_at, row.ends_at, row.room_id) for row in (other, one)]
    for row in (one, other):
        row.refresh_from_db()
    assert [(row.starts_at, row.ends_at, row.room_id) for row in (one, other)] == before
    assert (one.changed_by_hand, other.changed_by_hand) == (True, True)
    assert set(AuditEntry.objects.filter(subject_id__in=[one.pk, other.pk], decision="done").values_list("rule")) == {
        ("academic.occurrence.exchanged",),
        ("academic.occurrence.moved",),
    }


@pytest.mark.time_machine(datetime(2026, 2, 1, tzinfo=UTC))
def test_meetings_that_exchange_their_hours_are_asked_for_the_most_of_them(registrar, lecture):
    longer = weekly(weekday=4, starts_at=time(8), ends_at=time(12))
    other = add_meeting(registrar, section=section_of(lecture.section.term, "ALG"), **longer)
    assert refused(swap_meetings, registrar, lecture, other=other).code == "too_many_hours"

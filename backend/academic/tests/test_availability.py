"""This file holds what is promised of lecturers' time: nobody teaches when they can't, unless that is waived."""

from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from academic.availability.rules import change_availability, say_availability
from academic.factories import make_term
from academic.meetings.rules import add_meeting, change_meeting, end_waiver, schedule_meeting, waive_limit
from academic.models import LecturerAvailability
from academic.permissions import PERMISSIONS
from academic.sections.rules import change_section, give_teaching
from academic.tests.timetable_lab import MONDAYS, days_of, refused, section_of, weekly
from core.actor import Actor
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from faculties.factories import make_department, make_room
from faculties.models import Institution
from faculties.permissions import PERMISSIONS as PLACES
from staff.factories import make_absence, make_member
from users.factories import make_grant, make_user
from users.roles.actors import actor_of

pytestmark = pytest.mark.django_db
URL = "/api/v1/academic/lecturer-availability/"


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS, *PLACES).actor


@pytest.fixture
def term(harare: Institution):
    """Three weeks, from a Monday to a Friday."""
    return make_term(harare, starts_on=MONDAYS[0], ends_on=date(2026, 2, 27))


@pytest.fixture
def rudo():
    return make_user(name="Rudo Moyo")


def taught(registrar: Any, term: Any, lecturer: Any, code: str = "PHY") -> Any:
    section = section_of(term, code)
    give_teaching(registrar, section=section, account=lecturer)
    return section


# --- What is said ---
@pytest.mark.parametrize(
    ("said", "is_in_the_way"),
    [
        ({"weekday": 1}, True),
        ({"weekday": 2}, False),
        ({"weekday": 1, "starts_at": time(10), "ends_at": time(12)}, False),  # touching is not in the way
        ({"weekday": 1, "starts_at": time(6), "ends_at": time(8)}, False),
        ({"weekday": 1, "starts_at": time(9, 59), "ends_at": time(12)}, True),
        ({"starts_on": date(2026, 2, 16), "ends_on": date(2026, 2, 16)}, True),
        ({"starts_on": date(2026, 2, 17), "ends_on": date(2026, 2, 22)}, False),
        (
            {"starts_on": date(2026, 2, 10), "ends_on": date(2026, 2, 20), "starts_at": time(7), "ends_at": time(9)},
            True,
        ),
        ({"weekday": 1, "starts_on": date(2026, 2, 24)}, False),
        ({"weekday": 1, "ends_on": date(2026, 2, 9)}, True),
        ({"weekday": 1, "kind": "undesired"}, False),
        ({"weekday": 1, "kind": "preferred"}, False),
    ],
)
def test_nobody_teaches_at_an_hour_at_which_they_can_not(registrar, term, rudo, said, is_in_the_way):
    say_availability(registrar, account=rudo, **{"kind": "unavailable", **said})
    section = taught(registrar, term, rudo)
    if is_in_the_way:
        assert refused(add_meeting, registrar, section=section, **weekly()).code == "not_available"
    else:
        assert days_of(add_meeting(registrar, section=section, **weekly())) == MONDAYS


def test_what_is_said_of_a_term_holds_on_its_days_alone(registrar, harare, term, rudo):
    other = make_term(harare, starts_on=date(2026, 3, 2), ends_on=date(2026, 3, 20))
    say_availability(registrar, account=rudo, kind="unavailable", weekday=1, term=other)
    add_meeting(registrar, section=taught(registrar, term, rudo), **weekly())
    refusal = refused(add_meeting, registrar, section=taught(registrar, other, rudo, "ALG"), **weekly())
    assert refusal.code == "not_available"


def test_whoever_is_refused_hears_both_sides_the_place_and_the_hour(registrar, harare, term, rudo):
    said = {"weekday": 1, "starts_at": time(9), "ends_at": time(12)}
    say_availability(registrar, account=rudo, kind="unavailable", **said)
    section = section_of(term, "PHY")
    add_meeting(registrar, section=section, **weekly(room=make_room(harare, name="Beit Hall")))
    assert refused(give_teaching, registrar, section=section, account=rudo).message == (
        "Rudo Moyo is not available on Mondays from 09:00 to 12:00;"
        " PHY 1 lecture in Beit Hall would be on 9 February 2026 from 08:00 to 10:00."
        " Choose another hour or lecturer, or have it waived (availability)."
    )
    assert not give_teaching(registrar, section=section, account=rudo, role="examiner").attends


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"weekday": 8}, "no_weekday", "weekday"),
        ({}, "weekday_or_days", "weekday"),
        ({"starts_on": date(2026, 2, 9)}, "weekday_or_days", "ends_on"),
        ({"starts_on": date(2026, 2, 9), "ends_on": date(2026, 2, 8)}, "ends_before_it_starts", "ends_on"),
        ({"weekday": 1, "starts_at": time(9), "ends_at": time(9)}, "ends_before_it_starts", "ends_at"),
        ({"weekday": 1, "starts_at": time(9)}, "ends_before_it_starts", "ends_at"),
    ],
)
def test_wrong_words_are_refused(registrar, rudo, fields, code, field):
    refusal = refused(say_availability, registrar, account=rudo, kind="unavailable", **fields)
    assert (code, field) in [(one.code, one.field) for one in refusal.problems]
    assert not LecturerAvailability.objects.exists()


def test_the_database_keeps_the_limits_whatever_writes(registrar, rudo):
    say_availability(registrar, account=rudo, kind="unavailable", weekday=1)
    for wrong, name in (
        ({"weekday": None}, "availability_on_some_days"),
        ({"starts_at": time(9)}, "availability_hours_in_order"),
        ({"starts_on": date(2026, 2, 9), "ends_on": date(2026, 2, 8)}, "availability_days_in_order"),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            LecturerAvailability.objects.update(**wrong)
    assert refused(say_availability, registrar, account=rudo, kind="unavailable", weekday=1).code == "said_already"


# --- Absences ---
def test_who_is_away_from_work_is_not_planned_for_and_nobody_is_told_why(registrar, harare, term, rudo):
    member = make_member(harare, account=rudo)
    make_absence(harare, member=member, kind="sick", starts_on=date(2026, 2, 16), ends_on=date(2026, 2, 20))
    section = taught(registrar, term, rudo)
    refusal = refused(add_meeting, registrar, section=section, **weekly())
    assert refusal.message.startswith(
        "Rudo Moyo is away from 16 February 2026 to 20 February 2026; PHY 1 lecture would be on 16 February 2026 from"
    )
    assert days_of(add_meeting(registrar, section=section, **weekly(rhythm="odd"))) == [MONDAYS[0], MONDAYS[2]]


@pytest.mark.time_machine(datetime(2026, 2, 1, tzinfo=UTC))
def test_hours_that_were_agreed_stay_and_only_new_ones_are_asked_for(registrar, harare, term, rudo):
    section = taught(registrar, term, rudo)
    meeting = add_meeting(registrar, section=section, **weekly())
    make_absence(harare, member=make_member(harare, account=rudo), starts_on=MONDAYS[1], ends_on=None)
    change_meeting(registrar, meeting, room=make_room(harare))
    change_section(registrar, section, starts_on=MONDAYS[0], ends_on=date(2026, 2, 26))
    give_teaching(registrar, section=section, account=make_user())
    refusal = refused(change_meeting, registrar, meeting, starts_at=time(9))
    assert "is away from 16 February 2026 on; " in refusal.message


# --- Waivers ---
def test_it_is_waived_with_a_reason_and_a_waiver_in_use_is_not_taken_back(registrar, term, rudo):
    say_availability(registrar, account=rudo, kind="unavailable", weekday=1)
    planned = add_meeting(registrar, section=taught(registrar, term, rudo), is_planned=True, **weekly())
    waiver = waive_limit(registrar, meeting=planned, waives="availability", reason="She agreed.")
    assert days_of(schedule_meeting(registrar, planned)) == MONDAYS
    assert refused(end_waiver, registrar, waiver).code == "not_available"


# --- Who says it ---
def test_lecturers_say_it_of_themselves_alone(harare, rudo):
    make_grant(rudo, "lecturer", harare)
    other = make_user()
    make_grant(other, "lecturer", harare)
    client = client_of(actor_of(rudo))
    answer = client.post(URL, {"kind": "unavailable", "weekday": 5})
    assert (answer.status_code, answer.json()["data"]["account"]) == (201, str(rudo.pk))
    with reaching(harare.pk):
        word = LecturerAvailability(institution=harare, account=other, kind="unavailable", weekday=3)
        theirs = word.save_checked()
    assert [row["weekday"] for row in client.get(URL).json()["data"]] == [5]
    assert client.delete(f"{URL}{theirs.pk}/").status_code == 404
    refusal = client.post(URL, {"kind": "unavailable", "weekday": 5, "account": str(other.pk)})
    assert refusal.status_code in {400, 403}
    with reaching(harare.pk):
        assert LecturerAvailability.objects.filter(account=other).count() == 1


def test_a_head_says_it_of_the_lecturers_of_the_department_alone(harare, rudo):
    department, other = make_department(harare), make_user()
    for lecturer, home in ((rudo, department), (other, make_department(harare))):
        make_member(harare, account=lecturer, department=home)
        make_grant(lecturer, "lecturer", department)  # both teach here
    boss = make_user()
    make_grant(boss, "head-of-department", department)
    client = client_of(actor_of(boss))
    answer = client.post(URL, {"kind": "unavailable", "weekday": 5, "account": str(rudo.pk)})
    assert answer.status_code == 201
    own = f"{URL}{answer.json()['data']['id']}/"
    assert client.patch(own, {"weekday": 4}).json()["data"]["weekday"] == 4
    assert client.post(URL, {"kind": "unavailable", "weekday": 5, "account": str(other.pk)}).status_code == 403
    with reaching(harare.pk):
        theirs = LecturerAvailability(institution=harare, account=other, kind="unavailable", weekday=3).save_checked()
    assert client.delete(f"{URL}{theirs.pk}/").status_code in {403, 404}
    with reaching(harare.pk):
        assert set(LecturerAvailability.objects.values_list("account", "weekday")) == {(rudo.pk, 4), (other.pk, 3)}
    assert client.delete(own).status_code == 204


def test_a_task_says_whose_time_it_is(harare):
    with reaching(harare.pk):
        system = Actor.system("academic.planning", "academic.change_availability")
        refusal = refused(say_availability, system, kind="unavailable", weekday=1)
    assert (refusal.code, refusal.problems[0].field) == ("account_needed", "account")


def test_nobody_says_no_to_hours_to_come_that_they_have(registrar, harare, rudo):
    coming = make_term(harare, starts_on=date(2090, 2, 6), ends_on=date(2090, 2, 24))
    meeting = add_meeting(registrar, section=taught(registrar, coming, rudo), **weekly())
    refusal = refused(say_availability, registrar, account=rudo, kind="unavailable", weekday=1)
    assert (refusal.code, refusal.problems[0].field) == ("teaches_then", "weekday")
    assert refusal.message.startswith("Rudo Moyo teaches PHY 1 lecture on 6 February 2090 from 08:00 to 10:00. That is")
    word = say_availability(registrar, account=rudo, kind="undesired", weekday=1)
    assert refused(change_availability, registrar, word, kind="unavailable").code == "teaches_then"
    waive_limit(registrar, meeting=meeting, waives="availability", reason="She agreed.")
    assert change_availability(registrar, word, kind="unavailable").kind == "unavailable"


def test_hours_that_are_over_are_in_nobodys_way(registrar, term, rudo):
    add_meeting(registrar, section=taught(registrar, term, rudo), **weekly())
    assert say_availability(registrar, account=rudo, kind="unavailable", weekday=1)

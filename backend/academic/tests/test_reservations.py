"""This file holds the tests of seats that are reserved for groups of students."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from academic.factories import make_enrollment, make_program_version
from academic.models import Registration, SeatReservation, Section
from academic.permissions import PERMISSIONS
from academic.registrations.rules import drop, register, reinstate, swap, withdraw
from academic.reservations.rules import change_reservation, end_reservation, reserve_seats
from academic.sections.rules import change_section
from academic.tests.registration_lab import (
    checked,
    codes,
    cohort,
    make_coming_section,
    make_hold,
    make_reservation,
    recount,
)
from core.actor import Actor
from core.errors import RuleBroken
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from faculties.factories import today_there
from faculties.models import Institution

pytestmark = pytest.mark.django_db
LATER = timezone.now() + timedelta(days=30)
EARLIER = timezone.now() - timedelta(days=1)


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS, "students.view_student").actor


def refusal_of(rule, *args, **fields) -> tuple[str, str | None]:
    """The code with which a rule says no, and the field that it names."""
    with pytest.raises(RuleBroken) as refusal:
        rule(*args, **fields)
    return refusal.value.code, refusal.value.problems[0].field


def seats_of(section: Section) -> tuple[int, int]:
    """How many seats are taken, and how many are set aside."""
    section.refresh_from_db()
    return section.seats_taken, section.seats_reserved


# --- Setting seats aside ---
def test_seats_are_reserved_of_those_that_are_free(registrar: Actor, harare: Institution):
    section = make_coming_section(harare, capacity=3)
    register(registrar, enrollment=make_enrollment(harare), section=section)
    said = {"section": section, "until": LATER, "year_of_study": 1}
    assert refusal_of(reserve_seats, registrar, **said, seats=3) == ("too_many_reserved", "seats")
    assert seats_of(section) == (1, 0)
    reserve_seats(registrar, **said, seats=2)
    assert seats_of(section) == (1, 2)
    with pytest.raises(IntegrityError), transaction.atomic():
        Section.objects.filter(pk=section.pk).update(seats_reserved=3)
    with pytest.raises(IntegrityError), transaction.atomic():
        SeatReservation.objects.update(seats_taken=3)


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"year_of_study": None}, "for_nobody", "program"),
        ({"program": True, "program_version": True}, "program_or_version", "program_version"),
        ({"until": EARLIER}, "past", "until"),
        ({"seats": 0}, "min_value", "seats"),
        ({"year_of_study": 11}, "max_value", "year_of_study"),
        ({"capacity": None}, "seats_for_all", "section"),
    ],
)
def test_a_reservation_is_for_a_group_and_until_an_instant_to_come(
    registrar: Actor, harare: Institution, fields: dict, code: str, field: str | None
):
    said = {"seats": 2, "until": LATER, "year_of_study": 1, **fields}
    section = make_coming_section(harare, capacity=said.pop("capacity", 5))
    version = make_program_version(harare)
    said |= {name: row for name, row in (("program", version.program), ("program_version", version)) if name in said}
    assert refusal_of(reserve_seats, registrar, section=section, **said) == (code, field)
    assert (SeatReservation.objects.count(), seats_of(section)) == (0, (0, 0))


def test_a_capacity_keeps_what_is_taken_and_reserved(registrar: Actor, harare: Institution):
    section = make_reservation(harare).section
    register(registrar, enrollment=make_enrollment(harare, year_of_study=2), section=section)
    assert refusal_of(change_section, registrar, section, capacity=2) == ("too_few_seats", "capacity")
    assert change_section(registrar, section, capacity=3).capacity == 3


# --- Who gets the seats ---
def test_members_take_their_seats_first_and_then_those_for_all(registrar: Actor, harare: Institution):
    section = make_coming_section(harare, capacity=4)
    reservation = make_reservation(harare, section=section, seats=2, year_of_study=1)
    others = [make_enrollment(harare, year_of_study=2) for _ in range(4)]
    members = [make_enrollment(harare) for _ in range(4)]
    answers = cohort(registrar, [*others[:1], *members, *others[1:]], [section])
    # One seat for all goes to the first of the others, the other to the third of the members.
    assert codes(answers) == [[], [], [], [], ["full"], ["full"], ["full"], ["full"]]
    assert list(Registration.objects.filter(reservation=reservation).values_list("enrollment", flat=True)) == [
        one.pk for one in members[:2]
    ]
    assert (seats_of(section), recount(harare)) == ((4, 0), [(4, 4)])


def test_a_seat_that_is_set_aside_is_nobody_elses(registrar: Actor, harare: Institution):
    section = make_coming_section(harare, capacity=2)
    make_reservation(harare, section=section)
    other = make_enrollment(harare, year_of_study=2)
    with pytest.raises(RuleBroken) as refusal:
        register(registrar, enrollment=other, section=section)
    assert refusal.value.message.startswith("No seat is free: of 2, 0 are taken, 2 reserved for others")
    member = make_enrollment(harare)
    make_hold(harare, student=member.student)
    # Who fails at something else takes no seat from those who come later, and is not told that there is none.
    assert codes(cohort(registrar, [member, make_enrollment(harare), make_enrollment(harare)], [section])) == [
        ["hold"], [], [],
    ]  # fmt: skip
    assert recount(harare) == [(2, 2)]


def test_a_reservation_is_for_those_of_all_that_it_names(registrar: Actor, harare: Institution):
    section = make_coming_section(harare, capacity=2)
    version = make_program_version(harare)
    reservation = make_reservation(harare, section=section, program=version.program, year_of_study=2)
    freshman, sophomore = (make_enrollment(harare, program_version=version, year_of_study=year) for year in (1, 2))
    stranger = make_enrollment(harare, year_of_study=2)
    assert [checked(registrar, one, section) for one in (freshman, stranger, sophomore)] == [["full"], ["full"], []]
    newer = make_program_version(harare, program=version.program, catalog_year=2027)
    SeatReservation.objects.filter(pk=reservation.pk).update(program=None, program_version=newer, year_of_study=None)
    assert [
        checked(registrar, one, section) for one in (sophomore, make_enrollment(harare, program_version=newer))
    ] == [["full"], []]


def test_who_is_of_two_groups_gets_a_seat_of_either(registrar: Actor, harare: Institution):
    section, version = make_coming_section(harare, capacity=2), make_program_version(harare)
    for group in ({"year_of_study": 1}, {"program_version": version}):
        make_reservation(harare, section=section, seats=1, **group)
    both = [make_enrollment(harare, program_version=version) for _ in range(3)]
    assert codes(cohort(registrar, both, [section])) == [[], [], ["full"]]
    assert list(SeatReservation.objects.values_list("seats_taken", flat=True)) == [1, 1]
    assert (seats_of(section), recount(harare)) == ((2, 0), [(2, 2)])


def test_a_seat_that_is_freed_goes_back_to_its_group(registrar: Actor, harare: Institution):
    section, elsewhere = make_coming_section(harare, capacity=2), make_coming_section(harare)
    make_reservation(harare, section=section)
    members = [make_enrollment(harare) for _ in range(2)]
    first, second = (register(registrar, enrollment=one, section=section) for one in members)
    assert seats_of(section) == (2, 0)
    withdrawn = withdraw(registrar, first, withdrawn_on=today_there())
    assert (withdrawn.reservation, seats_of(section)) == (None, (1, 1))
    assert reinstate(registrar, withdrawn).reservation is not None
    swap(registrar, second, section=elsewhere)
    assert seats_of(section) == (1, 1)
    drop(registrar, Registration.objects.get(section=section))
    assert (seats_of(section), sorted(recount(harare))) == ((0, 2), [(0, 0), (1, 1)])


# --- Its end ---
def test_when_its_time_is_over_what_is_free_is_for_all(registrar: Actor, harare: Institution):
    section = make_coming_section(harare, capacity=2)
    reservation = make_reservation(harare, section=section)
    member = register(registrar, enrollment=make_enrollment(harare), section=section)
    SeatReservation.objects.update(until=EARLIER)
    register(registrar, enrollment=make_enrollment(harare, year_of_study=2), section=section)
    reservation.refresh_from_db()
    assert (reservation.ended_at, seats_of(section)) == (EARLIER, (2, 0))
    # The seat of the member is for all as well when it is free again.
    drop(registrar, member)
    assert (seats_of(section), recount(harare)) == ((1, 0), [(1, 1)])
    assert refusal_of(change_reservation, registrar, reservation, seats=5) == ("already_ended", None)


def test_a_reservation_is_ended_by_hand_once(registrar: Actor, harare: Institution):
    reservation = make_reservation(harare)
    answer = client_of(registrar).post(f"/api/v1/academic/seat-reservations/{reservation.pk}/end/")
    assert (answer.status_code, seats_of(reservation.section)) == (200, (0, 0))
    assert answer.json()["data"]["ended_at"] is not None
    assert refusal_of(end_reservation, registrar, reservation) == ("already_ended", None)


def test_a_reservation_grows_by_what_is_free_and_shrinks_to_what_is_taken(registrar: Actor, harare: Institution):
    section = make_coming_section(harare, capacity=4)
    reservation = make_reservation(harare, section=section)
    register(registrar, enrollment=make_enrollment(harare), section=section)
    assert refusal_of(change_reservation, registrar, reservation, seats=5) == ("too_many_reserved", "seats")
    assert refusal_of(change_reservation, registrar, reservation, seats=0) == ("too_few_seats", "seats")
    assert refusal_of(change_reservation, registrar, reservation, until=EARLIER) == ("past", "until")
    assert seats_of(section) == (1, 1)
    for seats, reserved in ((4, 3), (1, 0)):
        change_reservation(registrar, reservation, seats=seats)
        assert (seats_of(section), recount(harare)) == ((1, reserved), [(1, 1)])

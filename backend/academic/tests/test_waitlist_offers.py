"""This file holds what is promised of seats that are offered to who waits: to whom, and whatever happens at once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from academic.factories import make_enrollment, make_program_version
from academic.models import Enrollment, Hold, Registration, SeatReservation, Section, WaitlistEntry
from academic.permissions import PERMISSIONS
from academic.registrations.rules import drop, register, swap, withdraw
from academic.registrations.waiting import accept_offer, join_waitlist
from academic.reservations.rules import end_reservation
from academic.sections.rules import change_section
from academic.tests.registration_lab import (
    checked,
    codes,
    cohort,
    make_coming_section,
    make_entry,
    make_hold,
    make_reservation,
    recount,
    refused,
)
from academic.tests.waitlist_lab import HOUR, full_section, let_expire, statuses
from academic.waitlists.offers import pass_on_at
from academic.waitlists.rules import leave_waitlist
from academic.waitlists.tasks import pass_on
from core.actor import Actor
from core.errors import RuleBroken
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from faculties.factories import make_institution, today_there
from faculties.models import Institution

pytestmark = pytest.mark.django_db


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS, "students.view_student").actor


# --- Offers ---
def freed_by_dropping(actor: Actor, seated: Registration) -> None:
    drop(actor, seated)


def freed_by_withdrawing(actor: Actor, seated: Registration) -> None:
    withdraw(actor, seated, withdrawn_on=today_there())


def freed_by_swapping(actor: Actor, seated: Registration) -> None:
    swap(actor, seated, section=make_coming_section(seated.institution))


def freed_by_more_seats(actor: Actor, seated: Registration) -> None:
    change_section(actor, seated.section, capacity=2)


def freed_by_any_hand(actor: Actor, seated: Registration) -> None:
    Registration.objects.filter(pk=seated.pk).delete()
    Section.objects.filter(pk=seated.section_id).update(seats_taken=0)


@pytest.mark.parametrize(
    "free", [freed_by_dropping, freed_by_withdrawing, freed_by_swapping, freed_by_more_seats, freed_by_any_hand]
)
def test_a_freed_seat_is_offered_to_the_first_and_held_for_them(registrar: Actor, harare: Institution, free):
    section, (seated,) = full_section(harare)
    first, second = (make_entry(harare, section=section) for _ in range(2))
    free(registrar, seated)
    assert statuses(first, second) == ["offered", "waiting"]
    assert checked(registrar, make_enrollment(harare), section) == ["full"]
    assert checked(registrar, second.enrollment, section) == ["full"]
    recount(harare)
    with pytest.raises(IntegrityError), transaction.atomic():
        Section.objects.filter(pk=section.pk).update(seats_offered=2)
    assert accept_offer(registrar, first).status == "accepted"
    assert Registration.objects.get(section=section, student=first.student).registered_on == today_there()
    assert all(taken == rows for taken, rows in recount(harare))


def activated(actor: Actor, enrollment: Enrollment) -> None:
    url = f"/api/v1/academic/enrollments/{enrollment.pk}/change-status/"
    answer = client_of(actor).post(url, {"status": "active", "starts_on": str(today_there())})
    assert answer.status_code == 200, answer.content


def activated_by_any_hand(actor: Actor, enrollment: Enrollment) -> None:
    Enrollment.objects.filter(pk=enrollment.pk).update(status="active")


@pytest.mark.parametrize("activate", [activated, activated_by_any_hand])
def test_who_is_active_again_is_offered_what_was_free_all_the_while(registrar: Actor, harare: Institution, activate):
    section, (seated,) = full_section(harare)
    entry = make_entry(harare, section=section, enrollment=make_enrollment(harare, status="suspended"))
    drop(registrar, seated)
    assert (statuses(entry), pass_on_at(harare.pk)) == (["waiting"], 0)
    activate(registrar, entry.enrollment)
    assert statuses(entry) == ["offered"]
    assert recount(harare) == [(0, 0)]


def test_all_are_offered_a_seat_when_there_is_no_limit_any_more(registrar: Actor, harare: Institution):
    section, _ = full_section(harare)
    entries = [make_entry(harare, section=section) for _ in range(3)]
    paused = make_entry(harare, section=section, enrollment=make_enrollment(harare, status="deferred"))
    change_section(registrar, section, capacity=3)
    assert statuses(*entries, paused) == ["offered", "offered", "waiting", "waiting"]
    change_section(registrar, section, capacity=None)
    assert statuses(*entries, paused) == ["offered", "offered", "offered", "waiting"]
    assert recount(harare) == [(1, 1)]


def test_accepting_asks_every_check_again(registrar: Actor, harare: Institution):
    section, (seated,) = full_section(harare)
    entry = make_entry(harare, section=section)
    assert refused(accept_offer, registrar, entry) == ["no_offer"]
    drop(registrar, seated)
    hold = make_hold(harare, student=entry.student)
    assert refused(accept_offer, registrar, entry) == ["hold"]
    assert (statuses(entry), recount(harare)) == (["offered"], [(0, 0)])
    Hold.objects.filter(pk=hold.pk).delete()
    accept_offer(registrar, entry)
    assert refused(accept_offer, registrar, entry) == ["not_waiting"]
    assert (statuses(entry), recount(harare)) == (["accepted"], [(1, 1)])


def test_registering_by_hand_accepts_the_offer(registrar: Actor, harare: Institution):
    section, (seated,) = full_section(harare)
    entry = make_entry(harare, section=section)
    drop(registrar, seated)
    register(registrar, enrollment=entry.enrollment, section=section)
    assert (statuses(entry), recount(harare)) == (["accepted"], [(1, 1)])


def test_who_leaves_or_refuses_makes_way(registrar: Actor, harare: Institution):
    section, (seated,) = full_section(harare)
    first, second, third = (make_entry(harare, section=section) for _ in range(3))
    assert leave_waitlist(registrar, second).status == "left"
    drop(registrar, seated)
    assert leave_waitlist(registrar, first).status == "refused"
    assert statuses(first, second, third) == ["refused", "left", "offered"]
    assert refused(leave_waitlist, registrar, first) == ["not_waiting"]
    assert recount(harare) == [(0, 0)]
    again = join_waitlist(registrar, enrollment=first.enrollment, section=section)
    assert statuses(again) == ["waiting"]


def test_who_waits_is_offered_a_seat_that_is_free_of_those_of_all_who_meet_together(
    registrar: Actor, harare: Institution
):
    host = make_coming_section(harare, capacity=2, combined_capacity=2)
    other = make_coming_section(harare, capacity=2, term=host.term, meets_with=host)
    seated = [register(registrar, enrollment=make_enrollment(harare), section=one) for one in (host, other)]
    enrollments = [make_enrollment(harare) for _ in range(2)]
    assert codes(cohort(registrar, enrollments, [host, other])) == [["full_together"]] * 4
    first, second = (
        join_waitlist(registrar, enrollment=one, section=section)
        for one, section in zip(enrollments, (other, host), strict=True)
    )
    # What is free in the one section is a seat of both, and offered to whoever is first.
    drop(registrar, seated[0])
    assert statuses(first, second) == ["offered", "waiting"]
    assert checked(registrar, make_enrollment(harare), host) == ["full_together"]
    with pytest.raises(IntegrityError), transaction.atomic():
        Section.objects.filter(pk=host.pk).update(seats_offered=1)
    let_expire(first)
    assert checked(registrar, second.enrollment, host) == []
    change_section(registrar, host, combined_capacity=3)
    assert statuses(first, second) == ["expired", "offered"]
    accept_offer(registrar, second)
    assert recount(harare) == [(1, 1), (1, 1)]


def test_who_swaps_within_those_who_meet_together_has_their_seat_before_it_is_offered(
    registrar: Actor, harare: Institution
):
    host = make_coming_section(harare, capacity=2, combined_capacity=1)
    other = make_coming_section(harare, capacity=2, term=host.term, meets_with=host)
    mine = register(registrar, enrollment=make_enrollment(harare), section=host)
    entry = join_waitlist(registrar, enrollment=make_enrollment(harare), section=other)
    mine = swap(registrar, mine, section=other)
    assert (statuses(entry), recount(harare)) == (["waiting"], [(0, 0), (1, 1)])
    drop(registrar, mine)
    assert (statuses(entry), recount(harare)) == (["offered"], [(0, 0), (0, 0)])


# --- Seats of groups ---
def test_seats_of_a_group_are_offered_to_who_waits_of_it(registrar: Actor, harare: Institution):
    section = make_coming_section(harare, capacity=2)
    make_reservation(harare, section=section, seats=1)
    member, other = (
        register(registrar, enrollment=make_enrollment(harare, year_of_study=year), section=section) for year in (1, 2)
    )
    ahead = make_entry(harare, section=section, enrollment=make_enrollment(harare, year_of_study=2))
    waiting = [make_entry(harare, section=section) for _ in range(2)]
    drop(registrar, member)
    assert statuses(ahead, *waiting) == ["waiting", "offered", "waiting"]
    assert recount(harare) == [(1, 1)]
    drop(registrar, other)
    assert statuses(ahead, *waiting) == ["offered", "offered", "waiting"]
    # Back to its group, from which it came, and of that to the next.
    let_expire(waiting[0])
    assert checked(registrar, waiting[1].enrollment, section) == []
    accept_offer(registrar, ahead)
    assert statuses(ahead, *waiting) == ["accepted", "expired", "offered"]
    accept_offer(registrar, waiting[1])
    assert SeatReservation.objects.values_list("seats_taken", "seats_offered").get() == (1, 0)
    assert recount(harare) == [(2, 2)]


def test_what_a_reservation_gives_back_is_offered_to_all(registrar: Actor, harare: Institution):
    section = make_coming_section(harare, capacity=2)
    reservation = make_reservation(harare, section=section, seats=2)
    entries = [
        make_entry(harare, section=section, enrollment=make_enrollment(harare, year_of_study=2)) for _ in range(3)
    ]
    end_reservation(registrar, reservation)
    assert statuses(*entries) == ["offered", "offered", "waiting"]
    assert recount(harare) == [(0, 0)]


def test_when_its_time_is_over_the_seats_of_a_group_are_offered_to_all(harare: Institution):
    with reaching(harare.pk):
        section = make_coming_section(harare, capacity=2)
        make_reservation(harare, section=section)
        entry = make_entry(harare, section=section, enrollment=make_enrollment(harare, year_of_study=2))
        SeatReservation.objects.update(until=timezone.now() - HOUR)
    assert pass_on() == 1
    with reaching(harare.pk):
        assert (statuses(entry), recount(harare)) == (["offered"], [(0, 0)])


# --- All at once ---
@pytest.mark.django_db(transaction=True)
def test_in_a_storm_of_drops_joins_accepts_and_expiries_every_count_is_right():
    college = make_institution()
    registrar = person_at(college, *PERMISSIONS, "students.view_student").actor
    version = make_program_version(college)
    with reaching(college.pk):
        sections = [make_coming_section(college, capacity=3) for _ in range(2)]
        for section in sections:
            make_reservation(college, section=section, seats=1)
        people = [make_enrollment(college, program_version=version, year_of_study=1 + n % 2) for n in range(12)]

    def live(share: tuple[int, Enrollment]) -> Counter[str]:
        """Somebody who does whatever may be done next, in any order."""
        chance, enrollment = Random(share[0]), share[1]  # noqa: S311 (what one does, not a secret)
        try:
            return Counter(step(registrar, college, enrollment, chance.choice(sections), chance) for _ in range(12))
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as pool:
        answers = sum(pool.map(live, enumerate(people)), Counter())
    assert sum(answers.values()) == 144
    assert set(answers) <= {
        "registered", "dropped", "joined", "accepted", "left", "made old", "passed on", "full", "seat_free",
        "already_registered", "already_waiting", "no_offer", "not_waiting",
    }  # fmt: skip
    assert answers["registered"] > 0 < answers["joined"]
    with reaching(college.pk):
        assert all(taken == rows <= 3 for taken, rows in recount(college))
    pass_on()
    with reaching(college.pk):
        assert all(taken == rows for taken, rows in recount(college))
        for section in Section.objects.all():
            # Nobody waits while a seat is free that they could have.
            waiting = section.waitlist_entries.filter(status="waiting")
            assert section.seats_free == 0 or not waiting.exists()


def step(registrar: Actor, college: Institution, enrollment: Enrollment, section: Section, chance: Random) -> str:
    """One thing that somebody does about one section; what came of it."""
    try:
        with reaching(college.pk):
            here = {"student": enrollment.student_id, "section": section}
            if registration := Registration.objects.filter(**here).first():
                drop(registrar, registration)
                return "dropped"
            entry = WaitlistEntry.objects.filter(**here, status__in=WaitlistEntry.OPEN).first()
            if entry is None:
                rule = chance.choice([register, register, join_waitlist])
                rule(registrar, enrollment=enrollment, section=section)
                return "registered" if rule is register else "joined"
            match chance.choice(["accept", "leave", "expire", "pass on"]):
                case "accept":
                    accept_offer(registrar, entry)
                    return "accepted"
                case "leave":
                    leave_waitlist(registrar, entry)
                    return "left"
                case "expire":
                    past = timezone.now() - HOUR
                    offered = WaitlistEntry.objects.filter(pk=entry.pk, status="offered")
                    offered.update(offered_at=past - HOUR, expires_at=past)
                    return "made old"
        pass_on()
        return "passed on"
    except RuleBroken as refusal:
        return refusal.code

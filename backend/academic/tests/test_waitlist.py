"""This file holds the tests of waitlists: who joins, in which order seats are offered, and what ends an offer."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from academic.factories import make_course, make_enrollment, make_program_version, make_registration, make_window
from academic.models import (
    Enrollment,
    Hold,
    ProgramCourse,
    Registration,
    SeatReservation,
    Section,
    WaitlistEntry,
    WaitlistPolicy,
    Window,
)
from academic.permissions import PERMISSIONS
from academic.registrations.rules import drop, register, swap, withdraw
from academic.registrations.waiting import accept_offer, join_waitlist, register_or_wait
from academic.reservations.rules import end_reservation
from academic.sections.recounts import faults
from academic.sections.rules import change_section
from academic.tests.registration_lab import (
    checked,
    codes,
    cohort,
    make_coming_section,
    make_entry,
    make_hold,
    make_load_limit,
    make_reservation,
    make_waiver,
    recount,
)
from academic.waitlists.offers import pass_on_at
from academic.waitlists.rules import leave_waitlist, set_priority
from academic.waitlists.tasks import pass_on
from core.actor import Actor
from core.audit.models import AuditEntry
from core.errors import RuleBroken
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from core.testing.letters import posted
from faculties.factories import make_institution, saved
from faculties.models import Institution
from students.factories import make_student
from users.factories import make_person

pytestmark = pytest.mark.django_db
ENTRIES = "/api/v1/academic/waitlist-entries/"
HOUR = timedelta(hours=1)


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS, "students.view_student").actor


def refused(rule, *args, **fields) -> list[str]:
    """The codes with which a rule says no."""
    with pytest.raises(RuleBroken) as refusal:
        rule(*args, **fields)
    return [problem.code for problem in refusal.value.problems]


def full_section(institution: Institution, seats: int = 1, **fields) -> tuple[Section, list[Registration]]:
    """A section whose seats are all taken, and by whom."""
    section = make_coming_section(institution, capacity=seats, **fields)
    return section, [make_registration(institution, section=section) for _ in range(seats)]


def statuses(*entries: WaitlistEntry) -> list[str]:
    found = WaitlistEntry.objects.in_bulk([one.pk for one in entries])
    return [found[one.pk].status for one in entries]


def let_expire(*entries: WaitlistEntry) -> None:
    """Make the offers of these entries a day older than they are good for."""
    past = timezone.now() - HOUR
    WaitlistEntry.objects.filter(pk__in=[one.pk for one in entries]).update(offered_at=past - HOUR, expires_at=past)


# --- Joining ---
def test_one_waits_where_nothing_but_a_seat_is_missing(registrar: Actor, harare: Institution):
    section, _ = full_section(harare)
    enrollment = make_enrollment(harare)
    hold = make_hold(harare, student=enrollment.student)
    assert refused(join_waitlist, registrar, enrollment=enrollment, section=section) == ["hold"]
    free = make_coming_section(harare, capacity=1)
    Hold.objects.filter(pk=hold.pk).delete()
    assert refused(join_waitlist, registrar, enrollment=enrollment, section=free) == ["seat_free"]
    assert WaitlistEntry.objects.count() == 0
    entry = join_waitlist(registrar, enrollment=enrollment, section=section)
    assert (entry.status, entry.student_id) == ("waiting", enrollment.student_id)
    assert refused(join_waitlist, registrar, enrollment=enrollment, section=section) == ["already_waiting"]
    with pytest.raises(IntegrityError), transaction.atomic():
        WaitlistEntry.objects.bulk_create(
            [WaitlistEntry(institution=harare, enrollment=enrollment, student=enrollment.student, section=section)]
        )
    with pytest.raises(RuleBroken) as refusal:
        register(registrar, enrollment=make_enrollment(harare), section=section)
    assert "1 wait." in refusal.value.message


def test_who_is_in_another_section_of_the_course_may_wait_and_then_swaps(registrar: Actor, harare: Institution):
    make_load_limit(harare, most_credits=20)
    person = make_person(grants=[("student", harare)])
    enrollment = make_enrollment(harare, student=make_student(harare, account=person))
    mine = register(registrar, enrollment=enrollment, section=make_coming_section(harare))
    wanted, (seated,) = full_section(harare, course=mine.section.course, term=mine.section.term, code="2")
    entry = join_waitlist(registrar, enrollment=enrollment, section=wanted)
    mine.refresh_from_db()
    assert (entry.status, mine.status, recount(harare)) == ("waiting", "registered", [(1, 1), (1, 1)])
    drop(registrar, seated)
    with posted() as letters:
        pass_on_at(harare.pk)
    assert "Swap your section 1 for it" in letters[0].body
    assert "already_in_course" in refused(accept_offer, registrar, entry)
    assert swap(registrar, mine, section=wanted).section == wanted
    assert (statuses(entry), sorted(recount(harare))) == (["accepted"], [(0, 0), (1, 1)])


def test_who_failed_before_goes_first_then_for_whom_it_is_due_then_others(registrar: Actor, harare: Institution):
    course, version = make_course(harare), make_program_version(harare)
    saved(ProgramCourse(institution=harare, program_version=version, course=course, year_of_study=2))
    section, _ = full_section(harare, course=course)
    early, due, passed, carried = (
        make_enrollment(harare, program_version=version, year_of_study=year) for year in (1, 2, 1, 3)
    )
    for enrollment, results in ((passed, ("fail", "pass")), (carried, ("fail",))):
        for result in results:
            before = make_coming_section(harare, course=course)
            make_registration(harare, enrollment=enrollment, section=before, result=result)
    joined = [join_waitlist(registrar, enrollment=one, section=section) for one in (early, due, passed, carried)]
    assert [entry.priority for entry in joined] == [3, 2, 3, 1]
    positions = {row["id"]: row["position"] for row in (shown(registrar, entry) for entry in joined)}
    assert [positions[str(entry.pk)] for entry in joined] == [3, 2, 4, 1]


def shown(actor: Actor, entry: WaitlistEntry) -> dict:
    return client_of(actor).get(f"{ENTRIES}{entry.pk}/").json()["data"]


def test_the_registry_sets_a_priority_by_hand_with_a_reason(registrar: Actor, harare: Institution):
    section, (seated,) = full_section(harare)
    first, second = (make_entry(harare, section=section) for _ in range(2))
    url = f"{ENTRIES}{second.pk}/set-priority/"
    assert client_of(registrar).post(url, {"priority": 0}).status_code == 400
    answer = client_of(registrar).post(url, {"priority": 0, "reason": "Graduates this term"}).json()["data"]
    assert (answer["priority"], answer["priority_reason"], answer["position"]) == (0, "Graduates this term", 1)
    assert shown(registrar, first)["position"] == 2
    drop(registrar, seated)
    assert statuses(first, second) == ["waiting", "offered"]
    assert refused(set_priority, registrar, second, priority=3, reason="Late") == ["offered_already"]


def test_a_list_takes_as_many_as_the_policy_says(registrar: Actor, harare: Institution):
    saved(WaitlistPolicy(institution=harare, most_waiting=1, offer_hours=3))
    section, (seated,) = full_section(harare)
    entry = join_waitlist(registrar, enrollment=make_enrollment(harare), section=section)
    assert refused(join_waitlist, registrar, enrollment=make_enrollment(harare), section=section) == ["waitlist_full"]
    drop(registrar, seated)
    entry.refresh_from_db()
    assert entry.expires_at - entry.offered_at == 3 * HOUR


def test_of_a_cohort_those_without_a_seat_wait_and_their_answers_say_so(registrar: Actor, harare: Institution):
    section, wide = make_coming_section(harare, capacity=1), make_coming_section(harare)
    enrollments = [make_enrollment(harare) for _ in range(3)]
    make_hold(harare, student=enrollments[2].student)
    body = {"enrollments": [str(one.pk) for one in enrollments], "sections": [str(section.pk), str(wide.pk)]}
    url = "/api/v1/academic/registrations/cohort/"
    plain = client_of(registrar).post(url, body).json()["data"]
    assert {one["waitlisted"] for one in plain} == {None}
    answers = client_of(registrar).post(url, {**body, "waitlist": True}).json()["data"]
    entry = WaitlistEntry.objects.get()
    assert [one["waitlisted"] for one in answers] == [None, str(entry.pk), None, None, None, None]
    assert (entry.enrollment, entry.section) == (enrollments[1], section)
    assert AuditEntry.objects.get(rule="academic.waitlist.joined").subject_id == str(entry.pk)
    again = client_of(registrar).post(url, {**body, "waitlist": True}).json()["data"]
    assert (again[1]["waitlisted"], WaitlistEntry.objects.count()) == (str(entry.pk), 1)


# --- Offers ---
def freed_by_dropping(actor: Actor, seated: Registration) -> None:
    drop(actor, seated)


def freed_by_withdrawing(actor: Actor, seated: Registration) -> None:
    withdraw(actor, seated, withdrawn_on=timezone.localdate())


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
    assert Registration.objects.get(section=section, student=first.student).registered_on == timezone.localdate()
    assert all(taken == rows for taken, rows in recount(harare))


def activated(actor: Actor, enrollment: Enrollment) -> None:
    url = f"/api/v1/academic/enrollments/{enrollment.pk}/change-status/"
    answer = client_of(actor).post(url, {"status": "active", "starts_on": str(timezone.localdate())})
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


# --- Its end ---
def test_an_offer_that_expired_is_nobodys_without_waiting_for_a_task(registrar: Actor, harare: Institution):
    section, (seated,) = full_section(harare)
    first, second = (make_entry(harare, section=section) for _ in range(2))
    drop(registrar, seated)
    let_expire(first)
    assert refused(accept_offer, registrar, first) == ["not_waiting"]
    assert checked(registrar, make_enrollment(harare), section) == ["full"]  # it is for the second
    assert checked(registrar, second.enrollment, section) == []
    leave_waitlist(registrar, second)
    assert statuses(first, second) == ["expired", "refused"]
    register(registrar, enrollment=make_enrollment(harare), section=section)
    assert recount(harare) == [(1, 1)]


def test_the_task_passes_seats_on_and_tells_each_student_once(harare: Institution):
    actor = person_at(harare, *PERMISSIONS).actor
    with reaching(harare.pk):
        course = make_course(harare, code="PHY201", title="Waves")
        section, (seated,) = full_section(harare, course=course)
        people = [make_person(grants=[("student", harare)]) for _ in range(2)]
        first, second = (
            make_entry(harare, section=section, enrollment=make_enrollment(harare, student=student))
            for student in [make_student(harare, account=person) for person in people]
        )
        drop(actor, seated)
    with posted() as letters:
        assert (pass_on(), pass_on()) == (1, 0)
    assert [(one.to, one.subject) for one in letters] == [([people[0].email], "A seat for you in PHY201 Waves")]
    with reaching(harare.pk):
        entry = AuditEntry.objects.get(rule="academic.waitlist.offered")
        assert (entry.subject_id, entry.person_id) == (str(first.pk), people[0].pk)
        let_expire(first)
    with posted() as letters:
        assert (pass_on(), pass_on()) == (1, 0)
    assert [one.to for one in letters] == [[people[1].email]]
    with reaching(harare.pk):
        assert (statuses(first, second), recount(harare)) == (["expired", "offered"], [(0, 0)])


def test_seats_are_offered_while_registering_is_possible_and_then_waiting_ends(harare: Institution):
    actor = person_at(harare, *PERMISSIONS).actor
    with reaching(harare.pk):
        section, seated = full_section(harare, seats=2)
        window = make_window(harare, term=section.term, kind="register", opens_after=1, closes_after=2)
        people = [make_person(grants=[("student", harare)]) for _ in range(3)]
        waived, first, second = (
            make_entry(harare, section=section, enrollment=make_enrollment(harare, student=student))
            for student in [make_student(harare, account=person) for person in people]
        )
        make_waiver(harare, student=waived.student, section=section, waives="window")
        # It is not open yet: but for who may register all the same.
        for registration in seated:
            drop(actor, registration)
        assert statuses(waived, first, second) == ["offered", "waiting", "waiting"]
        closes_at = timezone.now() + HOUR
        days = {"opens_after": None, "closes_after": None}
        windows = Window.objects.filter(pk=window.pk)
        windows.update(opens_at=closes_at - 3 * HOUR, closes_at=closes_at, **days)
    with posted() as letters:
        assert pass_on() == 2
    assert [one.to for one in letters] == [[person.email] for person in people[:2]]
    with reaching(harare.pk):
        assert statuses(waived, first, second) == ["offered", "offered", "waiting"]
        # An offer lasts no longer than registering.
        assert WaitlistEntry.objects.get(pk=first.pk).expires_at == closes_at
        windows.update(closes_at=closes_at - 2 * HOUR)
        leave_waitlist(actor, WaitlistEntry.objects.get(pk=first.pk))
        assert statuses(first, second) == ["refused", "waiting"]
    with posted() as letters:
        assert (pass_on(), pass_on()) == (1, 0)
    assert [one.to for one in letters] == [[people[2].email]]
    assert "is over, and no seat was free" in letters[0].body
    with reaching(harare.pk):
        assert (statuses(waived, second), recount(harare)) == (["offered", "closed"], [(0, 0)])
        assert AuditEntry.objects.get(rule="academic.waitlist.ended").subject_id == str(second.pk)


def test_nobody_waits_for_a_section_that_is_canceled_and_all_are_told(harare: Institution):
    actor = person_at(harare, *PERMISSIONS).actor
    with reaching(harare.pk):
        section, (seated,) = full_section(harare)
        people = [make_person(grants=[("student", harare)]) for _ in range(2)]
        entries = [
            make_entry(harare, section=section, enrollment=make_enrollment(harare, student=student))
            for student in [make_student(harare, account=person) for person in people]
        ]
        drop(actor, seated)
    assert pass_on() == 1
    with reaching(harare.pk):
        change_section(actor, section, status="canceled")
        assert (statuses(*entries), recount(harare)) == (["canceled", "canceled"], [(0, 0)])
        assert refused(leave_waitlist, actor, entries[0]) == ["not_waiting"]
    with posted() as letters:
        assert (pass_on(), pass_on()) == (2, 0)
    assert sorted(one.to[0] for one in letters) == sorted(one.email for one in people)
    assert all("was canceled" in one.body for one in letters)


def test_who_left_the_section_may_wait_for_it_again(registrar: Actor, harare: Institution):
    section, (dropping, withdrawing) = full_section(harare, seats=2)
    drop(registrar, dropping)
    withdraw(registrar, withdrawing, withdrawn_on=timezone.localdate())
    others = [register(registrar, enrollment=make_enrollment(harare), section=section) for _ in range(2)]
    entries = [join_waitlist(registrar, enrollment=one.enrollment, section=section) for one in (dropping, withdrawing)]
    for other in others:
        drop(registrar, other)
    assert [accept_offer(registrar, one).status for one in entries] == ["accepted", "accepted"]
    # Who withdrew is reinstated: a student is in a section once.
    assert Registration.objects.get(pk=withdrawing.pk).status == "registered"
    assert recount(harare) == [(2, 2)]


def test_who_waits_for_a_section_with_parts_chooses_one_when_a_seat_is_offered(registrar: Actor, harare: Institution):
    whole = make_coming_section(harare, capacity=1)
    free, full = (
        make_coming_section(
            harare, course=whole.course, term=whole.term, whole=whole, kind="lab", code=code, capacity=seats
        )
        for code, seats in (("L1", 2), ("L2", 0))
    )
    first, second, third = (make_enrollment(harare) for _ in range(3))
    assert refused(join_waitlist, registrar, enrollment=first, section=whole) == ["seat_free"]
    assert codes(cohort(registrar, [first], [whole, free])) == [[], []]
    entry = join_waitlist(registrar, enrollment=second, section=whole)
    # So does who asked for both, and not who asked for a part that is full.
    answers: list = []
    register_or_wait(registrar, enrollments=[third], sections=[whole, full], answers=answers)
    assert [one.waitlisted is None for one in answers] == [False, True]
    drop(registrar, Registration.objects.get(section=whole))
    assert refused(accept_offer, registrar, entry) == ["part_missing"]
    assert set(refused(accept_offer, registrar, entry, parts=[full])) == {"torn_apart", "full"}
    url = f"{ENTRIES}{entry.pk}/accept/"
    accepted = client_of(registrar).post(url, {"parts": [str(free.pk)]}, headers={"If-Match": "*"})
    assert (accepted.status_code, accepted.json()["data"]["status"]) == (200, "accepted")
    assert {one.section for one in Registration.objects.filter(enrollment=second)} == {whole, free}
    assert sorted(recount(harare)) == [(0, 0), (1, 1), (1, 1)]


def test_a_section_with_parts_is_offered_to_no_more_than_find_a_seat_in_each_kind(
    registrar: Actor, harare: Institution
):
    whole = make_coming_section(harare, capacity=1)
    same = {"course": whole.course, "term": whole.term, "whole": whole}
    lab = make_coming_section(harare, **same, kind="lab", code="L1", capacity=1)
    other = make_coming_section(harare, **same, kind="lab", code="L2", capacity=1, status="canceled")
    tutorial = make_coming_section(harare, **same, kind="tutorial", code="T1")
    assert codes(cohort(registrar, [make_enrollment(harare)], [whole, lab, tutorial])) == [[], [], []]
    seated = Registration.objects.get(section=whole)
    first, second, third = (make_entry(harare, section=whole) for _ in range(3))
    whole = change_section(registrar, whole, capacity=3)
    assert (statuses(first, second), faults(harare.pk)) == (["waiting", "waiting"], [])
    # A seat of a part is free: of the two seats one is offered, and the other has no part.
    lab = change_section(registrar, lab, capacity=2)
    assert statuses(first, second) == ["offered", "waiting"]
    assert accept_offer(registrar, first, parts=[lab, tutorial]).status == "accepted"
    assert statuses(second) == ["waiting"]
    # Who leaves frees one of each; a part that is opened has others.
    drop(registrar, seated)
    assert statuses(second, third) == ["offered", "waiting"]
    change_section(registrar, other, status="planned")
    assert (statuses(third), faults(harare.pk)) == (["offered"], [])
    assert all(taken == rows for taken, rows in recount(harare))


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


# --- Students themselves ---
def test_students_join_leave_and_accept_for_themselves_alone(harare: Institution):
    person = make_person(grants=[("student", harare)])
    with reaching(harare.pk):
        mine = make_enrollment(harare, student=make_student(harare, account=person))
        section, (seated,) = full_section(harare)
        theirs = make_entry(harare, section=section)
    client = client_of(person.actor)
    body = {"enrollment": str(theirs.enrollment_id), "section": str(section.pk)}
    assert client.post(ENTRIES, body).status_code == 400
    made = client.post(ENTRIES, {**body, "enrollment": str(mine.pk)})
    assert (made.status_code, made.json()["data"]["position"]) == (201, 2)
    url = f"{ENTRIES}{made.json()['data']['id']}/"
    assert client.post(f"{url}set-priority/", {"priority": 0, "reason": "Mine"}).status_code == 403
    assert client.post(f"{ENTRIES}{theirs.pk}/leave/").status_code == 404
    assert [row["id"] for row in client.get(ENTRIES).json()["data"]] == [made.json()["data"]["id"]]
    with reaching(harare.pk):
        clerk = person_at(harare, *PERMISSIONS).actor
        leave_waitlist(clerk, theirs)
        drop(clerk, seated)
    accepted = client.post(f"{url}accept/")
    assert (accepted.status_code, accepted.json()["data"]["status"]) == (200, "accepted")
    with reaching(harare.pk):
        assert recount(harare) == [(1, 1)]


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

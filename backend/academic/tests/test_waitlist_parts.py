"""This file holds what is promised to who waits for a section with parts: one of each kind is offered with it."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest
from django.db import connection
from django.utils import timezone

from academic.factories import make_enrollment, make_meeting
from academic.models import Enrollment, Registration, Section, WaitlistEntry
from academic.permissions import PERMISSIONS
from academic.registrations.rules import drop, swap, withdraw
from academic.registrations.waiting import accept_offer, join_waitlist, register_or_wait
from academic.reservations.rules import end_reservation
from academic.sections.recounts import faults
from academic.sections.rules import change_section, offer_section
from academic.sections.seats import hold_whole_of
from academic.tests.registration_lab import (
    codes,
    cohort,
    make_coming_section,
    make_entry,
    make_hold,
    make_reservation,
    make_waiver,
    recount,
    refused,
)
from academic.tests.waitlist_lab import HOUR, lecture_with_labs, let_expire, statuses
from academic.waitlists.offers import pass_on_at
from academic.waitlists.rules import leave_waitlist
from academic.waitlists.tasks import pass_on
from core.actor import Actor
from core.errors import RuleBroken
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from core.testing.letters import posted
from faculties.factories import make_institution, today_there
from faculties.models import Institution
from students.factories import make_student
from users.factories import make_person

pytestmark = pytest.mark.django_db
ENTRIES = "/api/v1/academic/waitlist-entries/"


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS, "students.view_student").actor


def taking(actor: Actor, *sections: Section) -> list[Registration]:
    """Somebody who takes these sections: their registrations, in that order."""
    enrollment = make_enrollment(sections[0].institution)
    assert codes(cohort(actor, [enrollment], list(sections))) == [[] for _ in sections]
    taken = {one.section_id: one for one in Registration.objects.filter(enrollment=enrollment)}
    return [taken[section.pk] for section in sections]


def sections_of(entry: WaitlistEntry) -> set[Section]:
    return {one.section for one in Registration.objects.filter(enrollment=entry.enrollment, status="registered")}


def all_is_counted(institution: Institution) -> bool:
    return faults(institution.pk) == [] and all(taken == rows for taken, rows in recount(institution))


# --- A seat of a part ---
def freed_by_dropping(actor: Actor, whole: Registration, part: Registration) -> None:
    drop(actor, whole)


def freed_by_withdrawing(actor: Actor, whole: Registration, part: Registration) -> None:
    withdraw(actor, whole, withdrawn_on=today_there())


def freed_by_another_section(actor: Actor, whole: Registration, part: Registration) -> None:
    swap(actor, whole, section=make_coming_section(whole.institution))


def freed_by_another_part(actor: Actor, whole: Registration, part: Registration) -> None:
    Enrollment.objects.filter(pk=part.enrollment_id).update(year_of_study=3)
    swap(actor, part, section=Section.objects.get(code="L3"))


def freed_by_a_new_part(actor: Actor, whole: Registration, part: Registration) -> None:
    same = {"course": whole.section.course, "term": whole.section.term, "whole": whole.section, "kind": "lab"}
    offer_section(actor, **same, code="L9", capacity=1)


def freed_by_more_seats(actor: Actor, whole: Registration, part: Registration) -> None:
    change_section(actor, part.section, capacity=2)


def freed_by_opening_a_part(actor: Actor, whole: Registration, part: Registration) -> None:
    change_section(actor, Section.objects.get(code="L2"), status="open", without_meetings=True)


def freed_by_lifting_a_reservation(actor: Actor, whole: Registration, part: Registration) -> None:
    end_reservation(actor, Section.objects.get(code="L3").reservations.get())


@pytest.mark.parametrize(
    "free",
    [
        freed_by_dropping,
        freed_by_withdrawing,
        freed_by_another_section,
        freed_by_another_part,
        freed_by_more_seats,
        freed_by_opening_a_part,
        freed_by_a_new_part,
        freed_by_lifting_a_reservation,
    ],
)
def test_who_waits_as_all_parts_are_full_is_offered_the_first_seat_of_one_and_takes_both(
    registrar: Actor, harare: Institution, free: Callable
):
    whole, (lab, canceled, reserved) = lecture_with_labs(harare, 1, 1, 1)
    Section.objects.filter(pk=canceled.pk).update(status="canceled")
    make_reservation(harare, section=reserved, seats=1, year_of_study=3)
    seated = taking(registrar, whole, lab)
    enrollment = make_enrollment(harare)
    assert codes(cohort(registrar, [enrollment], [whole, lab])) == [["torn_apart"], ["full"]]
    entry = join_waitlist(registrar, enrollment=enrollment, section=whole)
    second = make_entry(harare, section=whole)
    assert (pass_on_at(harare.pk), statuses(entry, second)) == (0, ["waiting", "waiting"])
    free(registrar, *seated)
    assert statuses(entry, second) == ["offered", "waiting"]
    (held,) = entry.held_parts.all()
    # It is held: nobody comes between.
    answers = cohort(registrar, [make_enrollment(harare)], [whole, held.section])
    assert codes(answers) == [["torn_apart"], ["full"]]
    assert accept_offer(registrar, entry).status == "accepted"
    assert sections_of(entry) == {whole, held.section}
    assert (statuses(held, second), all_is_counted(harare)) == (["accepted", "waiting"], True)


def test_accepting_takes_the_whole_and_its_part_or_neither(registrar: Actor, harare: Institution):
    whole, (lab,) = lecture_with_labs(harare, 1)
    seated, _ = taking(registrar, whole, lab)
    entry = join_waitlist(registrar, enrollment=make_enrollment(harare), section=whole)
    drop(registrar, seated)
    hold = make_hold(harare, student=entry.student)
    assert "hold" in refused(accept_offer, registrar, entry)
    assert (sections_of(entry), statuses(entry, entry.held_parts.get())) == (set(), ["offered", "offered"])
    assert all_is_counted(harare)
    hold.delete()
    accept_offer(registrar, entry)
    assert (sections_of(entry), all_is_counted(harare)) == ({whole, lab}, True)


def test_seats_of_a_part_that_are_set_aside_are_offered_to_their_group_alone(registrar: Actor, harare: Institution):
    whole, (lab,) = lecture_with_labs(harare, 2)
    make_reservation(harare, section=lab, seats=1, year_of_study=3)
    of_group, others = ([make_enrollment(harare, year_of_study=year) for _ in range(2)] for year in (3, 1))
    assert codes(cohort(registrar, [others[0], of_group[0]], [whole, lab])) == [[]] * 4
    ahead, member = (join_waitlist(registrar, enrollment=one, section=whole) for one in (others[1], of_group[1]))
    for leaving, offered in ((of_group[0], ["waiting", "offered"]), (others[0], ["offered", "offered"])):
        drop(registrar, Registration.objects.get(enrollment=leaving, section=whole))
        assert statuses(ahead, member) == offered
    assert member.held_parts.get().reservation is not None
    for entry in (ahead, member):
        accept_offer(registrar, entry)
    assert all_is_counted(harare)


def test_only_a_part_is_offered_at_whose_time_the_student_is_free(registrar: Actor, harare: Institution):
    whole, (lab, clashing, both) = lecture_with_labs(harare, 1, 1, 1)
    (mine,) = taking(registrar, make_coming_section(harare, term=whole.term))
    for one, weekday in ((mine.section, 1), (clashing, 1), (lab, 2), (both, 1), (both, 3)):
        make_meeting(harare, section=one, weekday=weekday)
    seated, _ = taking(registrar, whole, lab)
    # Two seats are free, and not for them.
    entry = join_waitlist(registrar, enrollment=mine.enrollment, section=whole)
    assert (pass_on_at(harare.pk), faults(harare.pk)) == (0, [])
    drop(registrar, seated)
    assert (statuses(entry), entry.held_parts.get().section) == (["offered"], lab)
    leave_waitlist(registrar, entry)
    change_section(registrar, lab, status="canceled")
    with pytest.raises(RuleBroken, match="Each lab of it meets at the same time") as refusal:
        join_waitlist(registrar, enrollment=mine.enrollment, section=whole)
    assert refusal.value.code == "time_clash"
    make_waiver(harare, student=mine.student, section=both, waives="time_clash")
    assert refused(join_waitlist, registrar, enrollment=mine.enrollment, section=whole) == ["seat_free"]


def test_what_is_held_ends_with_its_offer_and_goes_to_the_next(registrar: Actor, harare: Institution):
    whole, labs = lecture_with_labs(harare, 1, 1)
    seated = [taking(registrar, whole, lab)[0] for lab in labs]
    first, second, third = (make_entry(harare, section=whole) for _ in range(3))
    drop(registrar, seated[0])
    assert leave_waitlist(registrar, first).status == "refused"
    assert statuses(first.held_parts.get(), second) == ["refused", "offered"]
    held = second.held_parts.get()
    let_expire(second, held)
    assert pass_on_at(harare.pk) == 1
    assert statuses(second, held, third) == ["expired", "expired", "offered"]
    # Whoever chooses another part lets go of the one that is held.
    fourth = make_entry(harare, section=whole)
    change_section(registrar, labs[1], capacity=2)
    assert statuses(fourth) == ["offered"]
    change_section(registrar, labs[1], capacity=3)
    fifth = make_entry(harare, section=whole)
    assert accept_offer(registrar, third, parts=[labs[1]]).status == "accepted"
    assert (statuses(third.held_parts.get(), fifth), sections_of(third)) == (["refused", "offered"], {whole, labs[1]})
    assert fifth.held_parts.get().section == labs[0]
    assert all_is_counted(harare)


def test_an_offer_whose_part_is_canceled_is_one_of_another_part_or_none(registrar: Actor, harare: Institution):
    whole, labs = lecture_with_labs(harare, 1, 1)
    seated = [taking(registrar, whole, lab)[0] for lab in labs]
    first, second = (make_entry(harare, section=whole) for _ in range(2))
    for registration in seated:
        drop(registrar, registration)
    assert statuses(first, second) == ["offered", "offered"]
    change_section(registrar, first.held_parts.get().section, status="canceled")
    assert (statuses(first, second), all_is_counted(harare)) == (["waiting", "offered"], True)
    # The other one makes way, and it is held for who is first again.
    leave_waitlist(registrar, second)
    assert statuses(first, second) == ["offered", "refused"]
    accept_offer(registrar, first)
    assert (len(sections_of(first)), all_is_counted(harare)) == (2, True)
    change_section(registrar, whole, status="canceled")
    assert all_is_counted(harare)


def test_students_are_written_to_of_the_offer_once_and_see_what_is_held(harare: Institution):
    person = make_person(grants=[("student", harare)])
    actor = person_at(harare, *PERMISSIONS, "students.view_student").actor
    with reaching(harare.pk):
        whole, (lab,) = lecture_with_labs(harare, 1)
        seated, _ = taking(actor, whole, lab)
        mine = make_enrollment(harare, student=make_student(harare, account=person))
    client = client_of(person.actor)
    made = client.post(ENTRIES, {"enrollment": str(mine.pk), "section": str(whole.pk)}).json()["data"]
    assert (made["position"], made["parts"]) == (1, [])
    with reaching(harare.pk):
        drop(actor, seated)
    with posted() as letters:
        assert (pass_on(), pass_on()) == (1, 0)
    assert [one.to for one in letters] == [[person.email]]
    assert "With it goes a seat in L1, unless you choose another" in letters[0].body
    shown = client.get(f"{ENTRIES}{made['id']}/").json()["data"]
    assert (shown["status"], shown["parts"]) == ("offered", [str(lab.pk)])
    assert [row["id"] for row in client.get(ENTRIES).json()["data"]] == [made["id"]]
    with reaching(harare.pk):
        (held,) = WaitlistEntry.objects.filter(offered_with=made["id"])
    assert client.post(f"{ENTRIES}{held.pk}/leave/").status_code == 404
    assert client.post(f"{ENTRIES}{made['id']}/accept/").json()["data"]["status"] == "accepted"


def test_who_is_in_another_section_swaps_it_for_what_is_held(registrar: Actor, harare: Institution):
    whole, (lab,) = lecture_with_labs(harare, 1)
    seated, _ = taking(registrar, whole, lab)
    (mine,) = taking(registrar, make_coming_section(harare, course=whole.course, term=whole.term, code="2"))
    entry = join_waitlist(registrar, enrollment=mine.enrollment, section=whole)
    drop(registrar, seated)
    swap(registrar, mine, section=whole)
    assert (statuses(entry), sections_of(entry), all_is_counted(harare)) == (["accepted"], {whole, lab}, True)


def test_of_a_cohort_those_wait_for_whom_no_part_is_free(registrar: Actor, harare: Institution):
    whole, (full, free) = lecture_with_labs(harare, 0, 1)
    answers: list = []
    register_or_wait(registrar, enrollments=[make_enrollment(harare)], sections=[whole, full], answers=answers)
    assert ([one.waitlisted for one in answers], codes(answers)) == ([None, None], [["torn_apart"], ["full"]])
    taking(registrar, whole, free)
    answers = []
    register_or_wait(registrar, enrollments=[make_enrollment(harare)], sections=[whole, full], answers=answers)
    assert [one.waitlisted for one in answers] == [WaitlistEntry.objects.get(section=whole).pk, None]


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


# --- All at once ---
@pytest.mark.django_db(transaction=True)
def test_in_a_storm_over_a_lecture_and_its_parts_every_count_is_right_and_nobody_is_locked_out():
    college = make_institution()
    registrar = person_at(college, *PERMISSIONS, "students.view_student").actor
    with reaching(college.pk):
        whole, labs = lecture_with_labs(college, 2, 1, capacity=4)
        make_reservation(college, section=labs[0], seats=1, year_of_study=2)
        people = [make_enrollment(college, year_of_study=1 + number % 2) for number in range(6)]
        make_entry(college, section=whole, enrollment=people[0])

    def live(share: tuple[int, Enrollment]) -> Counter[str]:
        """Somebody who does whatever may be done next, in any order."""
        chance = Random(share[0])  # noqa: S311 (what one does, not a secret)
        try:
            return Counter(step(registrar, share[1], whole, labs, chance) for _ in range(8))
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        answers = sum(pool.map(live, enumerate(people)), Counter())
    assert set(answers) <= {
        "registered", "refused", "dropped", "swapped", "joined", "accepted", "left", "made old", "passed on", "full",
        "seat_free", "no_offer", "not_waiting", "torn_apart", "same_section",
    }  # fmt: skip
    assert answers["registered"] > 0
    pass_on()
    with reaching(college.pk):
        assert all_is_counted(college)
        for enrollment in people:
            taken = Registration.objects.filter(enrollment=enrollment)
            assert taken.filter(section=whole).count() == taken.exclude(section=whole).count()


def step(actor: Actor, enrollment: Enrollment, whole: Section, labs: list[Section], chance: Random) -> str:
    """One thing that somebody does about a lecture and its laboratories; what came of it."""
    try:
        with reaching(whole.institution_id):
            lab, mine = chance.choice(labs), Registration.objects.filter(enrollment=enrollment)
            if registration := mine.filter(section=whole).first():
                if chance.random() < 0.5:
                    swap(actor, mine.exclude(section=whole).get(), section=lab)
                    return "swapped"
                drop(actor, registration)
                return "dropped"
            entry = WaitlistEntry.objects.filter(
                enrollment=enrollment, section=whole, status__in=WaitlistEntry.OPEN
            ).first()
            if entry is None and chance.random() < 0.5:
                return "refused" if any(codes(cohort(actor, [enrollment], [whole, lab]))) else "registered"
            if entry is None:
                join_waitlist(actor, enrollment=enrollment, section=whole)
                return "joined"
            match chance.choice(["accept", "accept", "leave", "expire", "pass on"]):
                case "accept":
                    accept_offer(actor, entry, parts=chance.choice([[], [lab]]))
                    return "accepted"
                case "leave":
                    leave_waitlist(actor, entry)
                    return "left"
                case "expire":
                    hold_whole_of(entry)  # as whatever changes an entry does
                    past = timezone.now() - HOUR
                    offered = WaitlistEntry.objects.filter(enrollment=enrollment, status="offered")
                    offered.update(offered_at=past - HOUR, expires_at=past)
                    return "made old"
        pass_on()
        return "passed on"
    except RuleBroken as refusal:
        return refusal.code

"""This file holds what is promised of waitlists: who waits in which order, and when waiting ends."""

from datetime import datetime, time, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from academic.equivalences.rules import add_equivalence
from academic.factories import (
    make_course,
    make_enrollment,
    make_program_version,
    make_registration,
    make_term,
    make_window,
)
from academic.models import Hold, ProgramCourse, Registration, Section, WaitlistEntry, WaitlistPolicy, Window
from academic.permissions import PERMISSIONS
from academic.registrations.results import record_result
from academic.registrations.rules import drop, register, swap, withdraw
from academic.registrations.waiting import accept_offer, join_waitlist
from academic.sections.rules import change_section
from academic.tests.registration_lab import (
    checked,
    make_coming_section,
    make_entry,
    make_hold,
    make_load_limit,
    make_waiver,
    recount,
    refused,
)
from academic.tests.waitlist_lab import HOUR, full_section, lecture_with_labs, let_expire, statuses
from academic.waitlists.offers import pass_on_at
from academic.waitlists.rules import leave_waitlist, set_priority
from academic.waitlists.tasks import pass_on
from core.actor import Actor
from core.audit.models import AuditEntry
from core.errors import RuleBroken
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from core.testing.letters import posted
from faculties.factories import saved, today_there
from faculties.institutions.days import zone_of
from faculties.models import Institution
from students.factories import make_student
from users.factories import make_person

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
ENTRIES = "/api/v1/academic/waitlist-entries/"


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS, "students.view_student").actor


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


def test_a_result_that_comes_while_one_waits_and_what_counts_as_the_course_say_who_goes_first(
    registrar: Actor, harare: Institution
):
    old, section = make_course(harare), full_section(harare)[0]
    add_equivalence(registrar, course=old, counts_as=section.course, starts_on=today_there(), ends_on=None)
    lab = lecture_with_labs(harare, 1, course=old)[1][0]
    cases = {"failing": ["fail"], "passing": ["fail", "pass"], "of a part": ["fail"], "by hand": ["fail"]}
    entries = {}
    for case, results in cases.items():
        enrollment = make_enrollment(harare)
        taken = [
            make_registration(
                harare,
                enrollment=enrollment,
                section=lab if case == "of a part" else make_coming_section(harare, course=old),
            )
            for _ in results
        ]
        entry = entries[case] = join_waitlist(registrar, enrollment=enrollment, section=section)
        if case == "by hand":
            set_priority(registrar, entry, priority=2, reason="Board")
        for registration, result in zip(taken, results, strict=True):
            record_result(registrar, registration, result=result)
        entry.refresh_from_db()
    assert [entry.priority for entry in entries.values()] == [1, 3, 3, 2]
    told = AuditEntry.objects.filter(rule="academic.waitlist.ranked", subject_id=str(entries["failing"].pk)).get()
    assert told.changes == {"priority": [3, 1]}
    # Whoever failed an equivalent before joins ahead.
    repeating = make_enrollment(harare)
    make_registration(harare, enrollment=repeating, section=make_coming_section(harare, course=old), result="fail")
    assert join_waitlist(registrar, enrollment=repeating, section=section).priority == 1


def test_of_a_list_all_wait_or_none(registrar: Actor, harare: Institution):
    section, _ = full_section(harare)
    free = make_coming_section(harare)
    people = [make_enrollment(harare) for _ in range(2)]
    items = [{"enrollment": str(one.pk), "section": str(section.pk)} for one in people]
    wrong = [*items, {**items[0], "section": str(free.pk)}]
    refusal = client_of(registrar).post(f"{ENTRIES}bulk/", wrong)
    assert (refusal.status_code, [one["code"] for one in refusal.json()["errors"]]) == (422, ["seat_free"])
    assert (refusal.json()["errors"][0]["field"], WaitlistEntry.objects.count()) == ("2/section", 0)
    with CaptureQueriesContext(connection) as asked:
        made = client_of(registrar).post(f"{ENTRIES}bulk/", items)
    assert [row["enrollment"] for row in made.json()["data"]] == [str(one.pk) for one in people]
    # What is locked first is locked for all of them.
    locked = [one["sql"] for one in asked.captured_queries if "FOR NO KEY UPDATE" in one["sql"]]
    assert all(one.student_id.hex in locked[0] for one in people)


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


def test_waiting_ends_with_the_section_where_there_is_no_window(registrar: Actor, harare: Institution):
    days = {"starts_on": today_there() - 9 * DAY, "ends_on": today_there()}
    section, seated = full_section(harare, seats=2, term=make_term(harare, **days))
    first, second = make_entry(harare, section=section), make_entry(harare, section=section)
    early = {"withdrawn_on": days["starts_on"]}
    withdraw(registrar, seated[0], **early)
    # An offer lasts no longer than the section.
    midnight = datetime.combine(days["ends_on"] + DAY, time(), zone_of(harare.pk))
    assert WaitlistEntry.objects.get(pk=first.pk).expires_at == midnight
    Section.objects.filter(pk=section.pk).update(ends_on=days["ends_on"] - DAY)
    withdraw(registrar, seated[1], **early)
    assert statuses(first, second) == ["offered", "waiting"]
    assert refused(join_waitlist, registrar, enrollment=make_enrollment(harare), section=section) == ["section_over"]
    pass_on_at(harare.pk)
    assert statuses(first, second) == ["offered", "closed"]


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
    withdraw(registrar, withdrawing, withdrawn_on=today_there())
    others = [register(registrar, enrollment=make_enrollment(harare), section=section) for _ in range(2)]
    entries = [join_waitlist(registrar, enrollment=one.enrollment, section=section) for one in (dropping, withdrawing)]
    for other in others:
        drop(registrar, other)
    assert [accept_offer(registrar, one).status for one in entries] == ["accepted", "accepted"]
    # Who withdrew is reinstated: a student is in a section once.
    assert Registration.objects.get(pk=withdrawing.pk).status == "registered"
    assert recount(harare) == [(2, 2)]


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

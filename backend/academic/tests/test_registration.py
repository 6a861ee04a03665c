"""This file holds what is promised of registering, one student or many: the orders of checks and seats, and leaving."""

import re
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connection

from academic.equivalences.rules import add_equivalence
from academic.factories import (
    make_course,
    make_enrollment,
    make_registration,
    make_section,
    make_term_exception,
    make_window,
)
from academic.models import Prerequisite, Registration, Window
from academic.permissions import PERMISSIONS
from academic.programs.rules import close_program
from academic.registrations.results import record_result
from academic.registrations.rules import drop, register, register_with_parts, reinstate, swap, withdraw
from academic.registrations.verdicts import TEXT
from academic.sections import seats
from academic.tests.registration_lab import (
    REGISTRATIONS,
    checked,
    codes,
    cohort,
    make_coming_section,
    make_hold,
    make_load_limit,
    recount,
    refused,
)
from academic.versions.rules import teach_version_out
from academic.waivers.rules import give_waiver
from core.actor import Actor
from core.audit.models import AuditEntry
from core.errors import Invalid, RuleBroken
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from core.testing.letters import posted
from faculties.factories import saved, today_there
from faculties.models import Institution
from students.factories import make_student
from users.factories import make_person

pytestmark = pytest.mark.django_db
TODAY = today_there()
DAY = timedelta(days=1)


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS, "students.view_student").actor


@pytest.mark.parametrize("text", [TEXT, seats.TEXT])
def test_the_database_holds_the_text_of_the_verdict(registrar: Actor, text: Path):
    said = text.read_text()
    names = re.findall(r"FUNCTION (academic_\w+)", said)
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = ANY (%s)", [names])
        installed = [body for (body,) in cursor.fetchall()]
    assert len(installed) == len(names) > 0
    assert all(body in said for body in installed), f"{text.name} was changed: add a migration that installs it."


def test_every_failed_check_is_told_in_the_order_of_the_checks(registrar: Actor, harare: Institution):
    required, course = make_course(harare), make_course(harare, credits=40)
    saved(Prerequisite(institution=harare, course=course, requires=required))
    enrollment = make_enrollment(harare, status="deferred")
    make_hold(harare, student=enrollment.student)
    make_load_limit(harare, most_credits=30)
    section = make_coming_section(harare, course=course, capacity=0, status="canceled")
    expected = ["hold", "enrollment_paused", "section_shut", "not_passed", "too_many_credits", "full"]
    assert checked(registrar, enrollment, section) == expected
    assert refused(register, registrar, enrollment=enrollment, section=section) == expected
    assert Registration.objects.count() == 0


def test_who_is_enrolled_finishes_a_program_that_closed(registrar: Actor, harare: Institution):
    enrollment = make_enrollment(harare)
    close_program(registrar, enrollment.program_version.program)
    teach_version_out(registrar, enrollment.program_version)
    assert register(registrar, enrollment=enrollment, section=make_coming_section(harare)).status == "registered"


def test_each_time_that_a_course_is_taken_is_an_attempt(registrar: Actor, harare: Institution):
    course, old = make_course(harare), make_course(harare)
    add_equivalence(registrar, course=course, counts_as=old, both_ways=True, starts_on=date(2020, 1, 1))
    enrollment = make_enrollment(harare)
    for taken, fields in ((old, {"result": "fail"}), (course, {"result": "withdrawn", "status": "withdrawn"})):
        make_registration(harare, enrollment=enrollment, section=make_section(harare, course=taken), **fields)
    # What was canceled is none, and neither is another course.
    for fields in ({"course": course, "status": "canceled"}, {}):
        make_registration(harare, enrollment=enrollment, section=make_section(harare, **fields))
    lecture = make_coming_section(harare, course=course)
    lab = make_section(harare, course=course, term=lecture.term, whole=lecture, kind="lab", code="L")
    made = register_with_parts(registrar, enrollment, lecture, [lab])
    assert [one.attempt for one in (made, lab.registrations.get())] == [3, 3]
    assert reinstate(registrar, withdraw(registrar, made, withdrawn_on=TODAY)).attempt == 3
    other = make_enrollment(harare)
    assert cohort(registrar, [other], [make_coming_section(harare, course=course)])[0].passed
    assert other.registrations.get().attempt == 1
    stated = register(registrar, enrollment=other, section=make_coming_section(harare, course=old), attempt=5)
    assert stated.attempt == 5


def test_a_dry_run_gives_the_verdict_and_changes_nothing(registrar: Actor, harare: Institution):
    enrollment, section = make_enrollment(harare), make_coming_section(harare, capacity=1)
    client = client_of(registrar)
    body = {"enrollments": [str(enrollment.pk)], "sections": [str(section.pk)]}
    (answer,) = client.post(f"{REGISTRATIONS}check/", body).json()["data"]
    assert (answer["passed"], answer["registration"], answer["failed"]) == (True, None, [])
    assert recount(harare) == [(0, 0)]
    assert AuditEntry.objects.count() == 0
    make_registration(harare, section=section)
    (answer,) = client.post(f"{REGISTRATIONS}check/", body).json()["data"]
    (failure,) = answer["failed"]
    assert (failure["check"], failure["code"], failure["figures"]) == (
        "seats",
        "full",
        {"capacity": 1, "taken": 1, "reserved": 0, "offered": 0, "waiting": 0},
    )
    assert failure["message"].startswith("No seat is free: of 1, 1 are taken, 0 reserved for others and 0 offered")
    assert failure["waived_by"] is None


def test_what_rests_on_a_course_in_progress_is_judged_when_its_result_comes(registrar: Actor, harare: Institution):
    required, course = make_course(harare), make_course(harare)
    saved(Prerequisite(institution=harare, course=course, requires=required))
    student = make_student(harare, account=make_person())
    enrollment = make_enrollment(harare, student=student)
    earlier = register(registrar, enrollment=enrollment, section=make_coming_section(harare, course=required))
    later = register(registrar, enrollment=enrollment, section=make_coming_section(harare, course=course))
    assert (earlier.requisites, later.requisites) == ("met", "conditional")
    # A result may be put right, each way.
    for result, stands in (("fail", "not_met"), ("pass", "met"), ("fail", "not_met")):
        record_result(registrar, earlier, result=result)
        later.refresh_from_db()
        assert (later.requisites, later.status) == (stands, "registered")
    (first, *_) = AuditEntry.objects.filter(rule="academic.registration.requisites_judged").order_by("pk")
    assert (first.subject_id, first.changes) == (str(later.pk), {"requisites": ["conditional", "not_met"]})
    listed = client_of(registrar).get(REGISTRATIONS, {"requisites": "not_met"}).json()["data"]
    assert [row["id"] for row in listed] == [str(later.pk)]


def test_who_no_longer_meets_the_requisites_is_told_and_may_be_let_stay(registrar: Actor, harare: Institution):
    required, course = make_course(harare), make_course(harare, code="PHY201", title="Waves")
    saved(Prerequisite(institution=harare, course=course, requires=required))
    enrollment = make_enrollment(harare, student=make_student(harare, account=make_person()))
    earlier = register(registrar, enrollment=enrollment, section=make_coming_section(harare, course=required))
    later = register(registrar, enrollment=enrollment, section=make_coming_section(harare, course=course))
    with posted() as letters:
        record_result(registrar, earlier, result="fail")
    (letter,) = letters
    assert (letter.to, letter.subject) == ([enrollment.student.account.email], "Your registration for PHY201 Waves")
    give_waiver(registrar, student=later.student, course=course, waives="requisites", reason="Board", until=TODAY)
    answer = client_of(registrar).post(f"{REGISTRATIONS}{later.pk}/recheck/", headers={"If-Match": "*"})
    assert answer.json()["data"]["requisites"] == "waived"


def test_seats_go_by_the_order_of_arrival_to_those_who_fail_at_nothing_else(registrar: Actor, harare: Institution):
    section = make_coming_section(harare, capacity=2)
    held, first, second, late = (make_enrollment(harare) for _ in range(4))
    make_hold(harare, student=held.student)
    answers = cohort(registrar, [held, first, second, late], [section])
    assert codes(answers) == [["hold"], [], [], ["full"]]
    assert recount(harare) == [(2, 2)]


def test_a_cohort_is_registered_and_each_attempt_answered(registrar: Actor, harare: Institution):
    enrollments = [make_enrollment(harare) for _ in range(3)]
    sections = [make_coming_section(harare), make_coming_section(harare, capacity=1)]
    body = {"enrollments": [str(one.pk) for one in enrollments], "sections": [str(one.pk) for one in sections]}
    answer = client_of(registrar).post(f"{REGISTRATIONS}cohort/", body)
    data = answer.json()["data"]
    assert (answer.status_code, len(data)) == (200, 6)
    assert Counter(one["passed"] for one in data) == {True: 4, False: 2}
    assert {one["registration"] for one in data if one["passed"]} == {
        str(key) for key in Registration.objects.values_list("pk", flat=True)
    }
    assert sorted(recount(harare)) == [(1, 1), (3, 3)]
    again = client_of(registrar).post(f"{REGISTRATIONS}cohort/", body).json()["data"]
    assert Counter(one["failed"][0]["code"] for one in again) == {"already_registered": 4, "full": 2}
    assert sorted(recount(harare)) == [(1, 1), (3, 3)]


def test_each_of_a_cohort_is_on_the_log_as_a_registration_of_their_own(registrar: Actor, harare: Institution):
    account = make_person(grants=[("student", harare)])
    enrollment = make_enrollment(harare, student=make_student(harare, account=account))
    (verdict,) = cohort(registrar, [enrollment], [make_coming_section(harare)])
    entry = AuditEntry.objects.get(rule="academic.registration.made")
    assert (entry.person_id, entry.subject_id) == (account.pk, str(verdict.registration))
    assert entry.changes["enrollment"] == [None, str(enrollment.pk)]
    assert AuditEntry.objects.get(rule="academic.registration.cohort_made").count == 1


def test_a_cohort_names_rows_that_one_sees_of_one_institution(harare: Institution, mutare: Institution):
    clerk = client_of(person_at(harare, *PERMISSIONS))
    with reaching(harare.pk, mutare.pk):
        section, theirs = make_coming_section(harare), make_enrollment(mutare)
    for url in ("check", "cohort"):
        body = {"enrollments": [str(theirs.pk)], "sections": [str(section.pk), str(uuid4())]}
        answer = clerk.post(f"{REGISTRATIONS}{url}/", body)
        assert answer.status_code == 400
        assert [one["field"] for one in answer.json()["errors"]] == ["enrollments/0"]
    assert client_of(person_at(harare)).post(f"{REGISTRATIONS}cohort/", {}).status_code == 403


def test_the_same_attempt_twice_is_registered_once(registrar: Actor, harare: Institution):
    enrollment, section = make_enrollment(harare), make_coming_section(harare, capacity=5)
    first = register(registrar, enrollment=enrollment, section=section)
    with pytest.raises(Invalid) as refusal:
        register(registrar, enrollment=enrollment, section=section)
    assert [problem.code for problem in refusal.value.problems] == ["already_registered"]
    assert (Registration.objects.get(), recount(harare)) == (first, [(1, 1)])


# --- Leaving ---
def test_dropping_leaves_no_trace_until_the_census(registrar: Actor, harare: Institution):
    registration = make_registration(harare, section=make_coming_section(harare))
    term = registration.section.term
    drop(registrar, registration)
    assert recount(harare) == [(0, 0)]
    late = make_registration(harare, section=make_coming_section(harare, term=term, starts_on=TODAY))
    assert refused(drop, registrar, late) == ["drop_over"]
    type(term).objects.filter(pk=term.pk).update(starts_on=TODAY - DAY, census_on=TODAY)
    drop(registrar, Registration.objects.get(pk=late.pk))
    assert Registration.objects.count() == 0


def test_a_program_with_a_census_of_its_own_keeps_to_that(registrar: Actor, harare: Institution):
    theirs = make_registration(harare, section=make_coming_section(harare))
    term, program = theirs.section.term, theirs.enrollment.program_version.program
    days = {"starts_on": TODAY - 2 * DAY, "ends_on": term.ends_on, "census_on": TODAY - DAY}
    type(term).objects.filter(pk=term.pk).update(starts_on=TODAY, census_on=TODAY)
    exception = make_term_exception(harare, term=term, program=program, **days)
    assert refused(drop, registrar, theirs) == ["drop_over"]
    drop(registrar, make_registration(harare, section=theirs.section))
    assert Registration.objects.get() == theirs
    # Without one it keeps the term's, unless that lies outside its days.
    type(exception).objects.update(census_on=None, starts_on=TODAY + DAY)
    section = make_coming_section(harare, term=term, starts_on=TODAY)
    late = make_registration(harare, enrollment=theirs.enrollment, section=section)
    assert refused(drop, registrar, late) == ["drop_over"]
    type(exception).objects.update(starts_on=TODAY)
    drop(registrar, late)
    type(exception).objects.update(census_on=TODAY)
    drop(registrar, theirs)
    assert recount(harare) == [(0, 0), (0, 0)]


def test_results_are_recorded_while_the_window_for_them_is_open(registrar: Actor, harare: Institution):
    registration = make_registration(harare, section=make_coming_section(harare))
    window = make_window(harare, term=registration.section.term, kind="results", opens_after=10, closes_after=20)
    with pytest.raises(RuleBroken, match=" 00:00, by the clock of Africa/Harare") as refusal:
        record_result(registrar, registration, result="pass")
    assert refusal.value.code == "window_shut"
    type(window).objects.filter(pk=window.pk).update(opens_after=-10)
    assert record_result(registrar, registration, result="pass").result == "pass"


def test_dropping_keeps_to_its_window(registrar: Actor, harare: Institution):
    registration = make_registration(harare, section=make_coming_section(harare))
    window = make_window(harare, term=registration.section.term, kind="drop", opens_after=-6, closes_after=-1)
    assert refused(drop, registrar, registration) == ["window_shut"]
    Window.objects.filter(pk=window.pk).update(opens_after=-7)
    drop(registrar, registration)
    assert recount(harare) == [(0, 0)]


def test_a_result_stands_against_dropping(registrar: Actor, harare: Institution):
    registration = make_registration(harare, section=make_coming_section(harare), result="pass")
    assert refused(drop, registrar, registration) == ["result_stands"]


def test_reinstating_asks_every_check_again(registrar: Actor, harare: Institution):
    section = make_coming_section(harare, capacity=1)
    registration = register(registrar, enrollment=make_enrollment(harare), section=section)
    assert refused(reinstate, registrar, registration) == ["not_withdrawn"]
    withdrawn = withdraw(registrar, registration, withdrawn_on=TODAY)
    other = register(registrar, enrollment=make_enrollment(harare), section=section)
    assert refused(reinstate, registrar, withdrawn) == ["full"]
    drop(registrar, other)
    back = reinstate(registrar, withdrawn)
    assert (back.pk, back.status, back.result, back.withdrawn_on) == (registration.pk, "registered", "pending", None)
    assert recount(harare) == [(1, 1)]
    assert AuditEntry.objects.get(rule="academic.registration.reinstated").changes["status"] == [
        "withdrawn",
        "registered",
    ]


def test_a_swap_drops_the_one_only_if_the_other_succeeds(registrar: Actor, harare: Institution):
    make_load_limit(harare, most_credits=20)
    mine = make_coming_section(harare, capacity=1)
    wanted, full = make_coming_section(harare, term=mine.term), make_coming_section(harare, capacity=0)
    registration = register(registrar, enrollment=make_enrollment(harare), section=mine)
    assert refused(swap, registrar, registration, section=full) == ["full"]
    assert refused(swap, registrar, registration, section=mine) == ["same_section"]
    assert Registration.objects.get().section_id == mine.pk
    answer = client_of(registrar).post(
        f"{REGISTRATIONS}{registration.pk}/swap/", {"section": str(wanted.pk)}, headers={"If-Match": "*"}
    )
    assert answer.status_code == 200, answer.content
    swapped = Registration.objects.get()
    assert (answer.json()["data"]["id"], swapped.section_id) == (str(swapped.pk), wanted.pk)
    assert sorted(recount(harare)) == [(0, 0), (0, 0), (1, 1)]


def test_who_left_a_section_comes_back_by_a_swap_into_other_parts_too(registrar: Actor, harare: Institution):
    whole = make_coming_section(harare, code="W")
    same = {"course": whole.course, "term": whole.term}
    lab, other_lab = (make_coming_section(harare, **same, whole=whole, kind="lab", code=code) for code in ("L1", "L2"))
    other = make_coming_section(harare, **same, code="X")
    enrollment = make_enrollment(harare)
    gone = register_with_parts(registrar, enrollment, whole, [lab])
    withdraw(registrar, gone, withdrawn_on=TODAY)
    now = register(registrar, enrollment=enrollment, section=other)
    assert "already_in_course" in refused(reinstate, registrar, Registration.objects.get(pk=gone.pk))
    body = {"section": str(whole.pk), "parts": [str(other_lab.pk)]}
    answer = client_of(registrar).post(f"{REGISTRATIONS}{now.pk}/swap/", body, headers={"If-Match": "*"})
    assert (answer.status_code, answer.json()["data"]["id"]) == (200, str(gone.pk)), answer.content
    stands = Registration.objects.values_list("section__code", "status")
    assert set(stands) == {("W", "registered"), ("L1", "withdrawn"), ("L2", "registered")}
    assert sorted(recount(harare)) == [(0, 0), (0, 0), (1, 1), (1, 1)]


# --- Students themselves ---
def test_students_register_themselves_and_nobody_else(harare: Institution):
    person = make_person(grants=[("student", harare)])
    with reaching(harare.pk):
        mine = make_enrollment(harare, student=make_student(harare, account=person))
        other, section = make_enrollment(harare), make_coming_section(harare)
    client = client_of(person.actor)
    body = {"enrollment": str(mine.pk), "section": str(section.pk)}
    stated = client.post(REGISTRATIONS, {**body, "registered_on": "2020-01-01"})
    assert (stated.status_code, stated.json()["errors"][0]["code"]) == (422, "not_for_students")
    assert client.post(REGISTRATIONS, {**body, "enrollment": str(other.pk)}).status_code == 400
    made = client.post(REGISTRATIONS, body)
    assert (made.status_code, made.json()["data"]["registered_on"]) == (201, str(TODAY))
    url = f"{REGISTRATIONS}{made.json()['data']['id']}/"
    early = client.post(f"{url}withdraw/", {"withdrawn_on": str(TODAY - DAY)}, headers={"If-Match": "*"})
    assert (early.status_code, early.json()["errors"][0]["code"]) == (422, "today_only")
    assert client.delete(url, headers={"If-Match": "*"}).status_code == 204
    with reaching(harare.pk):
        assert recount(harare) == [(0, 0)]


def test_who_registers_only_themselves_learns_no_verdict_on_others(harare: Institution):
    dean_and_student = make_person(grants=[("student", harare), ("dean", harare)])
    with reaching(harare.pk):
        other, section = make_enrollment(harare), make_coming_section(harare)
        make_hold(harare, student=other.student)
    client = client_of(dean_and_student.actor)
    body = {"enrollments": [str(other.pk)], "sections": [str(section.pk)]}
    assert client.post(f"{REGISTRATIONS}check/", body).status_code == 403
    assert client.post(REGISTRATIONS, {"enrollment": str(other.pk), "section": str(section.pk)}).status_code == 403

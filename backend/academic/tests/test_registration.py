"""This file holds the tests of the verdict of a registration: each check, what waives it, and dry runs."""

import re
from collections import Counter
from datetime import time, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from academic.factories import (
    make_course,
    make_enrollment,
    make_meeting,
    make_program,
    make_program_version,
    make_registration,
    make_term_exception,
    make_window,
)
from academic.holds.rules import lift_hold, place_hold
from academic.loads.rules import change_load_limit
from academic.models import Hold, Prerequisite, Registration, Waiver, Window
from academic.permissions import PERMISSIONS
from academic.registrations.rules import check_cohort, drop, record_result, register, reinstate, swap, withdraw
from academic.registrations.verdicts import TEXT
from academic.requisites.rules import add_requisite
from academic.sections import seats
from academic.tests.registration_lab import (
    checked,
    codes,
    cohort,
    make_coming_section,
    make_hold,
    make_load_limit,
    make_waiver,
    recount,
)
from academic.waivers.rules import give_waiver, revoke_waiver
from core.actor import Actor
from core.audit.models import AuditEntry
from core.errors import Invalid, NotAllowed, RuleBroken
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from core.testing.letters import posted
from faculties.factories import make_department, saved
from faculties.models import Institution
from students.factories import make_student
from users.factories import make_person

pytestmark = pytest.mark.django_db
REGISTRATIONS = "/api/v1/academic/registrations/"
TODAY = timezone.localdate()
DAY = timedelta(days=1)


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS, "students.view_student").actor


def refused(rule, *args, **fields) -> list[str]:
    """The codes with which a rule says no."""
    with pytest.raises(RuleBroken) as refusal:
        rule(*args, **fields)
    return [problem.code for problem in refusal.value.problems]


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
    version = make_program_version(harare, program=make_program(harare, status="closed"))
    enrollment = make_enrollment(harare, program_version=version, status="deferred")
    make_hold(harare, student=enrollment.student)
    make_load_limit(harare, most_credits=30)
    section = make_coming_section(harare, course=course, capacity=0, status="canceled")
    expected = [
        "hold", "enrollment_paused", "program_closed", "section_shut", "not_passed", "too_many_credits", "full",
    ]  # fmt: skip
    assert checked(registrar, enrollment, section) == expected
    assert refused(register, registrar, enrollment=enrollment, section=section) == expected
    assert Registration.objects.count() == 0


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


def test_a_hold_blocks_from_its_first_to_its_last_day_until_it_is_lifted(registrar: Actor, harare: Institution):
    enrollment, section = make_enrollment(harare), make_coming_section(harare)
    hold = make_hold(harare, student=enrollment.student, starts_on=TODAY, ends_on=TODAY)
    assert checked(registrar, enrollment, section) == ["hold"]
    for days in ({"starts_on": TODAY + DAY, "ends_on": None}, {"starts_on": TODAY - DAY, "ends_on": TODAY - DAY}):
        Hold.objects.filter(pk=hold.pk).update(**days)
        assert checked(registrar, enrollment, section) == []
    Hold.objects.filter(pk=hold.pk).update(starts_on=TODAY, ends_on=None, blocks_registration=False)
    assert checked(registrar, enrollment, section) == []
    Hold.objects.filter(pk=hold.pk).update(blocks_registration=True)
    assert checked(registrar, enrollment, section) == ["hold"]
    lift_hold(registrar, hold, lifted_because="Paid")
    assert checked(registrar, enrollment, section) == []
    assert refused(lift_hold, registrar, hold) == ["already_lifted"]


def test_nobody_lifts_a_hold_or_gives_a_waiver_of_their_own(registrar: Actor, harare: Institution):
    clerk = make_person(grants=[("registrar", harare)])
    student = make_student(harare, account=clerk)
    hold = place_hold(registrar, student=student, kind="library", reason="Two books", starts_on=TODAY)
    assert refused(lift_hold, clerk.actor, hold) == ["own_hold"]
    fields = {"section": make_coming_section(harare), "waives": "load", "reason": "Mine", "until": TODAY}
    assert refused(give_waiver, clerk.actor, student=student, **fields) == ["own_waiver"]
    assert (Hold.objects.get().lifted_at, Waiver.objects.count()) == (None, 0)


def test_what_a_course_requires_is_passed_or_being_taken(registrar: Actor, harare: Institution):
    required, course, enrollment = make_course(harare), make_course(harare), make_enrollment(harare)
    saved(Prerequisite(institution=harare, course=course, requires=required))
    section = make_coming_section(harare, course=course)
    assert checked(registrar, enrollment, section) == ["not_passed"]
    earlier = make_registration(harare, enrollment=enrollment, section=make_coming_section(harare, course=required))
    # What is being taken lets pass until its result is there.
    for result, expected in (("pending", []), ("fail", ["not_passed"]), ("pass", []), ("distinction", [])):
        Registration.objects.filter(pk=earlier.pk).update(result=result)
        assert checked(registrar, enrollment, section) == expected


@pytest.mark.parametrize("kind", ["register", "add"])
def test_a_window_is_shut_before_it_opens_and_after_it_closes_unless_waived(
    registrar: Actor, harare: Institution, kind: str
):
    enrollment, section = make_enrollment(harare), make_coming_section(harare)
    window = make_window(harare, term=section.term, kind=kind, opens_after=-7, closes_after=-7)
    assert checked(registrar, enrollment, section) == []
    for day in (-8, -6):
        Window.objects.filter(pk=window.pk).update(opens_after=day, closes_after=day)
        assert checked(registrar, enrollment, section) == ["window_shut"]
    make_window(harare, term=section.term, kind={"register": "add", "add": "register"}[kind], opens_after=-9)
    assert checked(registrar, enrollment, section) == []
    Window.objects.filter(opens_after=-9).delete()
    make_waiver(harare, student=enrollment.student, section=section, waives="window")
    assert checked(registrar, enrollment, section) == []


def test_a_clash_names_the_other_side_and_the_hour_unless_waived(registrar: Actor, harare: Institution):
    enrollment, section = make_enrollment(harare), make_coming_section(harare)
    mine = make_registration(harare, enrollment=enrollment, section=make_coming_section(harare))
    make_meeting(harare, section=mine.section, starts_at=time(8), ends_at=time(10))
    touching = make_meeting(harare, section=section, starts_at=time(10), ends_at=time(11))
    assert checked(registrar, enrollment, section) == []
    make_meeting(harare, section=section, starts_at=time(9), ends_at=time(10))
    (failure,) = check_cohort(registrar, [enrollment], [section])[0].failed
    assert (failure.code, failure.figures["code"]) == ("time_clash", mine.section.course.code)
    assert failure.figures["at"].endswith("09:00")
    assert failure.figures["times"] == touching.occurrences.count() > 1
    assert mine.section.course.code in failure.message
    other = make_enrollment(harare)
    assert codes(cohort(registrar, [other], [section, mine.section])) == [[], ["time_clash"]]
    make_waiver(harare, student=enrollment.student, section=section, waives="time_clash")
    assert checked(registrar, enrollment, section) == []


def test_a_tree_of_requisites_is_judged_and_those_who_come_together_count(registrar: Actor, harare: Institution):
    lecture, lab, enrollment = make_coming_section(harare), make_coming_section(harare), make_enrollment(harare)
    tree = {"is": "registered_together", "course": str(lab.course_id)}
    add_requisite(registrar, course=lecture.course, kind="corequisite", tree=tree)
    (failure,) = check_cohort(registrar, [enrollment], [lecture])[0].failed
    assert (failure.check, failure.waived_by) == ("requisites", "academic.waive_requisites")
    assert lab.course.code in f"{failure.message} {failure.remedy}"
    assert codes(cohort(registrar, [enrollment], [lecture, lab])) == [[], []]


def test_a_course_that_is_refused_is_registered_together_with_none(registrar: Actor, harare: Institution):
    full, lab, lecture, rival = (make_coming_section(harare, capacity=seats) for seats in (0, 9, 9, 9))
    for section, kind, needed in (
        (lecture, "registered_together", lab),
        (lab, "registered_together", full),
        (rival, "not_taken", full),
    ):
        tree = {"is": kind, "course": str(needed.course_id)}
        add_requisite(registrar, course=section.course, kind="corequisite", tree=tree)
    enrollments = [make_enrollment(harare) for _ in range(2)]
    expected = [["not_together"]] * 4 + [["full"]] * 2 + [[]] * 2
    sections = [lecture, lab, full, rival]
    assert codes(check_cohort(registrar, enrollments, sections)) == expected
    assert codes(cohort(registrar, enrollments, sections)) == expected
    assert {one.section_id for one in Registration.objects.all()} == {rival.pk}
    # Who gets the one that is asked for gets all that ask for it.
    type(full).objects.filter(pk=full.pk).update(capacity=2)
    assert codes(cohort(registrar, [make_enrollment(harare)], sections)) == [[], [], [], ["taken_already"]]


def test_a_course_is_taken_in_one_section_of_a_term(registrar: Actor, harare: Institution):
    enrollment, first = make_enrollment(harare), make_coming_section(harare, code="1")
    second = make_coming_section(harare, course=first.course, term=first.term, code="2")
    # Two in one call: the first that is asked for counts. In another term it may be taken again.
    answers = cohort(registrar, [enrollment], [first, second, make_coming_section(harare, course=first.course)])
    assert codes(answers) == [[], ["already_in_course"], []]
    (failure,) = answers[1].failed
    assert failure.message == f"This student takes {first.course.code} in section 1 in this term already."
    assert (failure.remedy.endswith("/swap/)."), failure.waived_by) == (True, "academic.waive_same_course")
    assert checked(registrar, enrollment, second) == ["already_in_course"]
    (registration,) = Registration.objects.filter(section=first)
    swapped = swap(registrar, registration, section=second)
    assert (swapped.section, checked(registrar, enrollment, first)) == (second, ["already_in_course"])
    # One who withdrew from the one is not taken back while in the other.
    withdraw(registrar, swapped, withdrawn_on=TODAY)
    register(registrar, enrollment=enrollment, section=first)
    assert refused(reinstate, registrar, swapped) == ["already_in_course"]
    give_waiver(registrar, student=enrollment.student, section=second, waives="same_course", reason="Both", until=TODAY)
    assert reinstate(registrar, swapped).status == "registered"


def test_what_failed_may_be_taken_again_in_its_term(registrar: Actor, harare: Institution):
    failed = make_registration(harare, section=make_coming_section(harare), result="fail")
    again = make_coming_section(harare, course=failed.section.course, term=failed.section.term, code="2")
    assert checked(registrar, failed.enrollment, again) == []


def test_the_limit_of_the_program_version_goes_before_that_of_the_institution(registrar: Actor, harare: Institution):
    enrollment = make_enrollment(harare)
    section = make_coming_section(harare, load=20)
    make_load_limit(harare, most_credits=10)
    assert checked(registrar, enrollment, section) == ["too_many_credits"]
    make_load_limit(harare, most_credits=20, program_version=enrollment.program_version)
    assert checked(registrar, enrollment, section) == []


def test_who_builds_up_a_load_is_warned_while_it_is_below_the_least(registrar: Actor, harare: Institution):
    make_load_limit(harare, least_credits=60)
    enrollment, first = make_enrollment(harare), make_coming_section(harare)
    second, third = (make_coming_section(harare, term=first.term) for _ in range(2))
    client, asks = client_of(registrar), {"enrollments": [str(enrollment.pk)]}
    told = "That makes {} credits in this term, and at least 60 are to be taken."
    made = client.post(REGISTRATIONS, {"enrollment": str(enrollment.pk), "section": str(first.pk)}).json()["data"]
    assert made["warnings"] == [told.format(20)]
    # A dry run counts what it would take, as registering does.
    for sections, warned in (([second], [told.format(40)]), ([second, third], [])):
        body = {**asks, "sections": [str(one.pk) for one in sections]}
        answers = client.post(f"{REGISTRATIONS}check/", body).json()["data"]
        assert [one["warnings"] for one in answers] == [warned] * len(sections)
    answers = client.post(f"{REGISTRATIONS}cohort/", body).json()["data"]
    assert [one["warnings"] for one in answers] == [[], []]
    url = f"{REGISTRATIONS}{made['id']}/withdraw/"
    withdrawn = client.post(url, {"withdrawn_on": str(TODAY)}, headers={"If-Match": "*"}).json()["data"]
    assert withdrawn["warnings"] == [told.format(40)]
    assert "warnings" not in client.get(f"{REGISTRATIONS}{made['id']}/").json()["data"]


def test_nobody_falls_below_the_least_where_that_is_refused(harare: Institution):
    person = make_person(grants=[("student", harare)])
    with reaching(harare.pk):
        registrar = person_at(harare, *PERMISSIONS).actor
        make_load_limit(harare, least_credits=40, below_least="refused")
        enrollment = make_enrollment(harare, student=make_student(harare, account=person))
        first = make_registration(harare, enrollment=enrollment, section=make_coming_section(harare))
        other, smaller = (make_coming_section(harare, term=first.section.term, load=load) for load in (20, 10))
        # Who is still below it chooses freely.
        drop(registrar, register(registrar, enrollment=enrollment, section=smaller))
        second = register(registrar, enrollment=enrollment, section=other)
        assert refused(drop, registrar, second) == ["below_least_load"]
        assert refused(swap, registrar, second, section=smaller) == ["below_least_load"]
        assert refused(withdraw, person.actor, second, withdrawn_on=TODAY) == ["below_least_load"]
        assert sorted(recount(harare)) == [(0, 0), (1, 1), (1, 1)]
        swapped = swap(registrar, second, section=make_coming_section(harare, term=first.section.term))
        give_waiver(
            registrar, student=enrollment.student, course=first.section.course, waives="load", reason="Ill", until=TODAY
        )
        drop(registrar, first)
        # What was, the registry states.
        withdraw(registrar, swapped, withdrawn_on=TODAY)
        assert sorted(recount(harare)) == [(0, 0)] * 4


@pytest.mark.parametrize("least", [0, 61])
def test_the_least_load_lies_within_the_most(registrar: Actor, harare: Institution, least: int):
    limit = make_load_limit(harare)
    with pytest.raises(Invalid) as refusal:
        change_load_limit(registrar, limit, least_credits=least)
    assert refusal.value.code == "least_above_most"
    with pytest.raises(IntegrityError, match="load_limit_least_within_most"), transaction.atomic():
        type(limit).objects.filter(pk=limit.pk).update(least_credits=least)


def test_credits_count_in_their_term_and_those_of_the_same_call_too(registrar: Actor, harare: Institution):
    make_load_limit(harare, most_credits=40)
    enrollment, first = make_enrollment(harare), make_coming_section(harare)
    make_registration(harare, enrollment=enrollment, section=make_coming_section(harare))
    gone = {"status": "withdrawn", "result": "withdrawn"}
    make_registration(harare, enrollment=enrollment, section=make_coming_section(harare, term=first.term), **gone)
    others = [make_coming_section(harare, term=first.term) for _ in range(2)]
    answers = cohort(registrar, [enrollment], [first, *others])
    assert codes(answers) == [[], [], ["too_many_credits"]]
    assert answers[2].failed[0].figures == {"most": 40.0, "taken": 40.0, "credits": 20.0}


def test_a_waiver_lets_one_check_pass_in_its_section_or_course_until_its_day(registrar: Actor, harare: Institution):
    make_load_limit(harare, most_credits=10)
    enrollment, section = make_enrollment(harare), make_coming_section(harare)
    student = enrollment.student
    make_waiver(harare, student=student, section=make_coming_section(harare))
    make_waiver(harare, student=student, section=section, waives="requisites")
    make_waiver(harare, student=student, section=section, until=TODAY - DAY)
    make_waiver(harare, section=section)
    assert checked(registrar, enrollment, section) == ["too_many_credits"]
    for place in ({"section": section}, {"course": section.course}):
        waiver = give_waiver(registrar, student=student, waives="load", reason="Last term", until=TODAY, **place)
        assert checked(registrar, enrollment, section) == []
        revoke_waiver(registrar, waiver)
        assert checked(registrar, enrollment, section) == ["too_many_credits"]
    assert refused(revoke_waiver, registrar, waiver) == ["already_revoked"]


def test_only_those_whom_the_check_names_waive_it_and_at_their_place(harare: Institution):
    with reaching(harare.pk):
        section, student = make_coming_section(harare), make_student(harare)
        fields = {"section": section, "waives": "load", "reason": "Last term", "until": TODAY}
        clerk = person_at(harare, "academic.add_waiver", "academic.waive_requisites").actor
        elsewhere = person_at(make_department(harare), "academic.add_waiver", "academic.waive_load").actor
        for actor in (clerk, elsewhere):
            with pytest.raises(NotAllowed):
                give_waiver(actor, student=student, **fields)
        assert Waiver.objects.count() == 0
        head = person_at(section.course.program.department, "academic.add_waiver", "academic.waive_load").actor
        assert give_waiver(head, student=student, **fields).waives == "load"


@pytest.mark.parametrize("places", [(), ("section", "course")])
def test_a_waiver_is_for_one_section_or_one_course(registrar: Actor, harare: Institution, places: tuple[str, ...]):
    section = make_coming_section(harare)
    fields = {name: {"section": section, "course": section.course}[name] for name in places}
    given = {"student": make_student(harare), "waives": "load", "reason": "Last term", "until": TODAY, **fields}
    assert refused(give_waiver, registrar, **given) == ["section_or_course"]
    assert refused(give_waiver, registrar, **{**given, "until": TODAY - DAY}) == ["past"]


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
    type(exception).objects.update(census_on=TODAY)
    drop(registrar, theirs)
    assert recount(harare) == [(0, 0)]


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

"""This file holds the tests of exemptions: who grants what, for how much, and where it counts."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from academic.courses.rules import change_course
from academic.equivalences.rules import add_equivalence, change_equivalence
from academic.exemptions.rules import grant_exemption, withdraw_exemption
from academic.factories import (
    make_course,
    make_enrollment,
    make_exemption,
    make_program_version,
    make_registration,
    make_section,
    make_transfer,
)
from academic.models import Exemption, ProgramCourse, Registration, TransferredCredit
from academic.permissions import PERMISSIONS
from academic.requisites.facts import Wish, facts_of
from academic.requisites.queries import verdicts_on
from academic.requisites.rules import add_requisite
from academic.tests.registration_lab import checked, make_coming_section
from academic.transfers.rules import credits_of
from analysis.lists.counting import count
from analysis.models import ListMember
from core.actor import Actor
from core.errors import Invalid, RuleBroken
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from faculties.factories import saved, today_there
from faculties.models import Institution
from students.factories import make_student
from users.factories import make_person

pytestmark = pytest.mark.django_db
TODAY = today_there()
URL = "/api/v1/academic/exemptions/"


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS).actor


@pytest.fixture
def course(registrar: Actor, harare: Institution):
    return make_course(harare, code="CS101")


@pytest.fixture
def enrollment(registrar: Actor, harare: Institution):
    return make_enrollment(harare)


def grant(actor, enrollment, course, **fields):
    usual = {"kind": "prior_learning", "reason": "Ten years at it"}
    return grant_exemption(actor, enrollment=enrollment, course=course, **{**usual, **fields})


def refused(actor, enrollment, course, **fields) -> tuple:
    """The code and the field of a refusal that changed nothing."""
    before = Exemption.objects.count()
    with pytest.raises(RuleBroken) as refusal:
        grant(actor, enrollment, course, **fields)
    assert Exemption.objects.count() == before
    return refusal.value.problems[0].code, refusal.value.problems[0].field


def facts(enrollment):
    return facts_of(enrollment.institution_id, [enrollment.student_id], TODAY)[enrollment.student_id]


def earned(enrollment, course) -> tuple:
    found = facts(enrollment).earned[course.pk]
    return found.credits, found.how


def outcome(enrollment, course) -> tuple[str, list[str]]:
    wish = Wish(enrollment.student_id, course.pk)
    found = verdicts_on(enrollment.institution_id, [wish], TODAY)[wish]
    return found.outcome.name, [one.message for one in found.findings]


# --- Granting ---
def test_a_course_counts_for_its_credits_or_fewer(registrar, harare, enrollment, course):
    assert refused(registrar, enrollment, course, credits=Decimal("20.5")) == ("more_than_the_course", "credits")
    assert grant(registrar, enrollment, course).credits == 20
    assert grant(registrar, enrollment, make_course(harare), credits=Decimal(5)).credits == 5
    assert {one.granted_on for one in Exemption.objects.all()} == {TODAY}


def test_whoever_passed_a_course_or_takes_it_is_not_exempt_from_it(registrar, harare, enrollment, course):
    section = make_coming_section(harare, course=course)
    registration = make_registration(harare, enrollment=enrollment, section=section)
    assert refused(registrar, enrollment, course) == ("being_taken", "course")
    Registration.objects.filter(pk=registration.pk).update(result="pass")
    assert refused(registrar, enrollment, course) == ("already_passed", "course")
    Registration.objects.filter(pk=registration.pk).update(result="fail")
    assert grant(registrar, enrollment, course).credits == 20


def test_nobody_is_exempt_from_what_counts_as_a_course_that_they_have(registrar, harare, enrollment, course):
    old = make_course(harare, code="OLD")
    equal = add_equivalence(registrar, course=old, counts_as=course, both_ways=True, starts_on=date(2020, 1, 1))
    for given, held in ((course, old), (old, course)):
        other = make_enrollment(harare)
        grant(registrar, other, held)
        assert refused(registrar, other, given) == ("already_exempt", "course")
    passed = make_registration(harare, enrollment=enrollment, section=make_section(harare, course=old), result="pass")
    assert refused(registrar, enrollment, course) == ("already_passed", "course")
    # What was passed before they were the same is another course, and so is what counts as this one and not back.
    change_equivalence(registrar, equal, starts_on=passed.section.ends_on + timedelta(days=1))
    withdraw_exemption(registrar, grant(registrar, enrollment, course), reason="A mistake")
    change_equivalence(registrar, equal, starts_on=date(2020, 1, 1), both_ways=False)
    assert grant(registrar, enrollment, course).credits == 20


def test_a_course_is_exempt_once(registrar, enrollment, course):
    first = grant(registrar, enrollment, course)
    assert refused(registrar, enrollment, course) == ("already_exempt", "course")
    withdraw_exemption(registrar, first, reason="A mistake")
    assert grant(registrar, enrollment, course).pk != first.pk


def test_an_exemption_is_granted_for_an_open_enrollment_by_today(registrar, harare, enrollment, course):
    ended = make_enrollment(harare, ended_on=TODAY, status="completed")
    assert refused(registrar, ended, course) == ("enrollment_ended", "enrollment")
    assert refused(registrar, enrollment, course, granted_on=TODAY + timedelta(days=1)) == ("not_yet", "granted_on")


def test_nobody_decides_on_their_own(registrar, harare, course):
    account = make_person(grants=[("student", harare)])
    mine = make_enrollment(harare, student=make_student(harare, account=account))
    actor = replace(registrar, id=account.pk)
    assert refused(actor, mine, course) == ("own_exemption", "enrollment")
    given = grant(registrar, mine, course)
    with pytest.raises(RuleBroken) as refusal:
        withdraw_exemption(actor, given, reason="No")
    assert (refusal.value.code, Exemption.objects.get().withdrawn_on) == ("own_exemption", None)


def test_so_many_credits_come_from_elsewhere_and_no_more(registrar, harare, course):
    version = make_program_version(harare, most_credits_from_elsewhere=Decimal("30.0"))
    enrollment, other = make_enrollment(harare, program_version=version), make_course(harare)
    first = grant(registrar, enrollment, course)
    with pytest.raises(RuleBroken, match=r"at most 30\.0 .*: 20\.0 are granted, and 20\.0 more would be 40\.0"):
        grant(registrar, enrollment, other)
    second = grant(registrar, enrollment, other, credits=Decimal(10))
    with pytest.raises(IntegrityError, match="so many credits from elsewhere"), transaction.atomic():
        Exemption.objects.filter(pk=second.pk).update(credits=11)
    withdraw_exemption(registrar, first, reason="A mistake")
    assert grant(registrar, enrollment, make_course(harare)).credits == 20  # another enrollment has its own


def test_what_is_withdrawn_counts_no_more_and_stays(registrar, enrollment, course):
    given = grant(registrar, enrollment, course)
    url = f"{URL}{given.pk}/withdraw/"
    assert client_of(registrar).post(url, {}).status_code == 400
    shown = client_of(registrar).post(url, {"reason": "The diploma was forged"}).json()["data"]
    assert (shown["withdrawn_on"], shown["withdrawal_reason"]) == (str(TODAY), "The diploma was forged")
    again = client_of(registrar).post(url, {"reason": "Again"})
    assert again.json()["errors"][0]["code"] == "already_withdrawn"
    assert (facts(enrollment).earned, Exemption.objects.count()) == ({}, 1)


def test_students_see_their_own_and_grant_none(registrar, harare, course):
    account = make_person(grants=[("student", harare)])
    mine = make_enrollment(harare, student=make_student(harare, account=account))
    given, other = make_exemption(harare, enrollment=mine), make_exemption(harare)
    client = client_of(account.actor)
    assert [one["id"] for one in client.get(URL).json()["data"]] == [str(given.pk)]
    assert client.get(f"{URL}{other.pk}/").status_code == 404
    body = {"enrollment": str(mine.pk), "course": str(course.pk), "kind": "exemption", "reason": "Please"}
    assert (client.post(URL, body).status_code, Exemption.objects.count()) == (403, 2)


# --- Where it counts ---
def test_it_meets_a_requisite_that_asks_for_no_mark(registrar, harare, enrollment, course):
    plain, marked = make_course(harare), make_course(harare)
    add_requisite(registrar, course=plain, tree={"is": "passed", "course": "CS101"})
    add_requisite(registrar, course=marked, tree={"is": "passed", "course": "CS101", "min_mark": 60})
    given = grant(registrar, enrollment, course)
    assert outcome(enrollment, plain) == ("MET", [])
    words = "CS101 counts as passed, and was not passed here: it takes at least 60."
    assert outcome(enrollment, marked) == ("NOT_MET", [words])
    withdraw_exemption(registrar, given, reason="The mark was found")
    grant(registrar, enrollment, course, equivalent_mark=Decimal(61))
    assert outcome(enrollment, marked) == ("MET", [])


def test_what_an_exemption_opened_is_judged_anew_when_it_goes(registrar, harare, enrollment, course):
    wanted = make_course(harare)
    add_requisite(registrar, course=wanted, tree={"is": "passed", "course": "CS101"})
    given = grant(registrar, enrollment, course)
    section = make_coming_section(harare, course=wanted)
    registration = make_registration(harare, enrollment=enrollment, section=section, requisites="met")
    withdraw_exemption(registrar, given, reason="A mistake")
    assert Registration.objects.get(pk=registration.pk).requisites == "not_met"


def test_credits_are_earned_once_and_a_pass_goes_before(registrar, harare, enrollment, course):
    grant(registrar, enrollment, course, credits=Decimal(5))
    assert earned(enrollment, course) == (5, "prior_learning")
    assert checked(registrar, enrollment, make_coming_section(harare, course=course)) == []  # one may take it still
    make_registration(harare, enrollment=enrollment, section=make_section(harare, course=course), result="pass")
    assert earned(enrollment, course) == (20, None)


def test_the_degree_audit_says_how_each_course_was_earned(registrar, harare, course):
    version = make_program_version(harare, credits_required=40)
    passed, extra = make_course(harare, code="CS102"), make_course(harare, code="XX1")
    for one in (course, passed):
        saved(ProgramCourse(institution=harare, program_version=version, course=one))
    enrollment = make_enrollment(harare, program_version=version)
    make_registration(harare, enrollment=enrollment, section=make_section(harare, course=passed), result="pass")
    grant(registrar, enrollment, course, kind="transfer", credits=Decimal(15))
    grant(registrar, enrollment, extra)
    found = client_of(registrar).get(f"/api/v1/academic/enrollments/{enrollment.pk}/audit/").json()["data"]
    (core,) = found["groups"]
    lines = {(one["course"]["code"], one["status"], one["credits"], one["earned_by"]) for one in core["courses"]}
    assert lines == {("CS101", "done", "15.0", "transfer"), ("CS102", "done", "20.0", "passed")}
    assert (found["credits_earned"], found["credits_missing"]) == ("35.0", "5.0")
    assert [(one["code"], one["earned_by"]) for one in found["extra"]] == [("XX1", "prior_learning")]


def test_possible_graduates_have_their_exemptions_counted_once(registrar, harare, course):
    version = make_program_version(harare, credits_required=40)
    enrollment = make_enrollment(harare, program_version=version)
    grant(registrar, enrollment, course)
    make_registration(harare, enrollment=enrollment, section=make_section(harare, course=course), result="pass")
    count(harare.pk, "possible_graduates", TODAY)
    assert not ListMember.objects.filter(enrollment=enrollment).exists()
    grant(registrar, enrollment, make_course(harare))
    count(harare.pk, "possible_graduates", TODAY)
    (member,) = ListMember.objects.filter(enrollment=enrollment)
    assert member.reasons[0] == "Earned 40.0 credits of the 40.0 required."


# --- Credits that came with a transfer ---
@pytest.fixture
def told(registrar, harare, enrollment):
    transfer = make_transfer(harare, student=enrollment.student)
    row = {"code": "MAT110", "title": "Calculus", "credits": 12, "level": 1, "grade": "pass (64)"}
    ended = {"ended_on": date(2025, 6, 20)}
    return saved(TransferredCredit(institution=harare, transfer=transfer, student=enrollment.student, **row, **ended))


def test_a_credit_that_came_along_is_recognized_in_one_step(registrar, harare, enrollment, course, told):
    url = f"/api/v1/academic/transferred-credits/{told.pk}/recognize/"
    body = {"enrollment": str(enrollment.pk), "course": str(course.pk), "equivalent_mark": "64"}
    assert client_of(registrar).post(url, body).status_code == 200
    given = Exemption.objects.get(transferred_credit=told)
    assert (given.kind, given.credits, given.equivalent_mark, given.reason) == (
        "transfer", 12, 64, "MAT110 Calculus: pass (64)",
    )  # fmt: skip
    again = client_of(registrar).post(url, {**body, "course": str(make_course(harare).pk)})
    assert (again.json()["errors"][0]["code"], Exemption.objects.count()) == ("already_recognized", 1)


def test_many_are_recognized_at_once_and_each_for_its_own_student(registrar, harare, enrollment, course, told):
    other = make_enrollment(harare)
    row = {"kind": "transfer", "reason": "Calculus", "transferred_credit": str(told.pk), "course": str(course.pk)}
    wrong = client_of(registrar).post(f"{URL}bulk/", [{**row, "enrollment": str(other.pk)}])
    assert (wrong.json()["errors"][0]["code"], Exemption.objects.count()) == ("other_student", 0)
    right = client_of(registrar).post(f"{URL}bulk/", [{**row, "enrollment": str(enrollment.pk)}])
    assert (right.status_code, Exemption.objects.get().transferred_credit_id) == (201, told.pk)


def test_only_a_transfer_recognizes_a_credit(registrar, enrollment, course, told):
    with pytest.raises(Invalid) as refusal:
        grant(registrar, enrollment, course, transferred_credit=told)
    assert (refusal.value.code, Exemption.objects.count()) == ("not_a_transfer", 0)


def test_exemptions_travel_on_with_the_next_transfer(registrar, harare, enrollment, course):
    grant(registrar, enrollment, course, kind="transfer", equivalent_mark=Decimal(64))
    change_course(registrar, course, title="Renamed")
    (known,) = credits_of(enrollment.student)
    assert known == {
        "code": "CS101", "title": "Renamed", "credits": 20, "level": 1, "grade": "transfer (64.00)", "ended_on": TODAY,
    }  # fmt: skip

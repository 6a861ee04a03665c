"""This file holds the tests of groups of courses, and of the degree audit."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from academic.curricula.rules import add_course_group, add_program_course, change_program_course, remove_course_group
from academic.equivalences.rules import add_equivalence
from academic.factories import (
    make_course,
    make_enrollment,
    make_program_version,
    make_registration,
    make_section,
)
from academic.models import CourseGroup, ProgramCourse
from academic.permissions import PERMISSIONS
from core.actor import Actor
from core.errors import Conflict, Invalid, RuleBroken
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from faculties.factories import saved
from faculties.institutions.days import today_at
from faculties.models import Institution
from students.factories import make_student
from users.factories import make_person

pytestmark = pytest.mark.django_db
SINCE = date(2020, 1, 1)


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS).actor


def group(version, name, **fields):
    return saved(CourseGroup(institution=version.institution, program_version=version, name=name, **fields))


def put(version, course, in_group=None, **fields):
    return saved(
        ProgramCourse(institution=version.institution, program_version=version, course=course, group=in_group, **fields)
    )


def took(enrollment, course, result="pass"):
    section = make_section(enrollment.institution, course=course)
    return make_registration(enrollment.institution, enrollment=enrollment, section=section, result=result)


def audit(actor, enrollment, **parameters):
    answer = client_of(actor).get(f"/api/v1/academic/enrollments/{enrollment.pk}/audit/", parameters)
    assert answer.status_code == 200, answer.json()
    return answer.json()["data"]


def lines(part):
    return [(one["course"]["code"], one["status"], one["by"] and one["by"]["code"]) for one in part["courses"]]


# --- Groups ---
def test_a_course_stands_in_a_group_of_its_own_version(registrar: Actor, harare: Institution):
    version, other = make_program_version(harare), make_program_version(harare)
    theirs, course = group(other, "Core"), make_course(harare)
    with pytest.raises(RuleBroken) as refusal:
        add_program_course(registrar, program_version=version, course=course, group=theirs)
    assert (refusal.value.code, ProgramCourse.objects.count()) == ("group_of_another_version", 0)
    placed = add_program_course(registrar, program_version=version, course=course)
    with pytest.raises(RuleBroken):
        change_program_course(registrar, placed, group=theirs)
    with pytest.raises(IntegrityError, match="programcourse_group_same"), transaction.atomic():  # noqa: PT012
        ProgramCourse.objects.filter(pk=placed.pk).update(group=theirs)
        connection.check_constraints()


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"name": "Core"}, "name_taken"),
        ({"name": "Other", "min_credits": 0}, "no_credits"),
        ({"name": "Other", "min_courses": 0}, "min_value"),
    ],
)
def test_a_group_that_asks_nonsense_is_refused(registrar: Actor, harare: Institution, fields, found):
    version = make_program_version(harare)
    group(version, "Core")
    with pytest.raises(Invalid) as refusal:
        add_course_group(registrar, program_version=version, **fields)
    assert (refusal.value.code, CourseGroup.objects.count()) == (found, 1)


def test_a_term_of_study_is_one_of_six(registrar: Actor, harare: Institution):
    placed = put(make_program_version(harare), make_course(harare))
    with pytest.raises(Invalid) as refusal:
        change_program_course(registrar, placed, term_of_study=7)
    assert refusal.value.problems[0].field == "term_of_study"
    with pytest.raises(IntegrityError), transaction.atomic():
        ProgramCourse.objects.filter(pk=placed.pk).update(term_of_study=7)


def test_the_structure_that_students_entered_under_stays(registrar: Actor, harare: Institution):
    version = make_program_version(harare)
    core = group(version, "Core")
    placed = put(version, make_course(harare), core)
    make_enrollment(harare, program_version=version)
    for change in (
        lambda: add_course_group(registrar, program_version=version, name="More"),
        lambda: remove_course_group(registrar, core),
        lambda: change_program_course(registrar, placed, is_compulsory=False),
    ):
        with pytest.raises(RuleBroken) as refusal:
            change()
        assert refusal.value.code == "version_in_use"
    assert CourseGroup.objects.get() == core


def test_a_group_with_courses_is_not_removed(registrar: Actor, harare: Institution):
    version = make_program_version(harare)
    core = group(version, "Core")
    put(version, make_course(harare), core)
    with pytest.raises(Conflict):
        remove_course_group(registrar, core)
    assert CourseGroup.objects.get() == core


# --- The audit ---
def test_what_is_done_and_what_remains_of_each_group(registrar: Actor, harare: Institution):
    version = make_program_version(harare, credits_required=100)
    core, choice = group(version, "Core"), group(version, "Choice", place=2, min_credits=40)
    one, two, three, four = (make_course(harare, code=f"CS{number}") for number in range(1, 5))
    for place, course in enumerate((one, two), start=1):
        put(version, course, core, year_of_study=place)
    for course in (three, four):
        put(version, course, choice, is_compulsory=False)
    enrollment = make_enrollment(harare, program_version=version)
    took(enrollment, one, "fail")
    took(enrollment, one)
    took(enrollment, two, "pending")
    took(enrollment, three, "distinction")
    found = audit(registrar, enrollment)
    first, second = found["groups"]
    assert lines(first) == [("CS1", "done", "CS1"), ("CS2", "in_progress", "CS2")]
    assert (first["name"], first["courses_done"], first["courses_missing"], first["is_complete"]) == (
        "Core", 1, 1, False,
    )  # fmt: skip
    assert lines(second) == [("CS3", "done", "CS3"), ("CS4", "missing", None)]
    assert (second["credits_earned"], second["credits_missing"], second["courses_missing"]) == ("20.0", "20.0", 0)
    totals = (found["credits_earned"], found["credits_in_progress"], found["credits_missing"], found["is_complete"])
    assert totals == ("40.0", "20.0", "60.0", False)


def test_a_version_of_which_all_is_done_is_complete(registrar: Actor, harare: Institution):
    version = make_program_version(harare, credits_required=20)
    choice = group(version, "Choice", min_courses=1)
    one, two = make_course(harare), make_course(harare)
    for course in (one, two):
        put(version, course, choice, is_compulsory=False)
    enrollment = make_enrollment(harare, program_version=version)
    assert audit(registrar, enrollment)["is_complete"] is False
    took(enrollment, two)
    assert audit(registrar, enrollment)["is_complete"] is True


def test_a_course_counts_once(registrar: Actor, harare: Institution):
    """An old course that is equivalent to two of the version stands in for one of them alone."""
    version = make_program_version(harare)
    old, one, two = (make_course(harare, code=code) for code in ("OLD", "CS1", "CS2"))
    for course in (one, two):
        put(version, course)
        add_equivalence(registrar, course=old, counts_as=course, starts_on=SINCE)
    enrollment = make_enrollment(harare, program_version=version)
    took(enrollment, old)
    found = audit(registrar, enrollment)
    assert lines(found["groups"][0]) == [("CS1", "done", "OLD"), ("CS2", "missing", None)]
    assert (found["credits_earned"], found["extra"]) == ("20.0", [])


def test_of_courses_that_count_as_each_other_one_counts(registrar: Actor, harare: Institution):
    version = make_program_version(harare, credits_required=40)
    old, new = make_course(harare, code="OLD"), make_course(harare, code="NEW")
    put(version, new)
    group(version, "Free", open_to_any=True)
    add_equivalence(registrar, course=old, counts_as=new, both_ways=True, starts_on=SINCE)
    enrollment = make_enrollment(harare, program_version=version)
    took(enrollment, old, "pending")
    took(enrollment, new)
    for result in ("pending", "pass"):
        enrollment.registrations.filter(section__course=old).update(result=result)
        found = audit(registrar, enrollment)
        assert [lines(part) for part in found["groups"]] == [[("NEW", "done", "NEW")], []]
        assert (found["credits_earned"], found["credits_in_progress"], found["is_complete"]) == ("20.0", "0.0", False)
    assert [one["code"] for one in found["extra"]] == ["OLD"]
    # Each of two that the version asks for is done; where it lets one choose, one of them is.
    placed = put(version, old)
    assert audit(registrar, enrollment)["credits_earned"] == "40.0"
    ProgramCourse.objects.filter(pk=placed.pk).update(is_compulsory=False)
    assert lines(audit(registrar, enrollment)["groups"][0]) == [("NEW", "done", "NEW"), ("OLD", "missing", None)]


def test_as_many_courses_are_done_by_equivalents_as_can_be(registrar: Actor, harare: Institution):
    version = make_program_version(harare, credits_required=40)
    both, one = make_course(harare, code="BOTH"), make_course(harare, code="ONE")
    first, second = make_course(harare, code="CS1"), make_course(harare, code="CS2")
    for course, counts_as in ((both, first), (both, second), (one, first)):
        add_equivalence(registrar, course=course, counts_as=counts_as, starts_on=SINCE)
    for course in (first, second):
        put(version, course)
    enrollment = make_enrollment(harare, program_version=version)
    for course in (both, one):
        took(enrollment, course)
    found = audit(registrar, enrollment)
    assert lines(found["groups"][0]) == [("CS1", "done", "ONE"), ("CS2", "done", "BOTH")]
    assert (found["is_complete"], found["extra"]) == (True, [])


def test_a_course_counts_where_it_stands_itself_before_it_stands_in_for_another(registrar: Actor, harare: Institution):
    version = make_program_version(harare)
    one, two = make_course(harare, code="CS1"), make_course(harare, code="CS2")
    for course in (one, two):
        put(version, course)
    add_equivalence(registrar, course=two, counts_as=one, starts_on=SINCE)
    enrollment = make_enrollment(harare, program_version=version)
    took(enrollment, two)
    assert lines(audit(registrar, enrollment)["groups"][0]) == [("CS1", "missing", None), ("CS2", "done", "CS2")]


def test_an_equivalent_course_in_progress_is_shown(registrar: Actor, harare: Institution):
    version = make_program_version(harare)
    old, one = make_course(harare, code="OLD"), make_course(harare, code="CS1")
    put(version, one)
    add_equivalence(registrar, course=old, counts_as=one, starts_on=SINCE)
    enrollment = make_enrollment(harare, program_version=version)
    took(enrollment, old, "pending")
    assert lines(audit(registrar, enrollment)["groups"][0]) == [("CS1", "in_progress", "OLD")]


def test_a_free_elective_is_any_course_until_enough_are_done(registrar: Actor, harare: Institution):
    version = make_program_version(harare)
    group(version, "Free", min_courses=1, open_to_any=True)
    one, two = make_course(harare, code="AR1"), make_course(harare, code="AR2")
    enrollment = make_enrollment(harare, program_version=version)
    took(enrollment, one)
    took(enrollment, two)
    found = audit(registrar, enrollment)
    counting = [line[0] for line in lines(found["groups"][0])]
    assert found["groups"][0]["is_complete"] is True
    assert (len(counting), sorted([*counting, *(one["code"] for one in found["extra"])])) == (1, ["AR1", "AR2"])


def test_a_course_in_progress_is_a_free_elective_after_what_is_done(registrar: Actor, harare: Institution):
    version = make_program_version(harare)
    group(version, "Free", min_courses=2, open_to_any=True)
    enrollment = make_enrollment(harare, program_version=version)
    took(enrollment, make_course(harare, code="AR1"))
    took(enrollment, make_course(harare, code="AR2"), result="pending")
    took(enrollment, make_course(harare, code="AR3"), result="pending")
    (free,) = audit(registrar, enrollment)["groups"]
    first, second, third = ("AR1", "done"), ("AR2", "in_progress"), ("AR3", "in_progress")
    assert [line[:2] for line in lines(free)] in ([first, second], [first, third])
    assert (free["is_complete"], free["courses_missing"]) == (False, 1)


def test_what_if_asks_of_another_program(registrar: Actor, harare: Institution, mutare: Institution):
    other = make_program_version(harare)
    course, enrollment = make_course(harare, code="CS1"), make_enrollment(harare)
    put(other, course)
    took(enrollment, course)
    own, asked = audit(registrar, enrollment), audit(registrar, enrollment, program_version=str(other.pk))
    assert (own["is_what_if"], [one["code"] for one in own["extra"]]) == (False, ["CS1"])
    assert (asked["is_what_if"], lines(asked["groups"][0])) == (True, [("CS1", "done", "CS1")])
    with reaching(mutare.pk):
        theirs = make_program_version(mutare)
    for named in (str(theirs.pk), "BCS"):
        url = f"/api/v1/academic/enrollments/{enrollment.pk}/audit/"
        answer = client_of(registrar).get(url, {"program_version": named})
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "unknown_version")


def test_students_see_the_own_audit_and_nobody_elses(registrar: Actor, harare: Institution):
    account = make_person(grants=[("student", harare)])
    mine = make_enrollment(harare, student=make_student(harare, account=account))
    other = make_enrollment(harare)
    assert audit(account.actor, mine)["enrollment"] == str(mine.pk)
    hidden = client_of(account.actor).get(f"/api/v1/academic/enrollments/{other.pk}/audit/")
    assert hidden.status_code == 404


def test_a_larger_program_costs_no_more_statements(registrar: Actor, harare: Institution):
    version = make_program_version(harare)
    enrollment = make_enrollment(harare, program_version=version)
    costs = []
    today_at(harare.pk)  # is asked for once
    for _ in range(2):
        course = make_course(harare)
        put(version, course, group(version, course.code))
        took(enrollment, course)
        with CaptureQueriesContext(connection) as queries:
            audit(registrar, enrollment)
        costs.append(len(queries))
    assert costs[0] == costs[1]

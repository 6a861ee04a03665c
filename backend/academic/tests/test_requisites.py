"""This file holds the tests of how requisites stand for students, and of courses that count as others."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from academic.equivalences.rules import add_equivalence
from academic.factories import (
    make_course,
    make_enrollment,
    make_program,
    make_program_version,
    make_registration,
    make_section,
)
from academic.models import CourseEquivalence, CoursePermit
from academic.permissions import PERMISSIONS
from academic.permits.rules import give_permit
from academic.requisites.facts import Wish
from academic.requisites.queries import verdicts_on
from academic.requisites.rules import add_prerequisite, add_requisite, change_requisite
from academic.requisites.trees import SHAPES
from academic.requisites.verdicts import CODES, CONDITIONS
from academic.tests.requisites_lab import all_of, any_of, passed
from core.actor import Actor
from core.errors import Invalid
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from faculties.models import Institution
from students.factories import make_student
from users.factories import make_person

pytestmark = pytest.mark.django_db
TODAY = date(2026, 7, 1)


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS).actor


@pytest.fixture
def course(registrar: Actor, harare: Institution):
    return make_course(harare, code="CS300")


def took(harare, student, course, result="pass", mark=None, **fields):
    """The student took the course in a section of its own."""
    enrollment = fields.pop("enrollment", None) or make_enrollment(harare, student=student)
    section = make_section(harare, course=course)
    return make_registration(harare, enrollment=enrollment, section=section, result=result, result_mark=mark, **fields)


def standing(harare, student, course, *also):
    wish, *others = (Wish(student.pk, one.pk) for one in (course, *also))
    return verdicts_on(harare.pk, [wish, *others], TODAY)[wish]


def outcome(harare, student, course, *also):
    return standing(harare, student, course, *also).outcome.name


# --- How it stands for a student ---
def test_each_kind_of_node_is_judged():
    assert set(CONDITIONS) == set(CODES) == set(SHAPES) - {"all_of", "any_of", "n_of"}


def test_a_course_that_asks_nothing_is_open(registrar, course, harare):
    assert standing(harare, make_student(harare), course) == (2, [])


@pytest.mark.parametrize(
    ("result", "mark", "asks", "said"),
    [
        ("pass", 60, {}, ("MET", "")),
        ("pass", 60, {"min_mark": 60}, ("MET", "")),
        ("pass", Decimal("59.5"), {"min_mark": 60}, ("NOT_MET", "CS1 was passed with 59.5: it takes at least 60.")),
        ("pass", Decimal("60.1"), {"min_mark": 60.1}, ("MET", "")),
        ("pass", None, {"min_mark": 60}, ("NOT_MET", "CS1 was passed, and no mark is recorded.")),
        ("pass", 60, {"min_result": "distinction"}, ("NOT_MET", "CS1 was passed, and not with distinction.")),
        ("distinction", 80, {"min_result": "distinction"}, ("MET", "")),
        ("pending", None, {}, ("CONDITIONAL", "CS1 is in progress: its result decides.")),
        ("fail", 30, {}, ("NOT_MET", "CS1 was not passed.")),
    ],
)
def test_a_pass_of_a_course_with_a_mark_or_a_distinction(registrar, course, harare, result, mark, asks, said):
    before, student = make_course(harare, code="CS1"), make_student(harare)
    add_requisite(registrar, course=course, tree=passed(before, **asks))
    took(harare, student, before, result, mark)
    verdict = standing(harare, student, course)
    message = verdict.findings[0].message if verdict.findings else ""
    assert (verdict.outcome.name, message) == said


def test_of_several_attempts_the_best_counts(registrar, course, harare):
    before, student = make_course(harare), make_student(harare)
    enrollment = make_enrollment(harare, student=student)
    add_requisite(registrar, course=course, tree=passed(before, min_mark=70))
    for result, mark in (("fail", 30), ("pass", 75), ("pass", 52)):
        took(harare, student, before, result, mark, enrollment=enrollment)
    assert outcome(harare, student, course) == "MET"


def test_a_finding_says_where_why_and_what_would_do(registrar, course, harare):
    one, two, three = (make_course(harare, code=code) for code in ("CS1", "CS2", "CS3"))
    student = make_student(harare)
    tree = all_of(passed(one), any_of(passed(two, min_mark=55), passed(three)))
    add_requisite(registrar, course=course, tree=tree)
    add_requisite(registrar, course=course, kind="corequisite", tree={"is": "registered_together", "course": "CS2"})
    verdict = standing(harare, student, course)
    assert [(one.path, one.code) for one in verdict.findings] == [
        ("corequisite", "not_together"),
        ("prerequisite/of/0", "not_passed"),
        ("prerequisite/of/1/of/0", "not_passed"),
        ("prerequisite/of/1/of/1", "not_passed"),
    ]
    assert verdict.findings[2].message == "CS2 was not passed."
    assert verdict.findings[2].remedy == "It asks for: CS2 passed with at least 55."


def test_edges_by_hand_ask_too(registrar, course, harare):
    before, student = make_course(harare), make_student(harare)
    add_prerequisite(registrar, course=course, requires=before)
    assert [one.path for one in standing(harare, student, course).findings] == ["edges/of/0"]
    took(harare, student, before)
    assert outcome(harare, student, course) == "MET"


def test_a_course_that_a_tree_asks_for_too_is_told_once(registrar, course, harare):
    student, required, other = make_student(harare), make_course(harare), make_course(harare)
    add_prerequisite(registrar, course=course, requires=required)
    requisite = add_requisite(registrar, course=course, tree=all_of(passed(required, min_mark=60), passed(other)))
    assert [one.path for one in standing(harare, student, course).findings] == [
        "prerequisite/of/0",
        "prerequisite/of/1",
    ]
    # Where the other course does too, the edge says more than the tree.
    change_requisite(registrar, requisite, tree=any_of(passed(required), passed(other)))
    assert standing(harare, student, course).findings[0].path == "edges/of/0"


def test_so_many_of_several(registrar, course, harare):
    befores, student = [make_course(harare) for _ in range(3)], make_student(harare)
    enrollment = make_enrollment(harare, student=student)
    add_requisite(registrar, course=course, tree={"is": "n_of", "n": 2, "of": [passed(one) for one in befores]})
    took(harare, student, befores[0], enrollment=enrollment)
    assert outcome(harare, student, course) == "NOT_MET"
    took(harare, student, befores[1], "pending", enrollment=enrollment)
    verdict = standing(harare, student, course)
    assert (verdict.outcome.name, [one.path for one in verdict.findings]) == ("CONDITIONAL", ["prerequisite/of/1"])
    took(harare, student, befores[2], enrollment=enrollment)
    assert outcome(harare, student, course) == "MET"


def test_a_course_in_progress_is_conditional_until_it_is_passed(registrar, course, harare):
    before, student = make_course(harare), make_student(harare)
    add_requisite(registrar, course=course, tree={"is": "in_progress", "course": before.code})
    assert outcome(harare, student, course) == "NOT_MET"
    registration = took(harare, student, before, "pending")
    assert outcome(harare, student, course) == "CONDITIONAL"
    registration.change(result="fail")
    assert outcome(harare, student, course) == "NOT_MET"
    registration.change(result="pass")
    assert outcome(harare, student, course) == "MET"


def test_who_withdrew_takes_a_course_no_more(registrar, course, harare):
    before, student = make_course(harare), make_student(harare)
    add_requisite(registrar, course=course, tree={"is": "in_progress", "course": before.code})
    took(harare, student, before, "withdrawn", status="withdrawn")
    assert outcome(harare, student, course) == "NOT_MET"


def test_two_courses_are_registered_together(registrar, course, harare):
    lab, student = make_course(harare), make_student(harare)
    tree = {"is": "registered_together", "course": lab.code}
    add_requisite(registrar, course=course, kind="corequisite", tree=tree)
    assert outcome(harare, student, course) == "NOT_MET"
    assert outcome(harare, student, course, lab) == "MET"
    took(harare, student, lab, "pending")
    assert outcome(harare, student, course) == "MET"


def test_a_course_that_excludes_another(registrar, course, harare):
    other, student = make_course(harare), make_student(harare)
    add_requisite(registrar, course=course, tree={"is": "not_taken", "course": other.code})
    assert outcome(harare, student, course) == "MET"
    assert outcome(harare, student, course, other) == "NOT_MET"
    took(harare, student, other, "fail")
    assert outcome(harare, student, course) == "MET"
    took(harare, student, other, "pending")
    assert outcome(harare, student, course) == "NOT_MET"


def test_credits_are_counted_once_by_level_and_program(registrar, course, harare):
    ours, student = make_program(harare, code="OURS"), make_student(harare)
    enrollment = make_enrollment(harare, student=student)
    low, high = make_course(harare, credits=30, level=1), make_course(harare, program=ours, credits=20, level=3)
    for one in (low, low, high):
        took(harare, student, one, enrollment=enrollment)
    requisite = add_requisite(registrar, course=course, tree={"is": "credits_at_least", "credits": 50})

    def stands(**asks):
        change_requisite(registrar, requisite, tree={"is": "credits_at_least", **asks})
        return outcome(harare, student, course)

    assert (stands(credits=50), stands(credits=50.5)) == ("MET", "NOT_MET")
    assert (stands(credits=20, level=2), stands(credits=21, level=2)) == ("MET", "NOT_MET")
    assert (stands(credits=20, program="OURS"), stands(credits=21, program="OURS")) == ("MET", "NOT_MET")
    took(harare, student, make_course(harare, credits="5.1"), "pending", enrollment=enrollment)
    assert (stands(credits=55.1), stands(credits=56)) == ("CONDITIONAL", "NOT_MET")
    # Of courses that count as each other one earns: of what was passed, and of what is in progress besides.
    same, days = make_course(harare, credits=30), {"starts_on": date(2020, 1, 1), "both_ways": True}
    add_equivalence(registrar, course=same, counts_as=low, **days)
    again = took(harare, student, same, "pending", enrollment=enrollment)
    for result in ("pending", "pass"):
        again.change(result=result)
        assert (stands(credits=55), stands(credits=56)) == ("CONDITIONAL", "NOT_MET")


def test_level_and_program_come_from_open_enrollments(registrar, course, harare):
    student, version = make_student(harare), make_program_version(harare)
    tree = all_of({"is": "level_at_least", "level": 2}, {"is": "program", "programs": [version.program.code]})
    add_requisite(registrar, course=course, tree=tree)
    found = standing(harare, student, course).findings
    assert [one.code for one in found] == ["level_too_low", "other_program"]
    enrollment = make_enrollment(harare, student=student, program_version=version, year_of_study=2)
    assert outcome(harare, student, course) == "MET"
    enrollment.change(ended_on=TODAY, status="withdrawn")
    assert outcome(harare, student, course) == "NOT_MET"


def test_a_permission_is_of_one_person_for_one_course_and_for_its_days(registrar, course, harare):
    student = make_student(harare)
    add_requisite(registrar, course=course, tree={"is": "permission", "who": "dean"})
    days = {"starts_on": date(2026, 6, 1), "ends_on": TODAY}
    give_permit(registrar, course=course, student=student, who="lecturer", **days)
    give_permit(registrar, course=course, student=make_student(harare), who="dean", **days)
    give_permit(registrar, course=make_course(harare), student=student, who="dean", **days)
    give_permit(registrar, course=course, student=student, who="dean", starts_on=date(2026, 7, 2))
    assert standing(harare, student, course).findings[0].message == "The dean has not permitted it."
    give_permit(registrar, course=course, student=student, who="dean", **days)
    assert outcome(harare, student, course) == "MET"
    assert CoursePermit.objects.count() == 5


# --- Equivalents ---
@pytest.mark.parametrize(
    ("both_ways", "turned", "said"), [(False, False, "MET"), (False, True, "NOT_MET"), (True, True, "MET")]
)
def test_a_pass_of_an_equivalent_course_counts(registrar, course, harare, both_ways, turned, said):
    old, new, student = make_course(harare), make_course(harare), make_student(harare)
    pair = (new, old) if turned else (old, new)
    add_equivalence(registrar, course=pair[0], counts_as=pair[1], both_ways=both_ways, starts_on=date(2020, 1, 1))
    add_requisite(registrar, course=course, tree=passed(new, min_mark=50))
    took(harare, student, old, "pass", 55)
    assert outcome(harare, student, course) == said


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "said"),
    [
        (date(2026, 6, 19), None, "MET"),
        (date(2026, 6, 20), None, "NOT_MET"),
        (date(2020, 1, 1), date(2026, 6, 19), "MET"),
        (date(2020, 1, 1), date(2026, 6, 18), "NOT_MET"),
    ],
)
def test_it_counts_where_the_section_ended_in_its_days(registrar, course, harare, starts_on, ends_on, said):
    old, new, student = make_course(harare), make_course(harare), make_student(harare)
    add_equivalence(registrar, course=old, counts_as=new, starts_on=starts_on, ends_on=ends_on)
    add_requisite(registrar, course=course, tree=passed(new))
    took(harare, student, old)  # its section ends on 2026-06-19
    assert outcome(harare, student, course) == said


def test_equivalence_goes_one_step(registrar, course, harare):
    one, two, three, student = *(make_course(harare) for _ in range(3)), make_student(harare)
    for old, new in ((one, two), (two, three)):
        add_equivalence(registrar, course=old, counts_as=new, starts_on=date(2020, 1, 1))
    add_requisite(registrar, course=course, tree=passed(three))
    took(harare, student, one)
    assert outcome(harare, student, course) == "NOT_MET"


def test_a_course_counts_as_another_once_at_a_time_and_never_as_itself(registrar, harare):
    one, two = make_course(harare), make_course(harare)
    add_equivalence(registrar, course=one, counts_as=two, starts_on=date(2020, 1, 1), ends_on=date(2021, 1, 1))
    for fields, code in (
        ({"course": one, "counts_as": two, "starts_on": date(2021, 1, 1)}, "overlaps"),
        ({"course": one, "counts_as": one, "starts_on": date(2022, 1, 1)}, "equals_itself"),
        (
            {"course": two, "counts_as": one, "starts_on": date(2022, 1, 1), "ends_on": date(2021, 1, 1)},
            "ends_before_it_starts",
        ),
    ):
        with pytest.raises(Invalid) as refusal:
            add_equivalence(registrar, **fields)
        assert refusal.value.code == code
    assert CourseEquivalence.objects.count() == 1
    add_equivalence(registrar, course=one, counts_as=two, starts_on=date(2021, 1, 2))


# --- Over HTTP, and for many ---
def test_many_students_cost_as_many_statements_as_one(registrar, course, harare):
    before, program = make_course(harare), make_program(harare)
    tree = all_of(passed(before), {"is": "program", "programs": [program.code]})
    add_requisite(registrar, course=course, tree=tree)
    students = [make_student(harare) for _ in range(5)]
    costs = []
    for some in (students[:1], students):
        with CaptureQueriesContext(connection) as queries:
            verdicts = verdicts_on(harare.pk, [Wish(one.pk, course.pk) for one in some], TODAY)
        assert len(verdicts) == len(some)
        costs.append(len(queries))
    assert costs == [4, 4]


def test_a_student_sees_how_courses_stand_and_nobody_elses(registrar, course, harare):
    account = make_person(grants=[("student", harare)])
    student = make_student(harare, account=account)
    enrollment, other = make_enrollment(harare, student=student), make_enrollment(harare)
    before = make_course(harare, code="CS1")
    add_requisite(registrar, course=course, tree=passed(before))
    own = client_of(account.actor)
    answer = own.get(f"/api/v1/academic/enrollments/{enrollment.pk}/requisites/", {"courses": str(course.pk)})
    assert answer.status_code == 200, answer.json()
    assert answer.json()["data"] == [
        {
            "course": str(course.pk),
            "outcome": "not_met",
            "findings": [
                {
                    "path": "prerequisite",
                    "outcome": "not_met",
                    "code": "not_passed",
                    "message": "CS1 was not passed.",
                    "remedy": "It asks for: CS1 passed.",
                }
            ],
        }
    ]
    hidden = own.get(f"/api/v1/academic/enrollments/{other.pk}/requisites/", {"courses": str(course.pk)})
    assert hidden.status_code == 404


@pytest.mark.parametrize("courses", ["", "CS300", "00000000-0000-7000-8000-000000000000"])
def test_courses_that_are_not_there_are_refused(registrar, harare, courses):
    enrollment = make_enrollment(harare)
    url = f"/api/v1/academic/enrollments/{enrollment.pk}/requisites/"
    answer = client_of(registrar).get(url, {"courses": courses})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "courses")

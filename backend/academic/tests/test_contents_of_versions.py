"""This file holds the tests of what a version of a program contains: what submitting finds, copies, and differences."""

import pytest

from academic.factories import make_course, make_program, make_program_version
from academic.models import CourseEquivalence, ProgramVersion, VersionMove
from academic.programs.rules import change_program_version
from academic.requisites.rules import add_prerequisite, add_requisite
from academic.tests.versions_lab import DAY, VERSIONS, account_at, draft, group, put, refused
from academic.versions.rules import copy_version, send_version_back, submit_version
from core.actor import Actor
from core.errors import RuleBroken
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of
from faculties.factories import saved
from faculties.models import Institution

pytestmark = pytest.mark.django_db


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield account_at(harare)


def flaws(registrar: Actor, version: ProgramVersion) -> dict[str, str]:
    with pytest.raises(RuleBroken) as refusal:
        submit_version(registrar, version)
    version.refresh_from_db()
    assert (version.status, VersionMove.objects.count()) == ("draft", 0)
    return {problem.code: problem.message for problem in refusal.value.problems}


# --- What submitting finds ---
def test_a_version_without_courses_is_not_submitted(registrar, harare):
    version = make_program_version(harare, status="draft", credits_required=40)
    assert list(flaws(registrar, version)) == ["no_courses"]


def test_everything_that_is_wrong_is_told_at_once(registrar, harare):
    version = draft(harare, credits_required=None)
    put(version, make_course(harare, program=version.program, code="OLD", status="retired"))
    put(version, make_course(harare, program=version.program, code="LATE"), year_of_study=5)
    few = group(version, name="Few", min_credits=60, min_courses=2)
    put(version, group=few, is_compulsory=False)
    assert flaws(registrar, version) == {
        "group_without_the_credits": "The group Few asks for 60 credits, and its courses give 20: add courses,"
        " or ask for less.",
        "group_without_the_courses": "The group Few asks for 2 courses, and has 1: add courses, or ask for fewer.",
        "no_credits_required": "Say how many credits this version asks for.",
        "after_the_end": "LATE stands in year 5, and the program takes 4 years: move it, or prolong the program.",
        "retired_course": "OLD is compulsory, and retired: put another course in its place.",
    }
    group(version, name="Free", min_credits=500, open_to_any=True)
    assert "Free" not in str(flaws(registrar, version))


@pytest.mark.parametrize(
    ("asked", "code"),
    [(30, "more_than_required"), (41, "credits_out_of_reach"), (40, None), (39, "more_than_required")],
)
def test_the_parts_ask_for_no_more_than_the_whole_and_can_reach_it(registrar, harare, asked, code):
    version = draft(harare, credits_required=asked)
    if code is None:
        assert submit_version(registrar, version).status == "submitted"
    else:
        assert list(flaws(registrar, version)) == [code]
        if code == "credits_out_of_reach":
            group(version, name="Free", open_to_any=True)
            assert submit_version(registrar, version).status == "submitted"


def test_a_group_that_asks_for_courses_asks_for_the_credits_of_the_smallest(registrar, harare):
    version = draft(harare, credits_required=64)
    electives = group(version, name="Electives", min_courses=2)
    for credits_of_one in (20, 10, 15):
        course = make_course(harare, program=version.program, credits=credits_of_one)
        put(version, course, group=electives, is_compulsory=False)
    (words,) = flaws(registrar, version).values()
    assert words.startswith("Its groups and compulsory courses ask for 65 credits, and the version for 64:")
    change_program_version(registrar, version, credits_required=65)
    assert submit_version(registrar, version).status == "submitted"


def test_a_course_that_can_be_taken_for_more_asks_for_the_least_and_reaches_the_most(registrar, harare):
    version = draft(harare, credits_required=50)
    version.courses.first().course.change(credits_up_to=30)
    assert submit_version(registrar, version).status == "submitted"


def test_what_a_compulsory_course_requires_stands_before_it(registrar, harare):
    version = draft(harare)
    first, second = version.courses.order_by("term_of_study")
    add_prerequisite(registrar, course=second.course, requires=first.course)
    assert submit_version(registrar, version).status == "submitted"
    send_version_back(account_at(harare), version, reason="Both in the first term")
    second.change(term_of_study=1)
    with pytest.raises(RuleBroken) as refusal:
        submit_version(registrar, version)
    assert refusal.value.message == (
        f"{second.course.code}, in year 1, term 1, requires: {first.course.code} passed. The version doesn't have that"
        " before: move the course, put in what it requires, or change its requisites."
    )
    second.change(term_of_study=None)  # any term of the year: it can wait for the second
    assert submit_version(registrar, version).status == "submitted"


@pytest.mark.parametrize(
    ("node", "holds"),
    [
        ({"is": "passed", "course": "ELSE"}, False),
        ({"is": "any_of", "of": [{"is": "passed", "course": "ELSE"}, {"is": "permission", "who": "dean"}]}, True),
        ({"is": "n_of", "n": 2, "of": [{"is": "passed", "course": "ELSE"}, {"is": "passed", "course": "ONE"}]}, False),
        ({"is": "passed", "course": "LIKE"}, True),
        ({"is": "in_progress", "course": "TWO"}, True),
        ({"is": "passed", "course": "TWO"}, False),
        ({"is": "not_taken", "course": "ONE"}, False),
        ({"is": "not_taken", "course": "ELSE"}, True),
        ({"is": "credits_at_least", "credits": 20}, True),
        ({"is": "credits_at_least", "credits": 21}, False),
        ({"is": "level_at_least", "level": 2}, False),
        ({"is": "program", "programs": ["OWN"]}, True),
        ({"is": "program", "programs": ["OTHER"]}, False),
    ],
)
def test_each_condition_is_held_against_what_can_be_done_by_then(registrar, harare, node, holds):
    program = make_program(harare, code="OWN")
    make_program(harare, code="OTHER")
    one, two, last, like, _ = (
        make_course(harare, program=program, code=code) for code in ("ONE", "TWO", "LAST", "LIKE", "ELSE")
    )
    version = make_program_version(harare, program=program, status="draft", credits_required=60)
    for course, term in ((one, 1), (two, 2), (last, 2)):
        put(version, course, term_of_study=term)
    saved(CourseEquivalence(institution=harare, course=one, counts_as=like, starts_on=DAY))
    add_requisite(registrar, course=last, tree=node)
    if holds:
        assert submit_version(registrar, version).status == "submitted"
    else:
        assert list(flaws(registrar, version)) == ["requisites_out_of_reach"]


# --- Copies and differences ---
def test_a_copy_is_a_draft_of_a_later_year_with_groups_and_courses(registrar, harare):
    version = draft(harare)
    electives = group(version, name="Electives", place=2, min_credits=20)
    put(version, group=electives, is_compulsory=False, year_of_study=2)
    version = submit_version(registrar, version.change(credits_required=60, most_credits_from_elsewhere=30))
    client, url = client_of(registrar), f"{VERSIONS}{version.pk}/"
    made = client.post(f"{url}copy/", {})
    shown = made.json()["data"]
    assert made.status_code == 201, shown
    assert made["Location"] == f"{VERSIONS}{shown['id']}/"
    assert (shown["status"], shown["catalog_year"], shown["credits_required"]) == ("draft", 2027, "60.0")
    copy = ProgramVersion.objects.get(pk=shown["id"])
    assert copy.most_credits_from_elsewhere == 30
    told = ("course", "group__name", "group__program_version", "year_of_study", "term_of_study", "is_compulsory")
    first, second, third = copy.courses.order_by("year_of_study", "term_of_study").values_list(*told)
    assert [first[3:], second[3:]] == [(1, 1, True), (1, 2, True)]
    assert third[1:] == ("Electives", copy.pk, 2, None, False)
    assert copy.groups.values_list("place", "min_credits").get() == (2, 20)
    assert client.get(f"{url}difference/", {"against": shown["id"]}).json()["data"] == []
    again = client.post(f"{url}copy/", {})
    assert (again.status_code, again.json()["errors"][0]["code"]) == (400, "version_taken")
    assert refused(copy_version, registrar, version, catalog_year=2026)[0] == "not_later"
    assert ProgramVersion.objects.count() == 2


def test_the_difference_of_two_versions_says_what_was_added_removed_and_changed(registrar, harare):
    old = draft(harare, catalog_year=2024)
    group(old, name="Core")
    first, second = old.courses.order_by("term_of_study")
    new = copy_version(registrar, old)
    change_program_version(registrar, new, credits_required=60, most_credits_from_elsewhere=20)
    new.courses.get(course=second.course).delete()
    moved = new.courses.get(course=first.course).change(group=new.groups.get(), term_of_study=2)
    added = put(new, is_compulsory=False)
    client = client_of(registrar)
    told = client.get(f"{VERSIONS}{new.pk}/difference/").json()["data"]
    shown = {(one["what"], one["name"]): one for one in told}
    assert {key: one["change"] for key, one in shown.items()} == {
        ("version", "2025"): "changed",
        ("course", moved.course.code): "changed",
        ("course", second.course.code): "removed",
        ("course", added.course.code): "added",
    }
    assert shown["version", "2025"]["fields_changed"] == [
        {"name": "credits_required", "before": "40.0", "after": "60.0"},
        {"name": "most_credits_from_elsewhere", "before": None, "after": "20.0"},
    ]
    assert shown["course", moved.course.code]["fields_changed"] == [
        {"name": "group", "before": None, "after": "Core"},
        {"name": "term_of_study", "before": 1, "after": 2},
    ]
    nothing_before = client.get(f"{VERSIONS}{old.pk}/difference/")
    assert (nothing_before.status_code, nothing_before.json()["errors"][0]["field"]) == (400, "against")

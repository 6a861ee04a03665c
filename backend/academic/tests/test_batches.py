"""This file holds the tests of many registrations at once: wholes with full parts, and lists of single ones."""

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from academic.factories import make_enrollment, make_program_version
from academic.models import Enrollment, Registration, Section
from academic.permissions import PERMISSIONS
from academic.registrations.rules import attempt_at, check_cohort
from academic.registrations.verdicts import verdicts_on
from academic.tests.registration_lab import REGISTRATIONS, codes, cohort, make_coming_section, make_hold, recount
from core.actor import Actor
from core.errors import NotAllowed
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from faculties.factories import make_department
from faculties.models import Institution
from students.factories import make_student
from users.factories import make_user

BULK = f"{REGISTRATIONS}bulk/"


@pytest.fixture
def registrar(harare: Institution) -> Actor:
    return person_at(harare, *PERMISSIONS).actor


@pytest.fixture
def here(harare: Institution):
    with reaching(harare.pk):
        yield harare


def make_whole(harare: Institution, seats: int, **labs: int) -> tuple[Section, ...]:
    """A lecture with so many seats, and its laboratories with theirs."""
    lecture = make_coming_section(harare, code="W", capacity=seats)
    same = {"course": lecture.course, "term": lecture.term, "whole": lecture, "kind": "lab"}
    return lecture, *(make_coming_section(harare, **same, code=code, capacity=most) for code, most in labs.items())


def make_students(harare: Institution, count: int) -> list[Enrollment]:
    version = make_program_version(harare)
    return [make_enrollment(harare, program_version=version) for _ in range(count)]


def verdicts_asked(actor: Actor, students: list[Enrollment], sections: tuple[Section, ...]) -> int:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        check_cohort(actor, students, sections)
    return sum("academic_register(" in one["sql"] for one in asked.captured_queries)


# --- Wholes and their parts ---
def test_in_a_whole_with_a_full_part_those_who_get_both_are_in_and_the_others_in_neither(registrar, here):
    students = make_students(here, 12)
    answers = cohort(registrar, students, list(make_whole(here, 7, L1=5)))
    seats = {(one.attempt.enrollment_id, one.attempt.section.code): one for one in answers}
    assert [seats[one.pk, "W"].passed for one in students] == [seats[one.pk, "L1"].passed for one in students]
    assert [seats[one.pk, "W"].passed for one in students] == [True] * 5 + [False] * 7
    why = {
        code: {tuple(each.code for each in seats[one.pk, code].failed) for one in students[5:]} for code in ("W", "L1")
    }
    assert why == {"W": {("torn_apart",)}, "L1": {("full",)}}
    assert sorted(recount(here)) == [(5, 5), (5, 5)]


def test_how_often_the_verdict_is_asked_does_not_grow_with_those_who_are_refused(registrar, here):
    lecture = make_whole(here, 6, L1=5)
    few, many = (verdicts_asked(registrar, make_students(here, count), lecture) for count in (8, 30))
    assert few == many <= 3


def test_a_seat_that_who_is_torn_apart_gives_back_goes_to_the_next(registrar, here):
    lecture, lab, other_lab = make_whole(here, 3, L1=1, L2=9)
    first, second, third, fourth = make_students(here, 4)
    in_lab = [(first, lecture), (second, lecture), (third, lecture), (fourth, lecture)]
    in_lab += [(first, lab), (second, lab), (third, other_lab), (fourth, other_lab)]
    attempts = [attempt_at(one, section) for one, section in in_lab]
    passed = [(one.attempt.enrollment, one.passed) for one in verdicts_on(here.pk, attempts)]
    assert passed == [(first, True), (second, False), (third, True), (fourth, True)] * 2


# --- Lists of single ones ---
def asked(enrollment: Enrollment, section: Section) -> dict[str, str]:
    return {"enrollment": str(enrollment.pk), "section": str(section.pk)}


def test_a_list_is_registered_as_it_stands_with_parts_before_their_wholes(registrar, here):
    lecture, lab = make_whole(here, 5, L1=5)
    other = make_coming_section(here)
    one, two = make_students(here, 2)
    body = [asked(one, lab), asked(two, other), asked(one, lecture)]
    answer = client_of(registrar).post(BULK, body)
    assert answer.status_code == 201, answer.content
    assert [(row["enrollment"], row["section"]) for row in answer.json()["data"]] == [
        (one["enrollment"], one["section"]) for one in body
    ]
    assert sorted(recount(here)) == [(1, 1)] * 3


def test_of_a_list_all_are_registered_or_none_and_each_that_fails_is_named(registrar, here):
    section = make_coming_section(here, capacity=1)
    held, one, two = make_students(here, 3)
    make_hold(here, student=held.student)
    answer = client_of(registrar).post(BULK, [asked(one, section), asked(held, section), asked(two, section)])
    assert (answer.status_code, [(error["code"], error["field"]) for error in answer.json()["errors"]]) == (
        422,
        [("hold", "1/enrollment"), ("full", "1/section"), ("full", "2/section")],
    )
    assert not Registration.objects.exists()
    wrong = {**asked(one, section), "registered_on": "2999-01-01"}
    answer = client_of(registrar).post(BULK, [asked(one, section), wrong])
    assert [error["field"] for error in answer.json()["errors"]] == ["1/registered_on"]


# --- Where ---
def test_a_dry_run_judges_where_one_may_register_and_oneself(harare: Institution):
    with reaching(harare.pk):
        section, enrollment = make_coming_section(harare), make_enrollment(harare)
        head = person_at(section.course.program.department, "academic.add_registration").actor
        elsewhere = person_at(make_department(harare), "academic.add_registration").actor
        own = make_enrollment(harare, student=make_student(harare, account=make_user()))
        reach = replace(elsewhere.reach("academic.add_registration"), related=frozenset([harare.pk]))
        oneself = replace(elsewhere, id=own.student.account_id, reaches={"academic.add_registration": reach})
        for ask in (check_cohort, cohort):
            for actor, enrollments in ((elsewhere, [enrollment]), (oneself, [own, enrollment])):
                with pytest.raises(NotAllowed):
                    ask(actor, enrollments, [section])
        assert codes(check_cohort(head, [enrollment], [section])) == [[]]
        assert codes(check_cohort(oneself, [own], [section])) == codes(cohort(oneself, [own], [section])) == [[]]
        assert Registration.objects.count() == 1

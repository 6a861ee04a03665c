"""This file holds the tests of figures on rows made for them; the real university's are in test_published.py."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from academic.factories import (
    make_assessment,
    make_course,
    make_enrollment,
    make_mark,
    make_program,
    make_registration,
    make_section,
)
from analysis.factories import make_list_member
from analysis.figures.definitions import FIGURES, rate
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at, person_of_nation
from faculties.factories import make_department, make_faculty
from faculties.models import ApprovedIntake, Institution
from staff.factories import make_contract, make_member
from students.factories import make_student
from users.factories import make_person

pytestmark = pytest.mark.django_db
FIGURE = "analysis.view_figure"


def figure(person, name: str, **query) -> dict:
    answer = client_of(person).get(f"/api/v1/analysis/{name}/", query)
    assert answer.status_code == 200, answer.json()
    return answer.json()["data"]


def counts(table: dict, dimension: str) -> dict:
    def shown(value):
        return value["code"] if isinstance(value, dict) else value

    return {shown(row[dimension]): row["count"] for row in table["rows"]}


def test_every_figure_says_what_it_is(harare: Institution):
    listed = client_of(person_at(harare, FIGURE)).get("/api/v1/analysis/").json()["data"]
    assert [one["figure"] for one in listed] == list(FIGURES)
    assert all(one["definition"] and one["population"] and one["dimensions"] for one in listed)


@pytest.mark.parametrize("name", list(FIGURES))
def test_every_figure_can_be_divided_by_each_of_its_dimensions(harare: Institution, name: str):
    mark = make_mark(harare)
    make_enrollment(harare, student=mark.registration.student)
    make_list_member(harare)
    make_contract(harare)
    make_intake(harare, year=2026, number=100)
    for dimension in FIGURES[name].dimensions:
        table = figure(person_at(harare, FIGURE), name, by=dimension)
        assert sum(row["count"] for row in table["rows"]) >= table["total"]["count"] > 0, dimension


def test_a_figure_carries_its_definition_and_instant(harare: Institution):
    table = figure(person_at(harare, FIGURE), "registrations")
    assert table["definition"] == FIGURES["registrations"].definition
    assert table["as_of"].endswith("Z")
    assert (table["rows"], table["total"]) == ([], {"count": 0})


def test_headcount_counts_people_and_registrations_count_rows(harare: Institution):
    enrollment = make_enrollment(harare)
    for _ in range(3):
        make_registration(harare, enrollment=enrollment)
    person = person_at(harare, FIGURE)
    assert figure(person, "registrations")["total"] == {"count": 3}
    table = figure(person, "headcount", by="course")
    assert ([row["count"] for row in table["rows"]], table["total"]["count"]) == ([1, 1, 1], 1)


def test_results_and_their_share(harare: Institution):
    section = make_section(harare)
    for result in ("pass", "pass", "distinction", "fail", "pending"):
        make_registration(harare, section=section, result=result)
    make_registration(harare, section=section, status="withdrawn", result="withdrawn")
    total = figure(person_at(harare, FIGURE), "results")["total"]
    assert total == {
        "count": 6, "distinction": 1, "pass": 2, "fail": 1, "withdrawn": 1, "pending": 1, "passed": 3, "finished": 5,
        "passed_share": "0.6000",
    }  # fmt: skip


def make_intake(institution: Institution, **fields) -> None:
    with reaching(institution.pk):
        ApprovedIntake(institution=institution, **fields).save_checked()


def test_what_is_approved_for_all_levels_and_for_single_ones_is_not_added_up(harare: Institution):
    for fields in (
        {"year": 2026, "number": 1000},
        {"year": 2026, "level": "master", "number": 100},
        {"year": 2026, "level": "bachelor", "number": 800},
        {"year": 2025, "number": 900},
    ):
        make_intake(harare, **fields)
    person = person_at(harare, FIGURE)
    assert figure(person, "approved_intake", year=2026)["total"] == {"count": 1000, "by_level": 900}
    assert counts(figure(person, "approved_intake", by="year"), "year") == {2025: 900, 2026: 1000}


def test_units_are_those_that_are_open_today(harare: Institution):
    faculty = make_faculty(harare)
    make_department(harare, faculty=faculty), make_department(harare, faculty=faculty)
    make_department(harare, closed_on=date(2020, 1, 1))
    make_department(harare, opened_on=timezone.localdate() + timedelta(days=1))
    assert figure(person_at(harare, FIGURE), "units")["total"] == {"count": 2, "faculties": 1}


def test_programs_are_divided_by_what_they_lead_to(harare: Institution):
    for level in ("bachelor", "bachelor", "master"):
        make_program(harare, level=level)
    assert counts(figure(person_at(harare, FIGURE), "programs", by="level"), "level") == {"bachelor": 2, "master": 1}


def test_a_share_of_nothing_is_null_and_not_zero(harare: Institution):
    make_registration(harare)
    assert figure(person_at(harare, FIGURE), "results")["total"]["passed_share"] is None
    assert (rate(0, 0), rate(0, 4), rate(1, 3)) == (None, Decimal(0), Decimal("0.3333"))


def test_work_that_is_not_marked_has_no_part_in_the_mean(harare: Institution):
    section = make_section(harare)
    assessment = make_assessment(harare, section=section)
    for mark, state in ((Decimal(0), "marked"), (Decimal(61), "marked"), (None, "submitted")):
        registration = make_registration(harare, section=section)
        make_mark(harare, registration=registration, assessment=assessment, mark=mark, state=state)
    assert figure(person_at(harare, FIGURE), "marks")["total"] == {"count": 3, "marked": 2, "mean": "30.50"}


def test_staff_are_people_contracts_and_the_posts_these_come_to_today(harare: Institution):
    member = make_member(harare)
    make_contract(harare, member=member, fte="0.80")
    make_contract(harare, member=member, activity="research", fte="0.50")
    make_contract(harare, activity="teaching_and_research", fte="0.40")
    make_contract(harare, ends_on="2021-12-31")
    make_contract(harare, starts_on="2199-01-01")
    table = figure(person_at(harare, FIGURE), "staff", by="activity")
    assert table["total"] == {"count": 2, "contracts": 3, "fte": "1.70", "academic_fte": "1.20"}
    assert counts(table, "activity") == {"research": 1, "teaching": 1, "teaching_and_research": 1}


def test_no_staff_come_to_no_posts(harare: Institution):
    assert figure(person_at(harare, FIGURE), "staff")["total"] == {
        "count": 0, "contracts": 0, "fte": "0.00", "academic_fte": "0.00",
    }  # fmt: skip


def test_a_figure_is_narrowed_by_code_by_id_and_by_value(harare: Institution):
    course = make_course(harare, code="AAA")
    make_registration(harare, section=make_section(harare, course=course), result="pass")
    make_registration(harare, result="pass")
    make_registration(harare, section=make_section(harare, course=course), result="fail")
    person = person_at(harare, FIGURE)
    assert figure(person, "registrations", course="AAA")["total"]["count"] == 2
    assert figure(person, "registrations", course=str(course.pk))["total"]["count"] == 2
    assert figure(person, "registrations", course="AAA", result="pass,distinction")["total"]["count"] == 1
    assert counts(figure(person, "registrations", by="result"), "result") == {"pass": 2, "fail": 1}


def test_not_stated_is_a_group_of_its_own(harare: Institution):
    make_registration(harare, age_band="20-24")
    make_registration(harare)
    table = figure(person_at(harare, FIGURE), "registrations", by="age_band")
    assert counts(table, "age_band") == {"": 1, "20-24": 1}


def test_an_institution_counts_its_own_and_the_nation_all(harare: Institution, mutare: Institution):
    make_registration(harare)
    make_registration(mutare)
    make_registration(mutare)
    assert figure(person_at(harare, FIGURE), "registrations")["total"]["count"] == 1
    table = figure(person_of_nation(FIGURE), "registrations", by="institution")
    assert counts(table, "institution") == {"HARARE": 1, "MUTARE": 2}


def test_a_narrowing_never_widens(harare: Institution, mutare: Institution):
    make_registration(mutare)
    table = figure(person_at(harare, FIGURE), "registrations", institution="MUTARE")
    assert table["total"]["count"] == 0


def test_a_dean_counts_the_students_of_the_faculty(harare: Institution):
    mine = make_faculty(harare)
    make_student(harare, department=make_department(harare, faculty=mine))
    make_student(harare, department=make_department(harare))
    assert figure(make_person(grants=[("dean", mine)]), "students")["total"]["count"] == 1


def test_figures_need_their_permission(harare: Institution):
    answer = client_of(person_at(harare, "students.view_student")).get("/api/v1/analysis/students/")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, "not_allowed")


def test_there_is_no_other_figure(harare: Institution):
    assert client_of(person_at(harare, FIGURE)).get("/api/v1/analysis/happiness/").status_code == 404


def test_every_fault_of_a_question_is_told_at_once(harare: Institution):
    query = {"by": "course,colour", "taste": "sweet", "result": "won", "section": "1", "attempt": "first"}
    answer = client_of(person_at(harare, FIGURE)).get("/api/v1/analysis/registrations/", query)
    assert answer.status_code == 400
    assert sorted((error["field"], error["code"]) for error in answer.json()["errors"]) == [
        ("attempt", "invalid"),
        ("by", "unknown_dimension"),
        ("result", "invalid_choice"),
        ("section", "invalid"),
        ("taste", "unknown_parameter"),
    ]


def test_a_figure_costs_the_same_queries_for_many_rows(harare: Institution, django_assert_max_num_queries):
    for _ in range(5):
        make_registration(harare)
    person = person_at(harare, FIGURE)
    with django_assert_max_num_queries(8):
        table = figure(person, "registrations", by="course,section")
    assert len(table["rows"]) == 5

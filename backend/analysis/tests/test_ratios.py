"""This file holds the tests of students set against staff."""

from datetime import date

import pytest

from academic.factories import (
    make_course,
    make_enrollment,
    make_program,
    make_program_version,
    make_registration,
    make_section,
    make_term,
)
from core.testing.fixtures import client_of, person_at, person_of_nation
from faculties.factories import make_department, make_faculty
from faculties.models import Institution
from staff.factories import make_contract, make_member
from users.factories import make_person

pytestmark = pytest.mark.django_db
FIGURE = "analysis.view_figure"
CENSUS = date(2026, 3, 15)


def ratio(person, **query) -> dict:
    answer = client_of(person).get("/api/v1/analysis/student-staff-ratio/", {"academic_year": 2026, **query})
    assert answer.status_code == 200, answer.json()
    return answer.json()["data"]


def studied(institution: Institution, department=None, *, load=60, asked=480, term=None, **fields) -> None:
    """A student of a program of four years, in a course of 60 credits: half of a full-time year of 120."""
    department = department or make_department(institution)
    program = make_program(institution, department=department, duration_years=4)
    version = make_program_version(institution, program=program, credits_required=asked)
    course = make_course(institution, program=program, credits=load)
    section = make_section(institution, course=course, term=term or term_of(institution))
    enrollment = make_enrollment(institution, program_version=version)
    make_registration(institution, enrollment=enrollment, section=section, **fields)


def term_of(institution: Institution, **fields):
    days = {"starts_on": date(2026, 2, 1), "ends_on": date(2026, 6, 30), "census_on": CENSUS, "academic_year": 2026}
    return make_term(institution, **{**days, **fields})


def test_student_fte_is_divided_by_academic_staff_fte(harare: Institution):
    for _ in range(3):
        studied(harare)
    make_contract(harare, fte="0.80")
    make_contract(harare, activity="teaching_and_research", fte="0.20")
    make_contract(harare, activity="research")
    make_contract(harare, activity="other")
    total = ratio(person_at(harare, FIGURE))["total"]
    assert total == {
        "place": None, "student_fte": "1.50", "staff_fte": "1.00", "without_load": 0, "students_per_staff": "1.50",
    }  # fmt: skip


def test_without_staff_the_ratio_is_null_and_not_zero(harare: Institution):
    studied(harare)
    table = ratio(person_at(harare, FIGURE))
    assert (table["total"]["student_fte"], table["total"]["staff_fte"]) == ("0.50", "0.00")
    assert table["total"]["students_per_staff"] is None


def test_the_ratio_is_not_worked_out_from_what_is_shown(harare: Institution):
    studied(harare, load=50)
    make_contract(harare, fte="0.30")
    total = ratio(person_at(harare, FIGURE))["total"]
    assert (total["student_fte"], total["staff_fte"], total["students_per_staff"]) == ("0.42", "0.30", "1.39")


def test_students_count_who_were_active_on_the_census_day(harare: Institution):
    term = term_of(harare)
    studied(harare, term=term, registered_on=CENSUS)
    gone = {"status": "withdrawn", "result": "withdrawn"}
    studied(harare, term=term, **gone, withdrawn_on=date(2026, 3, 16))
    studied(harare, term=term, registered_on=date(2026, 3, 16))
    studied(harare, term=term, **gone, withdrawn_on=CENSUS)
    studied(harare, term=term, **gone)
    studied(harare, term=term_of(harare, academic_year=2025))
    assert ratio(person_at(harare, FIGURE))["total"]["student_fte"] == "1.00"


def test_staff_count_whose_contract_ran_on_the_first_counting_day(harare: Institution):
    term_of(harare)
    term_of(harare, starts_on=date(2026, 8, 1), ends_on=date(2026, 12, 1), census_on=date(2026, 9, 15))
    make_contract(harare, starts_on=CENSUS, fte="0.30")
    make_contract(harare, ends_on=CENSUS, fte="0.20")
    make_contract(harare, starts_on=date(2026, 3, 16))
    make_contract(harare, ends_on=date(2026, 3, 14))
    assert ratio(person_at(harare, FIGURE))["total"]["staff_fte"] == "0.50"
    assert ratio(person_at(harare, FIGURE), academic_year=2025)["total"]["staff_fte"] == "0.00"


def test_registrations_whose_full_load_is_unknown_are_told(harare: Institution):
    studied(harare)
    studied(harare, asked=None)
    total = ratio(person_at(harare, FIGURE))["total"]
    assert (total["student_fte"], total["without_load"]) == ("0.50", 1)


@pytest.mark.parametrize("by", ["faculty", "department"])
def test_it_is_divided_by_place_and_staff_without_a_home_have_a_row_of_their_own(harare: Institution, by: str):
    physics = make_department(harare, name="Physics", faculty=make_faculty(harare, name="Science"))
    studied(harare, physics)
    make_contract(harare, member=make_member(harare, department=physics), fte="0.25")
    make_contract(harare, fte="0.50")
    table = ratio(person_at(harare, FIGURE), by=by)
    assert [(row["place"] and row["place"]["name"], row["students_per_staff"]) for row in table["rows"]] == [
        (None, "0.00"), ("Physics" if by == "department" else "Science", "2.00"),
    ]  # fmt: skip
    assert table["total"]["students_per_staff"] == "0.67"


def test_a_dean_sees_the_faculty_and_the_nation_all(harare: Institution, mutare: Institution):
    faculty = make_faculty(harare)
    department = make_department(harare, faculty=faculty)
    studied(harare, department)
    studied(harare)
    studied(mutare)
    for institution, home in ((harare, department), (harare, None), (mutare, None)):
        make_contract(institution, member=make_member(institution, department=home))
    dean = make_person(grants=[("dean", faculty)])
    assert ratio(dean)["total"] | {"place": None} == {
        "place": None, "student_fte": "0.50", "staff_fte": "1.00", "without_load": 0, "students_per_staff": "0.50",
    }  # fmt: skip
    rows = ratio(person_of_nation(FIGURE), by="institution")["rows"]
    assert [(row["place"]["code"], row["student_fte"], row["staff_fte"]) for row in rows] == [
        ("HARARE", "1.00", "2.00"), ("MUTARE", "0.50", "1.00"),
    ]  # fmt: skip


def test_a_wrong_question_is_told_at_once(harare: Institution):
    client = client_of(person_at(harare, FIGURE))
    answer = client.get("/api/v1/analysis/student-staff-ratio/", {"academic_year": "next", "by": "moon"})
    assert answer.status_code == 400
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [
        ("academic_year", "invalid"), ("by", "unknown_dimension"),
    ]  # fmt: skip

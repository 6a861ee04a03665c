"""This file holds the tests of uploads of programs and courses."""

from decimal import Decimal

import pytest

from academic.factories import make_course, make_program
from academic.models import Course, Program
from core.bulk.models import Upload
from core.tenancy.scope import reaching
from core.tests.uploads_lab import checked, committed, errors_of, uploader, workbook
from faculties.factories import make_department
from faculties.models import Institution

pytestmark = pytest.mark.django_db
PROGRAMS = ("Programme code", "Programme", "Dept", "Award", "ISCED", "Years")
COURSES = ("Module code", "Module", "Programme", "Credit hours", "Part")


@pytest.fixture
def person(harare: Institution):
    with reaching(harare.pk):
        yield uploader(harare, "programs", "courses")


@pytest.fixture
def department(harare: Institution):
    return make_department(harare, code="CS", name="Computing")


def errors(person, upload: Upload) -> set[tuple[str, str]]:
    return {(error["column"], error["code"]) for error in errors_of(person, upload)}


def test_programs_and_their_courses_are_entered(person, department):
    sheet = workbook(
        PROGRAMS, ("SE", "Software", "Computing", "Degree", "0613", 4), ("D", "Dip", "CS", "diploma", "", "")
    )
    assert committed(person, checked(person, "programs", sheet)).state == Upload.State.COMMITTED
    assert list(Program.objects.order_by("code").values_list("code", "level", "field_of_study", "department")) == [
        ("D", "diploma", None, department.pk),
        ("SE", "bachelor", "0613", department.pk),
    ]
    sheet = workbook(COURSES, ("SE101", "Programs", "SE", 12.5, 1), ("SE201", "More programs", "software", 10, 2))
    assert committed(person, checked(person, "courses", sheet)).state == Upload.State.COMMITTED
    assert list(Course.objects.order_by("code").values_list("code", "credits", "level", "search_text")) == [
        ("SE101", Decimal("12.5"), 1, "programs se101"),
        ("SE201", Decimal(10), 2, "more programs se201"),
    ]


def test_the_same_files_twice_change_nothing(person, department):
    programs = workbook(PROGRAMS, ("SE", "Software", "CS", "degree", "0613", 4))
    courses = workbook(COURSES, ("SE101", "Programs", "SE", 12.5, 1))
    for _ in range(2):
        last = [committed(person, checked(person, *one)) for one in (("programs", programs), ("courses", courses))]
    assert [(one.plan["create"], one.plan["change"], one.plan["unchanged"]) for one in last] == [(0, 0, 1), (0, 0, 1)]
    assert (Program.objects.get().version, Course.objects.get().version) == (1, 1)


def test_a_department_that_is_not_known_is_an_error_that_names_the_nearest(person, department):
    upload = checked(person, "programs", workbook(PROGRAMS, ("SE", "Software", "Computin", "degree", "0613", 4)))
    assert errors(person, upload) == {("department", "not_known")}
    assert errors_of(person, upload)[0]["nearest"] == "Computing"


def test_a_name_of_two_departments_asks_for_the_code(person, department, harare):
    make_department(harare, name="Computing")
    upload = checked(person, "programs", workbook(PROGRAMS, ("SE", "Software", "Computing", "degree", "0613", 4)))
    assert errors(person, upload) == {("department", "several_known")}


def test_a_closed_program_is_not_changed(person, department, harare):
    make_program(harare, code="SE", department=department, status=Program.Status.CLOSED)
    upload = checked(person, "programs", workbook(PROGRAMS, ("SE", "Software", "CS", "degree", "0613", 4)))
    assert errors(person, upload) == {("code", "program_closed")}


def test_a_file_does_not_move_a_program_or_a_course_and_says_so(person, department, harare):
    program = make_program(harare, code="SE", name="Software")
    course = make_course(harare, code="SE101", program=make_program(harare))
    upload = checked(person, "programs", workbook(PROGRAMS, ("SE", "Software 2", "CS", "degree", "0613", 4)))
    assert [note["code"] for note in upload.notes] == ["owned_by_another"]
    committed(person, upload)
    home = program.department_id
    program.refresh_from_db()
    assert (program.name, program.department_id) == ("Software 2", home)
    upload = checked(person, "courses", workbook(COURSES, ("SE101", "Programs", "SE", 3, 1)))
    assert [note["code"] for note in upload.notes] == ["owned_by_another"]
    committed(person, upload)
    owner = course.program_id
    course.refresh_from_db()
    assert (course.title, course.program_id) == ("Programs", owner)


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("credits", "12.55", "not_allowed_here"),
        ("credits", "many", "not_a_number"),
        ("level", 11, "not_allowed_here"),
        ("program", "?", "not_known"),
    ],
)
def test_a_wrong_cell_of_a_course_is_named(person, department, harare, column, value, code):
    make_program(harare, code="SE", department=department)
    row = {"code": "SE101", "title": "Programs", "program": "SE", "credits": 12, "level": 1, column: value}
    upload = checked(person, "courses", workbook(tuple(row), tuple(row.values())))
    assert errors(person, upload) == {(column, code)}


def test_a_program_of_an_unknown_field_is_told(person, department):
    rows = (("SE", "Software", "CS", "degree", "0613", 4), ("X", "Unknown", "CS", "degree", "0699", 4))
    upload = checked(person, "programs", workbook(PROGRAMS, *rows))
    assert (upload.plan["create"], errors(person, upload)) == (1, {("field_of_study", "unknown_field_of_study")})

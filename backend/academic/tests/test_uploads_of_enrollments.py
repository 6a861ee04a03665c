"""This file holds the tests of uploads of enrollments."""

from datetime import date

import pytest

from academic.enrollments.rules import change_status
from academic.factories import make_program, make_program_version
from academic.models import Enrollment, EnrollmentStatus, Program
from core.bulk.models import Upload
from core.tenancy.scope import reaching
from core.testing.fixtures import person_at
from core.tests.uploads_lab import checked, committed, errors_of, uploader, workbook
from faculties.models import Institution
from students.factories import make_student
from students.models import Student, StudentStatus

pytestmark = pytest.mark.django_db
HEADER = ("Student ID", "Programme", "Start date", "Version", "Part")


@pytest.fixture
def person(harare: Institution):
    with reaching(harare.pk):
        yield uploader(harare, "enrollments")


@pytest.fixture
def program(harare: Institution) -> Program:
    program = make_program(harare, code="SE", name="Software")
    make_program_version(harare, program=program, catalog_year=2024)
    make_program_version(harare, program=program, catalog_year=2026)
    return program


def sheet(*rows) -> bytes:
    return workbook(HEADER, *rows)


@pytest.mark.parametrize(
    ("enrolled_on", "asked", "taken"),
    [("2025-02-03", None, 2024), ("2027-02-03", None, 2026), ("2020-02-03", None, 2024), ("2025-02-03", 2026, 2026)],
)
def test_a_student_is_enrolled_in_the_version_of_the_year_or_the_one_asked_for(
    person, program, harare, enrolled_on, asked, taken
):
    student = make_student(harare, number="R1")
    upload = checked(person, "enrollments", sheet(("R1", "software", enrolled_on, asked, 2)))
    assert committed(person, upload).state == Upload.State.COMMITTED
    enrollment = Enrollment.objects.get()
    assert (enrollment.student_id, str(enrollment.enrolled_on), enrollment.status) == (
        student.pk,
        enrolled_on,
        "active",
    )
    assert (enrollment.program_version.catalog_year, enrollment.year_of_study) == (taken, 2)
    assert [(step.status, str(step.starts_on)) for step in EnrollmentStatus.objects.all()] == [("active", enrolled_on)]
    student.refresh_from_db()
    assert student.department_id == program.department_id


def test_the_same_file_twice_changes_nothing_and_another_year_of_study_changes_one(person, program, harare):
    make_student(harare, number="R1")
    for part, plan in ((1, (1, 0, 0)), (1, (0, 0, 1)), (2, (0, 1, 0)), (None, (0, 0, 1))):
        upload = checked(person, "enrollments", sheet(("R1", "SE", "2026-02-03", None, part)))
        assert (upload.plan["create"], upload.plan["change"], upload.plan["unchanged"]) == plan
        committed(person, upload)
    assert Enrollment.objects.get().year_of_study == 2
    assert EnrollmentStatus.objects.count() == 1


def test_two_programs_of_one_student_give_the_home_of_the_later(person, program, harare):
    other = make_program_version(harare, program=make_program(harare, code="MA")).program
    student = make_student(harare, number="R1")
    rows = ("R1", "SE", "2026-02-03"), ("R1", "MA", "2026-08-03")
    committed(person, checked(person, "enrollments", sheet(*rows)))
    assert Enrollment.objects.count() == 2
    student.refresh_from_db()
    assert student.department_id == other.department_id


def test_whoever_left_comes_back_and_becomes_active(person, program, harare):
    student = make_student(harare, number="R1")
    committed(person, checked(person, "enrollments", sheet(("R1", "SE", "2024-02-03"))))
    actor = person_at(harare, "academic.change_enrollment").actor
    change_status(actor, Enrollment.objects.get(), status="withdrawn", starts_on=date(2025, 3, 1))
    student.refresh_from_db()
    assert student.status == Student.Status.DROPPED_OUT
    upload = checked(person, "enrollments", sheet(("R1", "SE", "2024-02-03")))
    assert (upload.plan["create"], upload.plan["unchanged"]) == (0, 1)
    committed(person, checked(person, "enrollments", sheet(("R1", "SE", "2026-02-03"))))
    student.refresh_from_db()
    assert (Enrollment.objects.count(), student.status) == (2, Student.Status.ACTIVE)
    last = StudentStatus.objects.filter(student=student).order_by("starts_on", "id").last()
    assert (last.status, last.starts_on) == ("active", date(2026, 2, 3))


@pytest.mark.parametrize(
    ("row", "error"),
    [
        (("R9", "SE", "2026-02-03"), ("student_number", "not_known")),
        (("R2", "SE", "2026-02-03"), ("student_number", "not_among_us")),
        (("R1", "Softwear", "2026-02-03"), ("program", "not_known")),
        (("R1", "OLD", "2026-02-03"), ("program", "program_not_active")),
        (("R1", "SE", None), ("enrolled_on", "required")),
        (("R1", "SE", "soon"), ("enrolled_on", "not_a_date")),
        (("R1", "SE", "2026-02-03", 2020), ("catalog_year", "no_such_version")),
        (("R1", "SE", "2026-02-03", None, 11), ("year_of_study", "not_allowed_here")),
    ],
)
def test_a_wrong_cell_is_named_and_nothing_is_enrolled(person, program, harare, row, error):
    make_student(harare, number="R1"), make_student(harare, number="R2", status="deceased")
    make_program_version(harare, program=make_program(harare, code="OLD", status="suspended"))
    upload = checked(person, "enrollments", sheet(row))
    assert [(one["column"], one["code"]) for one in errors_of(person, upload)] == [error]
    assert not Enrollment.objects.exists()

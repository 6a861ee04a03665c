"""This file holds the tests of uploads of exemptions, which a rule grants row by row."""

import pytest

from academic.factories import (
    make_course,
    make_enrollment,
    make_program,
    make_program_version,
    make_registration,
    make_section,
)
from academic.models import Exemption
from core.bulk.models import Upload
from core.bulk.rules import undo
from core.tenancy.scope import reaching
from core.tests.uploads_lab import checked, committed, errors_of, uploader, workbook
from faculties.models import Institution
from students.factories import make_student

pytestmark = pytest.mark.django_db
HEADER = ("Student ID", "Programme", "Course", "Type", "Credits", "Mark", "Reason", "Document")
ROW = ("H1", "BSC", "CS101", "RPL", 12, 64, "Ten years at it", "File 117")


@pytest.fixture
def person(harare: Institution):
    with reaching(harare.pk):
        yield uploader(harare, "exemptions")


@pytest.fixture
def enrollment(person, harare: Institution):
    version = make_program_version(harare, program=make_program(harare, code="BSC"))
    make_course(harare, code="CS101")
    return make_enrollment(harare, student=make_student(harare, number="H1"), program_version=version)


def test_each_row_grants_an_exemption_once_and_undoing_withdraws_it(person, enrollment):
    uploads = []
    for plan in ((1, 0), (0, 1)):
        upload = checked(person, "exemptions", workbook(HEADER, ROW))
        assert (upload.plan["create"], upload.plan["unchanged"], upload.errors_count) == (*plan, 0)
        uploads.append(committed(person, upload))
        assert uploads[-1].state == Upload.State.COMMITTED
    given = Exemption.objects.get()
    told = (given.enrollment, given.kind, given.credits, given.equivalent_mark, given.reason, given.evidence)
    assert told == (enrollment, "prior_learning", 12, 64, "Ten years at it", "File 117")
    undo(person.actor, uploads[0])
    assert Exemption.objects.get().withdrawal_reason == "The upload that granted it was undone."


@pytest.mark.parametrize(
    ("row", "error"),
    [
        (("H9", *ROW[1:]), ("student_number", "not_known")),
        (("H1", "LLB", *ROW[2:]), ("program", "not_enrolled")),
        (("H1", "BSC", "CS999", *ROW[3:]), ("course", "not_known")),
        ((*ROW[:3], "a favor", *ROW[4:]), ("kind", "not_a_choice")),
        ((*ROW[:5], 101, *ROW[6:]), ("equivalent_mark", "not_allowed_here")),
    ],
)
def test_a_wrong_cell_is_named(person, enrollment, row, error):
    upload = checked(person, "exemptions", workbook(HEADER, row))
    assert [(one["column"], one["code"]) for one in errors_of(person, upload)] == [error]


def test_what_the_rule_refuses_is_an_error_of_its_row(person, harare, enrollment):
    passed = make_section(harare, course=make_course(harare, code="CS102"))
    make_registration(harare, enrollment=enrollment, section=passed, result="pass")
    wrong = ("H1", "BSC", "CS102", *ROW[3:])
    upload = committed(person, checked(person, "exemptions", workbook(HEADER, ROW, wrong)))
    assert (upload.state, Exemption.objects.count()) == ("planned", 0)
    (error,) = errors_of(person, upload)
    assert (error["column"], error["code"]) == ("course", "already_passed")

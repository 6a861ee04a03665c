"""This file holds the tests of uploads, by the sets of this app."""

import pytest

from core.bulk.models import StagedRow, Upload
from core.tenancy.scope import reaching
from core.tests.uploads_lab import checked, committed, uploader, workbook
from faculties.models import Faculty, Institution

pytestmark = pytest.mark.django_db
HEADER = ("Code", "Faculty name")


@pytest.fixture
def person(harare: Institution):
    with reaching(harare.pk):
        yield uploader(harare, "faculties", "departments")


def test_a_file_is_planned_and_changes_nothing(person):
    upload = checked(person, "faculties", workbook(HEADER, ("SCI", "Faculty of Science"), ("ART", "Faculty of Arts")))
    assert upload.failure is None
    assert (upload.state, upload.rows_count, upload.error_rows_count) == (Upload.State.PLANNED, 2, 0)
    assert {name: upload.plan[name] for name in ("create", "change", "unchanged", "end")} == {
        "create": 2, "change": 0, "unchanged": 0, "end": 0,
    }  # fmt: skip
    assert not Faculty.objects.exists()


def test_a_commit_does_what_was_planned(person):
    upload = checked(person, "faculties", workbook(HEADER, ("SCI", "Faculty of Science")))
    assert committed(person, upload).state == Upload.State.COMMITTED
    assert list(Faculty.objects.values_list("code", "name", "search_text")) == [
        ("SCI", "Faculty of Science", "faculty of science sci")
    ]
    assert not StagedRow.objects.exists()


def test_the_same_file_twice_changes_nothing(person):
    content = workbook(HEADER, ("SCI", "Faculty of Science"))
    committed(person, checked(person, "faculties", content))
    before = Faculty.objects.get()
    again = checked(person, "faculties", content)
    assert (again.plan["create"], again.plan["change"], again.plan["unchanged"]) == (0, 0, 1)
    assert committed(person, again).state == Upload.State.COMMITTED
    assert Faculty.objects.get().version == before.version


def test_departments_find_their_faculty_by_code_or_name_and_errors_tell_the_nearest(person):
    committed(person, checked(person, "faculties", workbook(HEADER, ("SCI", "Faculty of Science"))))
    upload = checked(
        person, "departments",
        workbook(
            ("code", "name", "faculty"),
            ("CS", "Computing", "sci"),
            ("PH", "Physics", "Faculty of Science"),
            ("X", "X", "Faculty of Sience"),
        ),
    )  # fmt: skip
    assert (upload.plan["create"], upload.error_rows_count) == (1, 2)

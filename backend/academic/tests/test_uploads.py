"""This file holds the tests of uploads of students and graduates."""

import pytest

from academic.models import Enrollment
from config.local.servers import BACKEND
from core.bulk.models import Upload
from core.tenancy.scope import reaching
from core.tests.uploads_lab import checked, committed, uploader
from faculties.models import Institution
from students.models import Student

pytestmark = pytest.mark.django_db
REAL = BACKEND.parent.parent / "shared" / "data" / "spreadsheets"
real = pytest.mark.skipif(not REAL.exists(), reason="the real spreadsheets lie outside the repository")


@pytest.fixture
def person(harare: Institution):
    with reaching(harare.pk):
        yield uploader(harare, "students", "graduates")


@real
@pytest.mark.parametrize("number", ["", "5", "6", "7"])
def test_real_sheets_of_students_load_as_they_are(person, number: str):
    content = (REAL / f"bulk_students_autocreate{number}.xlsx").read_bytes()
    upload = checked(person, "students", content)
    assert (upload.failure, upload.errors_count, upload.plan["create"]) == (None, 0, 250)
    assert committed(person, upload).state == Upload.State.COMMITTED
    assert (Student.objects.count(), Enrollment.objects.count()) == (250, 250)
    again = checked(person, "students", content)
    assert (again.plan["create"], again.plan["change"], again.plan["unchanged"]) == (0, 0, 250)


@real
def test_a_real_sheet_of_graduates_loads_as_it_is(person):
    upload = checked(person, "graduates", (REAL / "bulk_graduates_seed.xlsx").read_bytes())
    assert (upload.failure, upload.errors_count, upload.plan["create"]) == (None, 0, 100)
    assert committed(person, upload).state == Upload.State.COMMITTED
    assert Student.objects.filter(status="completed").count() == 100
    assert Enrollment.objects.filter(status="completed", classification="Distinction").count() == 17

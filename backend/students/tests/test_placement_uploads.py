"""This file holds the tests of files of placements."""

from datetime import date, timedelta
from typing import Any

import pytest

from core.bulk.models import Upload
from core.bulk.rules import undo
from core.errors import NotAllowed
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of
from core.tests.uploads_lab import UPLOADS, checked, committed, uploader, workbook
from faculties.factories import today_there
from faculties.models import Institution
from students.factories import make_employer, make_placement, make_student
from students.models import Employer, Placement, PlacementVisit, Student, StudentStatus

pytestmark = pytest.mark.django_db
HEADER = ("Reg Number", "Company", "Industry", "Type", "Start Date", "End Date", "Supervisor")
ROW = ("R1", "Hwange Colliery", "Mining", "Industrial attachment", "2026-01-05", "18/12/2026", "T. Dube")


@pytest.fixture
def person(harare: Institution):
    with reaching(harare.pk):
        make_student(harare, number="R1")
        yield uploader(harare, "placements")


def row(**other: Any) -> tuple:
    names = ("number", "employer", "sector", "kind", "starts", "ends", "supervisor")
    return tuple(other.get(name, value) for name, value in zip(names, ROW, strict=True))


def told(person: Any, *rows: tuple) -> list[tuple]:
    """Row, column and code of each error."""
    upload = checked(person, "placements", workbook(HEADER, *rows))
    found = client_of(person).get(f"{UPLOADS}{upload.pk}/rows/?state=error").json()["data"]
    return [(one["number"], error["column"], error["code"]) for one in found for error in one["errors"]]


def test_a_file_of_placements_adds_them_and_the_employers_it_names(person, harare):
    make_student(harare, number="R2")
    upload = checked(person, "placements", workbook(HEADER, ROW, row(number="R2", employer="HWANGE  colliery")))
    assert (upload.failure, upload.errors_count, upload.plan["create"]) == (None, 0, 2)
    assert [(note["code"], note["rows"]) for note in upload.notes] == [("will_be_added", 1)]
    assert committed(person, upload).state == Upload.State.COMMITTED
    employer, placement = Employer.objects.get(), Placement.objects.get(student__number="R1")
    assert (employer.name, employer.sector, employer.search_text) == ("Hwange Colliery", "mining", "hwange colliery")
    assert (placement.kind, placement.ends_on, placement.host_supervisor) == (
        "attachment", date(2026, 12, 18), "T. Dube",
    )  # fmt: skip
    assert set(Placement.objects.values_list("employer", flat=True)) == {employer.pk}


def test_the_same_file_twice_changes_nothing(person):
    content = workbook(HEADER, ROW)
    committed(person, checked(person, "placements", content))
    before = Placement.objects.get()
    again = checked(person, "placements", content)
    assert (again.plan["create"], again.plan["change"], again.plan["unchanged"]) == (0, 0, 1)
    committed(person, again)
    assert (Placement.objects.get().version, Employer.objects.count()) == (before.version, 1)


@pytest.mark.parametrize(
    ("starts", "ends", "status"),
    [(-9, -1, "completed"), (-9, 0, "running"), (0, 9, "running"), (1, 9, "planned")],
)
def test_a_new_placement_stands_where_its_days_say(person, starts, ends, status):
    first, last = (str(today_there() + timedelta(days)) for days in (starts, ends))
    committed(person, checked(person, "placements", workbook(HEADER, row(starts=first, ends=last))))
    assert Placement.objects.get().status == status


def test_what_a_file_says_anew_changes_the_placement_and_a_blank_takes_nothing(person, harare):
    known = make_placement(
        harare,
        student=make_student(harare, number="R9"),
        employer=make_employer(harare, name="Hwange Colliery"),
        host_supervisor="A. Moyo",
    )
    rows = [row(number="R9", kind=None, ends="2026-11-30", supervisor=None)]
    upload = checked(person, "placements", workbook(HEADER, *rows))
    assert (upload.plan["create"], upload.plan["change"]) == (0, 1)
    committed(person, upload)
    known.refresh_from_db()
    assert (known.ends_on, known.host_supervisor, known.kind) == (date(2026, 11, 30), "A. Moyo", "attachment")


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"number": "R7"}, ("student_number", "not_known")),
        ({"number": None}, ("student_number", "required")),
        ({"employer": None}, ("employer", "required")),
        ({"kind": "holiday"}, ("kind", "not_a_choice")),
        ({"starts": "in May"}, ("starts_on", "not_a_date")),
        ({"ends": "2026-01-04"}, ("ends_on", "ends_before_it_starts")),
    ],
)
def test_a_wrong_cell_is_told(person, wrong, error):
    assert told(person, row(**wrong)) == [(2, *error)]
    assert not Placement.objects.exists()


def test_a_wrong_number_tells_the_nearest(person, harare):
    make_student(harare, number="R261234A")
    upload = checked(person, "placements", workbook(HEADER, row(number="R261234B")))
    (found,) = client_of(person).get(f"{UPLOADS}{upload.pk}/rows/?state=error").json()["data"]
    (error,) = found["errors"]
    assert (error["nearest"], error["allowed"]) == ("R261234A", "the number of a student of this institution")


def test_who_died_is_not_placed(person, harare):
    make_student(harare, number="R8", status="deceased")
    assert told(person, row(number="R8")) == [(2, "student_number", "not_among_us")]


def test_days_that_overlap_are_wrong_beside_the_register_and_beside_a_row_above(person, harare):
    there = make_student(harare, number="R5")
    make_placement(harare, student=there, starts_on=date(2026, 1, 5), ends_on=date(2026, 1, 30))
    rows = [row(number="R5", starts="2026-01-30"), ROW, row(starts="2026-12-18", ends="2027-01-29")]
    assert told(person, *rows) == [(2, "starts_on", "placed_elsewhere"), (4, "starts_on", "placed_elsewhere")]


def test_a_completed_placement_stays_and_one_that_was_broken_off_is_begun_anew(person, harare):
    mine = make_employer(harare, name="Hwange Colliery")
    done = make_placement(harare, student=make_student(harare, number="R3"), employer=mine, status="completed")
    gone = {"status": "broken_off", "broken_off_on": date(2026, 2, 2)}
    make_placement(harare, student=make_student(harare, number="R4"), employer=mine, **gone)
    assert told(person, row(number="R3", ends="2026-11-30"), row(number="R4")) == [
        (2, "starts_on", "placement_completed")
    ]
    done.refresh_from_db()
    assert done.ends_on == date(2026, 12, 18)


def test_a_file_leaves_no_visit_outside(person, harare):
    student, mine = make_student(harare, number="R6"), make_employer(harare, name="Hwange Colliery")
    placement = make_placement(harare, student=student, employer=mine)
    visit = PlacementVisit(institution=harare, placement=placement, visited_on=date(2026, 5, 5), findings="Well.")
    visit.save_checked()
    assert told(person, row(number="R6", ends="2026-05-04")) == [(2, "ends_on", "would_lie_outside")]
    assert told(person, row(number="R6", ends="2026-05-05")) == []


def test_an_attachment_that_runs_makes_an_active_student_one_on_attachment(person, harare):
    make_student(harare, number="R2", status="suspended"), make_student(harare, number="R3")
    today = today_there()
    days = {"starts": str(today - timedelta(9)), "ends": str(today + timedelta(9))}
    rows = [row(**days), row(number="R2", **days), row(number="R3", kind="intern", **days)]
    upload = committed(person, checked(person, "placements", workbook(HEADER, *rows)))
    by_number = Student.objects.order_by("number").values_list("status", flat=True)
    assert list(by_number) == ["on_attachment", "suspended", "active"]
    step = StudentStatus.objects.get()
    assert (step.student.number, step.status, step.starts_on) == ("R1", "on_attachment", today - timedelta(9))
    again = checked(person, "placements", workbook(HEADER, *rows))
    assert (again.plan["create"], again.plan["change"], again.plan["unchanged"]) == (0, 0, 3)
    undo(person.actor, upload)
    assert (list(by_number.all()), StudentStatus.objects.count()) == (["active", "suspended", "active"], 0)


def test_a_file_is_undone_with_the_employers_it_added(person):
    undo(person.actor, committed(person, checked(person, "placements", workbook(HEADER, ROW))))
    assert not Placement.objects.exists()
    assert not Employer.objects.exists()


def test_whoever_may_not_add_employers_uploads_no_placements(harare):
    with reaching(harare.pk):
        clerk = uploader(harare)
        with pytest.raises(NotAllowed, match=r"students\.add_employer"):
            checked(clerk, "placements", workbook(HEADER, ROW))

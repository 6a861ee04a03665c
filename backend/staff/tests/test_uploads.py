"""This file holds the tests of uploads of staff."""

from datetime import date
from decimal import Decimal

import pytest

from config.local.servers import BACKEND
from core.bulk.models import Upload
from core.bulk.rules import undo
from core.tenancy.scope import reaching
from core.tests.uploads_lab import checked, committed, errors_of, uploader, workbook
from faculties.factories import make_department, make_faculty
from faculties.models import Department, Faculty, Institution
from staff.factories import make_contract, make_member
from staff.intake.columns import activity_of, level_of
from staff.models import Contract, Member, Qualification

pytestmark = pytest.mark.django_db
REAL = BACKEND.parent.parent / "shared" / "data" / "spreadsheets"
real = pytest.mark.skipif(not REAL.exists(), reason="the real spreadsheets lie outside the repository")
HEADER = ("employee_id", "first_name", "last_name", "faculty_name", "department_name", "position", "date_joined")
ROW = ("STF-2024-1", "Tendai", "Moyo", "Faculty of Science", "Physics", "Lecturer", "2024-01-08")


@pytest.fixture
def person(harare: Institution):
    with reaching(harare.pk):
        yield uploader(harare, "staff")


def one(**other) -> tuple:
    return tuple(other.get(name, value) for name, value in zip(HEADER, ROW, strict=True))


def told(upload: Upload) -> dict[str, int]:
    """Code of each warning -> how many rows."""
    return {note["code"]: note["rows"] for note in upload.notes if note["code"] != "will_be_opened"}


@real
@pytest.mark.parametrize(
    ("name", "contracts", "warnings"),
    [
        (
            "zim_staff_bulk_upload",
            84,
            {"year_unlike_number": 84, "activity_unclear": 16, "contract_assumed": 84},
        ),
        (
            "zim_staff_bulk_upload3",
            81,
            {"year_unlike_number": 86, "activity_unclear": 19, "contract_assumed": 81},
        ),
    ],
)
def test_real_sheets_of_staff_load_as_they_are(person, name: str, contracts: int, warnings: dict[str, int]):
    content = (REAL / f"{name}.xlsx").read_bytes()
    upload = checked(person, "staff", content)
    assert (upload.failure, upload.errors_count, upload.plan["create"], told(upload)) == (None, 0, 100, warnings)
    assert committed(person, upload).state == Upload.State.COMMITTED
    assert (Member.objects.count(), Contract.objects.count(), Qualification.objects.count()) == (100, contracts, 100)
    assert (Faculty.objects.count(), Department.objects.count()) == (5, 21)
    again = checked(person, "staff", content)
    assert (again.plan["create"], again.plan["change"], again.plan["unchanged"]) == (0, 0, 100)


@real
def test_both_real_sheets_load_beside_each_other_and_shared_addresses_are_told(person):
    for name in ("zim_staff_bulk_upload", "zim_staff_bulk_upload3"):
        upload = checked(person, "staff", (REAL / f"{name}.xlsx").read_bytes())
        committed(person, upload)
    assert (Member.objects.count(), Department.objects.count()) == (200, 21)
    assert told(upload)["email_repeated"] == 9


def test_a_row_becomes_a_member_with_a_contract_and_an_award(person):
    header = (*HEADER, "qualification", "phone", "national_id", "dob", "fte", "contract type")
    row = (*ROW, "PhD Physics", "+263 77 000 0000", "63-123456A42", "1980-05-17", 0.5, "visiting")
    upload = checked(person, "staff", workbook(header, row))
    assert told(upload) == {}
    committed(person, upload)
    member = Member.objects.get()
    assert (member.number, member.position, member.joined_on, member.birth_year, member.search_text) == (
        "STF-2024-1", "Lecturer", date(2024, 1, 8), 1980, "moyo tendai",
    )  # fmt: skip
    assert (member.phone, member.national_id, member.department.name, member.department.faculty.name) == (
        "+263 77 000 0000", "63-123456A42", "Physics", "Faculty of Science",
    )  # fmt: skip
    contract, award = Contract.objects.get(), Qualification.objects.get()
    assert (contract.kind, contract.activity, contract.fte, contract.starts_on, contract.ends_on) == (
        "visiting", "teaching_and_research", Decimal("0.50"), date(2024, 1, 8), None,
    )  # fmt: skip
    assert (award.level, award.title) == (8, "PhD Physics")


def test_whoever_has_a_contract_gets_no_other_one(person, harare: Institution):
    contract = make_contract(harare, member=make_member(harare, number="STF-2024-1", family_name="Moyo"))
    upload = checked(person, "staff", workbook(HEADER, one(first_name="Tendai")))
    assert (upload.plan["create"], upload.plan["change"]) == (0, 1)
    committed(person, upload)
    assert list(Contract.objects.values_list("pk", flat=True)) == [contract.pk]
    assert Member.objects.get().department.name == "Physics"


def test_a_file_that_names_no_faculty_means_that_of_the_department(person, harare: Institution):
    department = make_department(harare, name="Physics")
    upload = checked(person, "staff", workbook(HEADER, one(faculty_name=None)))
    committed(person, upload)
    assert Member.objects.get().department == department
    assert Faculty.objects.count() == 1


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("employee_id", None, "required"),
        ("last_name", None, "required"),
        ("date_joined", "soon", "not_a_date"),
        ("faculty_name", None, "not_known"),
    ],
)
def test_a_cell_that_can_not_be_taken_is_told(person, column: str, value, code: str):
    upload = checked(person, "staff", workbook(HEADER, one(**{column: value})))
    assert [error["code"] for error in errors_of(person, upload)] == [code]
    assert not Member.objects.exists()


def test_a_department_of_another_faculty_is_not_opened_twice(person, harare: Institution):
    make_department(harare, code="PHYSICS", name="Physics", faculty=make_faculty(harare, name="Engineering"))
    upload = checked(person, "staff", workbook(HEADER, ROW))
    assert [(error["column"], error["code"]) for error in errors_of(person, upload)] == [("department", "code_taken")]


def test_one_department_is_not_opened_in_two_faculties(person):
    other = one(employee_id="STF-2024-2", faculty_name="Faculty of Arts")
    upload = checked(person, "staff", workbook(HEADER, ROW, other))
    (error,) = errors_of(person, upload)
    assert (error["code"], upload.error_rows_count, upload.plan["create"]) == ("code_taken", 1, 1)


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"left_on": "2025-01-01"}, "member_left"), ({"erased_at": "2026-01-01T00:00Z"}, "person_erased")],
)
def test_who_left_or_was_erased_is_not_entered_again(person, harare: Institution, fields: dict, code: str):
    make_member(harare, number="STF-2024-1", **fields)
    upload = checked(person, "staff", workbook(HEADER, ROW))
    assert [error["code"] for error in errors_of(person, upload)] == [code]


def test_two_members_of_one_national_id_are_wrong(person, harare: Institution):
    make_member(harare, national_id="63-123456A42")
    header = (*HEADER, "national_id")
    rows = [
        (*one(employee_id="STF-1"), "63 123456 a 42"),
        (*one(employee_id="STF-2"), "1"),
        (*one(employee_id="STF-3"), "1"),
    ]
    upload = checked(person, "staff", workbook(header, *rows))
    assert [error["code"] for error in errors_of(person, upload)] == ["person_known", "twice_in_file"]


def test_what_is_odd_is_told_with_its_reason_and_loads(person, harare: Institution):
    make_member(harare, number="STF-2023-7", given_names="Rudo", family_name="Ncube", email="a@hit.test")
    header = (*HEADER, "email", "qualification")
    rows = [
        (*one(employee_id="STF-2023-7"), "a@hit.test", "Knighthood"),
        (*one(employee_id="STF-2024-8", position="Assistant"), "A@hit.test", "BSc"),
    ]
    upload = checked(person, "staff", workbook(header, *rows))
    assert told(upload) == {
        "other_name": 1, "year_unlike_number": 1, "email_repeated": 2, "activity_unclear": 1, "contract_assumed": 1,
        "level_unclear": 1,
    }  # fmt: skip
    assert committed(person, upload).state == Upload.State.COMMITTED
    assert (Contract.objects.count(), Qualification.objects.count()) == (1, 1)


def test_what_a_file_changed_is_put_back(person, harare: Institution):
    make_member(harare, number="STF-2024-1", given_names="Tendai", family_name="Moyo", position="Tutor")
    undo(person.actor, committed(person, checked(person, "staff", workbook(HEADER, ROW))))
    member = Member.objects.get()
    assert (member.position, member.department, Contract.objects.count()) == ("Tutor", None, 0)


def test_a_file_of_staff_is_undone_down_to_the_faculty(person):
    header, row = (*HEADER, "qualification"), (*ROW, "Masters")
    undo(person.actor, committed(person, checked(person, "staff", workbook(header, row))))
    assert not any(model.objects.exists() for model in (Member, Contract, Qualification, Department, Faculty))


@pytest.mark.parametrize(
    ("award", "level"),
    [("Certificate", 4), ("Diploma", 5), ("HND", 5), ("Bachelors", 6), ("BSc Hons", 6), ("PGD", 7), ("Masters", 7),
     ("MBA", 7), ("PhD", 8), ("DPhil", 8), ("Knighthood", None)],
)  # fmt: skip
def test_the_level_of_an_award_is_what_its_name_begins_with(award: str, level: int | None):
    assert level_of(award) == level


@pytest.mark.parametrize(
    ("position", "activity"),
    [("Professor", "teaching_and_research"), ("Senior Lecturer", "teaching_and_research"), ("Tutor", "teaching"),
     ("Research Fellow", "research"), ("Admin", "other"), ("Other", "other"), ("Assistant", None)],
)  # fmt: skip
def test_what_a_position_is_for_is_told_where_its_name_is_clear(position: str, activity: str | None):
    assert activity_of(position) == activity

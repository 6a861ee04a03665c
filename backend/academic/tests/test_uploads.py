"""This file holds the tests of uploads of students and graduates."""

from contextlib import suppress
from threading import Thread
from time import sleep

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from academic.models import Enrollment, EnrollmentStatus, Program
from config.local.servers import BACKEND
from core.bulk.models import Upload
from core.bulk.rules import ask_commit, undo
from core.outbox.models import Message
from core.outbox.relay import deliver
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of
from core.tests.uploads_lab import UPLOADS, checked, committed, uploader, workbook, worked
from faculties.models import Department, Faculty, Institution
from students.factories import make_student
from students.models import Student, StudentStatus

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
    assert Student.objects.filter(status="graduated").count() == 100
    assert Enrollment.objects.filter(status="completed", classification="Distinction").count() == 17


def test_people_are_found_by_the_names_that_they_have_whatever_a_file_leaves_out(person, harare: Institution):
    blank = make_student(harare, number="R1", given_names="Rudo", family_name="Ncube")
    renamed = make_student(harare, number="R2", given_names="Tariro", family_name="Moyo")
    header = ("student_id", "last_name", "faculty", "department", "program", "intake")
    study = ("Faculty of Science", "Physics", "BSc Physics", 2026)
    upload = checked(person, "students", workbook(header, ("R1", "Ncube", *study), ("R2", "Sibandá", *study)))
    assert [(note["rows"], note["examples"]) for note in upload.notes if note["code"] == "other_name"] == [(1, [3])]
    committed(person, upload)
    names = Student.objects.order_by("number").values_list("search_text", "family_name", "given_names")
    assert list(names) == [("ncube rudo", "Ncube", "Rudo"), ("sibanda tariro", "Sibandá", "Tariro")]
    for student in (blank, renamed):
        student.refresh_from_db()
        assert student.search_text == student.save_checked().search_text


ROW = (
    "R261",
    "Rudo",
    "Ncube",
    "63-123456A42",
    "F",
    "Faculty of Science",
    "Computer Science",
    "BSc Computer Science",
    2026,
)
HEADER = (
    "student_id",
    "first_name",
    "last_name",
    "national_id",
    "gender",
    "faculty",
    "department",
    "program",
    "intake",
)


GRADUATES = workbook((*HEADER, "graduation_year", "final_grade"), (*ROW, 2028, "Credit"))
WAITING = """
SELECT pid FROM pg_stat_activity
WHERE query LIKE '%INSERT INTO academic_enrollment%' AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()"""


def one(**other) -> tuple:
    return tuple(other.get(name, value) for name, value in zip(HEADER, ROW, strict=True))


def test_a_new_faculty_department_and_program_are_opened_and_told(person):
    upload = checked(person, "students", workbook(HEADER, ROW))
    told = {(note["column"], note["code"]) for note in upload.notes}
    assert told == {("faculty", "will_be_opened"), ("department", "will_be_opened"), ("program", "will_be_opened")}
    committed(person, upload)
    program = Program.objects.get()
    assert (program.code, program.level, program.department.name, program.department.faculty.name) == (
        "BSC-COMPUTER-SCIENCE", Program.Level.BACHELOR, "Computer Science", "Faculty of Science",
    )  # fmt: skip
    student = Student.objects.get()
    assert (student.sex, student.national_id, student.department_id) == (
        "female", "63-123456A42", program.department_id,
    )  # fmt: skip
    assert [step.status for step in EnrollmentStatus.objects.all()] == ["active"]


def test_what_identifies_is_changed_where_it_differs_and_opens_again(person):
    header = (*HEADER, "date_of_birth", "phone")
    committed(person, checked(person, "students", workbook(header, (*ROW, "2006-05-17", "+263 77 000 0000"))))
    committed(person, checked(person, "students", workbook(header, (*ROW, "2006-05-17", "+263 77 000 0001"))))
    student = Student.objects.get()
    assert (student.phone, str(student.date_of_birth), student.birth_year) == ("+263 77 000 0001", "2006-05-17", 2006)
    assert student.version == 2


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("student_id", None, "required"),
        ("last_name", None, "required"),
        ("gender", "?", "not_a_choice"),
        ("intake", "soon", "not_a_number"),
        ("program", None, "required"),
        ("department", None, "not_known"),
    ],
)
def test_a_cell_that_can_not_be_taken_is_told(person, column, value, code):
    upload = checked(person, "students", workbook(HEADER, one(**{column: value})))
    (row,) = client_of(person).get(f"{UPLOADS}{upload.pk}/rows/?state=error").json()["data"]
    assert [error["code"] for error in row["errors"]] == [code]
    assert not Student.objects.exists()


def test_two_students_of_one_national_id_are_wrong(person, harare):
    committed(person, checked(person, "students", workbook(HEADER, ROW)))
    rows = [
        one(student_id="R262", national_id="63 123456 a 42"),
        one(student_id="R263", national_id="1"),
        one(student_id="R264", national_id="1"),
    ]
    upload = checked(person, "students", workbook(HEADER, *rows))
    found = client_of(person).get(f"{UPLOADS}{upload.pk}/rows/?state=error").json()["data"]
    assert [(row["number"], row["errors"][0]["code"]) for row in found] == [(2, "person_known"), (4, "twice_in_file")]


def test_a_year_unlike_the_number_is_a_warning(person):
    upload = checked(person, "students", workbook(HEADER, one(student_id="ST20234567")))
    (note,) = [note for note in upload.notes if note["code"] == "year_unlike_number"]
    assert (note["rows"], note["examples"], upload.errors_count) == (1, [2], 0)


def test_a_number_that_belongs_to_somebody_of_another_name_is_a_warning(person):
    committed(person, checked(person, "students", workbook(HEADER, ROW)))
    upload = checked(person, "students", workbook(HEADER, one(last_name="Moyo")))
    assert [note["code"] for note in upload.notes] == ["other_name"]


def test_a_student_who_died_or_was_erased_is_not_entered_again(person, harare):
    make_student(harare, number="R261", status="deceased")
    upload = checked(person, "students", workbook(HEADER, ROW))
    assert upload.error_rows_count == 1


def test_who_is_known_and_enters_another_program_is_enrolled_and_moves_home(person):
    committed(person, checked(person, "students", workbook(HEADER, ROW)))
    upload = checked(person, "students", workbook(HEADER, one(department="Physics", program="BSc Physics")))
    assert (upload.plan["create"], upload.plan["change"]) == (0, 1)
    committed(person, upload)
    assert (Student.objects.get().department.name, Enrollment.objects.count()) == ("Physics", 2)
    assert steps() == [("active", "2026-01-01")]


@pytest.fixture
def master(person):
    """The upload by which somebody who graduated enters a master's program."""
    committed(person, checked(person, "graduates", GRADUATES))
    assert steps() == [("active", "2026-01-01"), ("graduated", "2028-12-31")]
    row = one(department="Physics", program="MSc Physics", intake=2028)
    return committed(person, checked(person, "students", workbook(HEADER, row)))


def test_a_graduate_who_enters_another_program_is_active_until_that_is_undone(person, master):
    assert (Student.objects.get().status, steps()[2:]) == ("active", [("active", "2028-12-31")])
    undo(person.actor, master)
    assert (Student.objects.get().status, len(steps())) == ("graduated", 2)


def test_the_file_of_a_past_graduation_does_not_end_what_was_begun_since(person, master):
    committed(person, checked(person, "graduates", GRADUATES))
    assert (Student.objects.get().status, len(steps())) == ("active", 3)


def test_an_intake_that_is_sent_again_does_not_bring_back_who_deferred(person):
    sheet = workbook(HEADER, ROW)
    committed(person, checked(person, "students", sheet))
    Student.objects.update(status="deferred")
    upload = checked(person, "students", sheet)
    assert (upload.plan["create"], upload.plan["change"], upload.plan["unchanged"]) == (0, 0, 1)


def steps() -> list[tuple[str, str]]:
    rows = StudentStatus.objects.order_by("starts_on", "id").values_list("status", "starts_on")
    return [(status, str(day)) for status, day in rows]


def test_a_graduate_who_was_enrolled_completes_that_enrollment(person):
    committed(person, checked(person, "students", workbook(HEADER, ROW)))
    upload = checked(person, "graduates", workbook((*HEADER, "graduation_year", "final_grade"), (*ROW, 2029, "Credit")))
    committed(person, upload)
    enrollment = Enrollment.objects.get()
    assert (enrollment.status, str(enrollment.ended_on), enrollment.classification) == (
        "completed",
        "2029-12-31",
        "Credit",
    )
    assert [step.status for step in enrollment.history.order_by("starts_on")] == ["active", "completed"]
    assert Student.objects.get().status == "graduated"
    assert steps() == [("active", "2026-01-01"), ("graduated", "2029-12-31")]


def test_an_intake_with_fifty_wrong_cells_becomes_a_correct_register(person):
    """As a registrar does it: send, look at what is wrong, mend each cell, check, commit."""
    wrong = {"gender": "unsure", "intake": "next year", "last_name": None, "national_id": "x" * 31, "program": None}
    right = dict(zip(HEADER, ROW, strict=True))
    rows = []
    for number in range(200):
        row = {"student_id": f"R26{number:04}", "national_id": f"63-{number:06}A42"}
        if number % 4 == 0:
            column = list(wrong)[number // 4 % len(wrong)]
            row[column] = wrong[column]
        rows.append(one(**row))
    client = client_of(person)
    upload = checked(person, "students", workbook(HEADER, *rows))
    assert (upload.errors_count, upload.error_rows_count, upload.plan["create"]) == (50, 50, 150)
    names = {
        "sex": "gender",
        "entry_year": "intake",
        "family_name": "last_name",
        "national_id": "national_id",
        "program": "program",
    }
    for row in client.get(f"{UPLOADS}{upload.pk}/rows/", {"state": "error", "limit": 100}).json()["data"]:
        (error,) = row["errors"]
        value = f"63-{row['number']:06}B42" if error["column"] == "national_id" else right[names[error["column"]]]
        answer = client.patch(f"{UPLOADS}{upload.pk}/rows/{row['number']}/", {"cells": {error["column"]: value}})
        assert answer.json()["data"]["errors"] == []
    client.post(f"{UPLOADS}{upload.pk}/check/")
    upload = worked(upload)
    assert (upload.errors_count, upload.plan["create"]) == (0, 200)
    committed(person, upload)
    assert (Student.objects.count(), Enrollment.objects.filter(status="active").count()) == (200, 200)
    assert not Student.objects.exclude(family_name="Ncube").exists()


def test_an_intake_is_undone_down_to_the_faculty(person):
    undo(person.actor, committed(person, checked(person, "students", workbook(HEADER, ROW))))
    assert not any(
        model.objects.exists() for model in (Student, Enrollment, EnrollmentStatus, Program, Department, Faculty)
    )


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_dies_in_the_middle_of_a_commit_leaves_nothing_and_the_next_one_does_all(harare: Institution):
    """Its connection is cut, as when its process is killed, after the students went in and before the enrollments."""
    with reaching(harare.pk):
        person = uploader(harare, "students")
        rows = [one(student_id=f"R{number}", national_id=f"63-{number}A42") for number in range(50)]
        upload = checked(person, "students", workbook(HEADER, *rows))

    def work() -> None:
        with suppress(DatabaseError), reaching(harare.pk):
            ask_commit(person.actor, upload)  # here, work for later is done at once
        connection.close()

    worker = Thread(target=work)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE academic_enrollment IN SHARE MODE")
        worker.start()
        for _ in range(400):
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(WAITING)
            if found := cursor.fetchone():
                break
            sleep(0.02)
        assert found, "the worker never came to the enrollments"
        cursor.execute("SELECT pg_terminate_backend(%s)", found)
    worker.join()
    with reaching(harare.pk):
        assert (Student.objects.count(), Upload.objects.get().state) == (0, Upload.State.COMMITTING)
    Message.objects.update(leased_until=None, due_at=timezone.now())
    assert deliver(Message.objects.get(topic__endswith="UploadToCommit").pk)
    with reaching(harare.pk):
        assert (Student.objects.count(), Enrollment.objects.count()) == (50, 50)
        assert Upload.objects.get().state == Upload.State.COMMITTED

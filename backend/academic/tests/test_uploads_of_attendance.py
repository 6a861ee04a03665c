"""This file holds the tests of uploads of attendance, for registers that are open."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from academic.attendance.rules import TAKE, close_register, enter, mark, open_register, reopen_register
from academic.factories import make_course, make_enrollment, make_meeting, make_registration, make_term
from academic.models import Attendance, AttendanceRegister, Occurrence, Section, Teaching
from academic.tests.timetable_lab import MONDAYS, section_of
from core.bulk.models import Upload
from core.bulk.rules import CHANGE, VIEW, send, undo
from core.errors import NotAllowed, RuleBroken
from core.tenancy.scope import reaching
from core.testing.fixtures import Person, client_of, person_at
from core.tests.uploads_lab import UPLOADS, as_file, checked, committed, errors_of, uploader, workbook, worked
from faculties.factories import saved
from faculties.models import Institution
from students.factories import make_student
from users.factories import make_person, make_role

pytestmark = pytest.mark.django_db
HEADER = ("Student ID", "Course", "Class", "Term", "Date", "Attendance")
CLASS = ("PHY", 1, "T1", "2026-02-09")


@pytest.fixture
def person(harare: Institution):
    """Somebody who takes the register of three students; a fourth one is in no class."""
    with reaching(harare.pk):
        section = section_of(make_term(harare, code="T1", starts_on=MONDAYS[0], ends_on=date(2026, 2, 27)), "PHY")
        make_meeting(harare, section=section)
        for number in ("S1", "S2", "S3", "S4"):
            student = make_student(harare, number=number)
            if number != "S4":
                make_registration(harare, enrollment=make_enrollment(harare, student=student), section=section)
        person = uploader(harare, "attendance")
        open_register(person.actor, occurrence=Occurrence.objects.earliest("starts_at"))
        yield person


def marks() -> list[str]:
    return list(Attendance.objects.order_by("student__number").values_list("status", flat=True))


def test_who_is_in_the_file_is_marked_once_and_undoing_puts_back_what_was(person):
    file = workbook(HEADER, ("S1", *CLASS, "P"), ("S3", *CLASS, "Late"))
    upload = checked(person, "attendance", file)
    assert (upload.plan["change"], upload.errors_count, marks()) == (2, 0, ["", "", ""])
    upload = committed(person, upload)
    assert (upload.state, marks(), AttendanceRegister.objects.get().version) == (
        "committed",
        ["present", "", "late"],
        2,
    )
    assert checked(person, "attendance", file).plan["unchanged"] == 2
    undo(person.actor, upload)
    assert marks() == ["", "", ""]


def test_why_somebody_is_excused_is_sealed_for_them_and_a_blank_leaves_it(person):
    def sent(number: str, *cells: str | None) -> Any:
        return checked(person, "attendance", workbook((*HEADER, "Excuse"), (number, *CLASS, *cells)))

    def told() -> tuple:
        one = Attendance.objects.get(student__number="S2")
        return one.status, one.reason

    upload = committed(person, sent("S2", "excused", "Ill"))
    assert (upload.state, told()) == ("committed", ("excused", "Ill"))
    stored = "SELECT reason FROM academic_attendance WHERE reason IS NOT NULL"
    with connection.cursor() as cursor:
        cursor.execute(stored)
        ((sealed,),) = cursor.fetchall()
    assert b"Ill" not in bytes(sealed)
    for again in (None, "Ill"):
        assert sent("S2", "excused", again).plan["unchanged"] == 1
    later = committed(person, sent("S2", "excused", "Funeral"))
    assert told() == ("excused", "Funeral")
    undo(person.actor, later)
    assert told() == ("excused", "Ill")
    wrong = sent("S1", "absent", "Ill")
    assert [(one["column"], one["code"]) for one in errors_of(person, wrong)] == [("reason", "reason_of_nothing")]


def test_a_wrong_cell_is_named_and_a_closed_register_takes_none(person):
    register = AttendanceRegister.objects.get()
    excused = Attendance.objects.get(student__number="S2")
    mark(
        person.actor, register, marks=[{"registration": excused.registration_id, "status": "excused", "reason": "Ill"}]
    )
    wrong = {
        ("student_number", "not_known"): ("S9", *CLASS, "present"),
        ("course", "not_known"): ("S1", "PHX", *CLASS[1:], "present"),
        ("on_date", "no_open_register"): ("S1", *CLASS[:3], "2026-02-16", "present"),
        ("student_number", "not_in_section"): ("S4", *CLASS, "present"),
        ("status", "excused_for_a_reason"): ("S2", *CLASS, "present"),
        ("status", "not_a_choice"): ("S3", *CLASS, "asleep"),
    }
    upload = checked(person, "attendance", workbook(HEADER, *wrong.values()))
    assert [(one["column"], one["code"]) for one in errors_of(person, upload)] == list(wrong)
    good = checked(person, "attendance", workbook(HEADER, ("S1", *CLASS, "present")))
    close_register(person.actor, register, others="absent")
    assert (committed(person, good).failure["code"], marks()) == ("plan_changed", ["absent", "excused", "absent"])


def test_what_a_closed_register_says_stays_whoever_writes(person):
    register = AttendanceRegister.objects.get()
    upload = committed(person, checked(person, "attendance", workbook(HEADER, ("S1", *CLASS, "P"))))
    with pytest.raises(IntegrityError, match="of everybody whether they were there"), transaction.atomic():
        AttendanceRegister.objects.update(status="closed", closed_at=timezone.now())
    close_register(person.actor, AttendanceRegister.objects.get(), others="absent")
    with pytest.raises(RuleBroken) as refusal:
        undo(person.actor, upload)
    assert (refusal.value.code, marks()) == ("register_closed", ["present", "absent", "absent"])
    for write in (
        lambda: Attendance.objects.filter(status="absent").update(status="present"),
        lambda: Attendance.objects.filter(student__number="S1").delete() and enter(register),
    ):
        with pytest.raises(IntegrityError, match="closed register is not marked"), transaction.atomic():
            write()
    # Why somebody was excused goes when they are erased.
    Attendance.objects.update(reason=None)
    reopen_register(person.actor, AttendanceRegister.objects.get(), reason="S1 was taken for S2")
    undo(person.actor, upload)
    assert marks() == ["", "absent", "absent"]


def test_a_lecturer_uploads_for_the_sections_that_they_teach_and_learns_nothing_of_others(person, harare):
    section = Section.objects.get()
    physics = section.course.program.department
    other = section_of(section.term, "CHE")
    make_registration(
        harare, enrollment=make_enrollment(harare, student=make_student(harare, number="S5")), section=other
    )
    make_meeting(harare, section=other)
    open_register(person.actor, occurrence=Occurrence.objects.filter(section=other).earliest("starts_at"))
    lecturer = make_person(grants=[("lecturer", harare)])
    saved(Teaching(institution=harare, section=section, account=lecturer))
    theirs = ("S5", "CHE", *CLASS[1:], "P")
    strange = ("S4", "CHE", *CLASS[1:], "P")
    file = workbook(HEADER, ("S1", *CLASS, "P"), theirs, strange, ("S33", *CLASS, "P"))
    sender = Person(lecturer.actor)
    sent = client_of(sender).post(UPLOADS, {"set": "attendance", "file": as_file(file)}, format="multipart")
    assert sent.status_code == 202, sent.json()
    upload = worked(Upload.objects.get(pk=sent.json()["data"]["id"]))
    found = [(one["column"], one["code"], one["nearest"]) for one in errors_of(sender, upload)]
    assert found == [("section", "not_yours", None)] * 2 + [("student_number", "not_known", None)]
    upload = committed(sender, upload, mode="good_rows")
    assert (upload.state, marks()) == ("committed", ["present", "", "", ""])
    # Only who sent it, and only as long as they teach; others of the institution, and not of the department.
    colleague = make_person(grants=[("lecturer", harare)])
    for stranger in (Person(colleague.actor), person_at(physics, VIEW, CHANGE, TAKE)):
        assert client_of(stranger).post(f"{UPLOADS}{upload.pk}/undo/").status_code in (403, 404)
    undo(sender.actor, upload)
    assert marks() == [""] * 4
    upload = committed(sender, checked(sender, "attendance", workbook(HEADER, ("S1", *CLASS, "P"))))
    again = checked(sender, "attendance", workbook(HEADER, ("S2", *CLASS, "P")))
    Teaching.objects.all().delete()
    assert committed(sender, again).failure["code"] == "plan_changed"
    with pytest.raises(NotAllowed):
        undo(sender.actor, upload)
    assert marks() == ["present", "", "", ""]
    undo(person.actor, upload)
    assert marks() == [""] * 4
    with pytest.raises(NotAllowed):
        send(lecturer.actor, set="exemptions", file=as_file(file))
    assert [one["name"] for one in client_of(sender).get(f"{UPLOADS}sets/").json()["data"]] == ["attendance"]


def test_a_department_uploads_the_attendance_of_what_it_teaches(person, harare):
    section = Section.objects.get()
    own, elsewhere = section.course.program.department, make_course(harare).program.department
    for department, code in ((own, None), (elsewhere, "not_yours")):
        account = make_person(grants=[("head-of-department", department), (make_role(TAKE), department)])
        upload = checked(Person(account.actor), "attendance", workbook(HEADER, ("S1", *CLASS, "P")))
        assert [one["code"] for one in errors_of(Person(account.actor), upload)] == ([code] if code else [])
        assert upload.reach == {"units": [str(department.pk)], "own": False}

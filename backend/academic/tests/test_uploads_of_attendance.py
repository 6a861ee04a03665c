"""This file holds the tests of uploads of attendance, for registers that are open."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from academic.attendance.rules import close_register, enter, mark, open_register, reopen_register
from academic.factories import make_enrollment, make_meeting, make_registration, make_term
from academic.models import Attendance, AttendanceRegister, Occurrence
from academic.tests.timetable_lab import MONDAYS, section_of
from core.bulk.rules import undo
from core.errors import RuleBroken
from core.tenancy.scope import reaching
from core.tests.uploads_lab import checked, committed, errors_of, uploader, workbook
from faculties.models import Institution
from students.factories import make_student

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

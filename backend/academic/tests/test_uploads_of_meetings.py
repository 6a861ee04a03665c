"""This file holds the tests of uploads of meetings, which a rule adds row by row."""

from datetime import date

import pytest

from academic.factories import make_term
from academic.models import Meeting, Occurrence, Section, Teaching
from academic.permissions import PERMISSIONS
from academic.sections.rules import change_section
from academic.tests.timetable_lab import MONDAYS, at, everything, section_of
from academic.timetables.rules import publish_timetable
from core.bulk.models import Upload
from core.bulk.rules import undo
from core.errors import RuleBroken
from core.tenancy.scope import reaching
from core.testing.fixtures import person_at
from core.tests.uploads_lab import checked, committed, errors_of, uploader, workbook
from faculties.factories import make_booking, make_building, make_room
from faculties.models import Booking, Institution, Room
from staff.factories import make_member
from users.factories import make_user

pytestmark = pytest.mark.django_db
HEADER = (
    "Course", "Section", "Semester", "Type", "Day", "Date", "Start", "End", "Weeks", "Block", "Venue", "Lecturers",
)  # fmt: skip
LECTURE = ("PHY", 1, "T1", "Lecture", "Mon", None, "8:00", "10:00", "1-2, 3", None, "Beit Hall", "E1; E2")
EXAM = ("PHY", 1, "T1", "exam", None, "2026-02-26", "13:00", "15:00", None, "SCI", "L1", None)


@pytest.fixture
def person(harare: Institution):
    """Somebody who plans a term of three weeks, with two sections, two rooms of one code, a hall and two lecturers."""
    with reaching(harare.pk):
        term = make_term(harare, code="T1", starts_on=MONDAYS[0], ends_on=date(2026, 2, 27))
        for code in ("PHY", "ALG"):
            section_of(term, code, capacity=20, status="planned")
        for code in ("SCI", "ART"):
            make_room(harare, code="L1", building=make_building(harare, code=code), exam_capacity=30)
        make_room(harare, name="Beit Hall")
        for number in ("E1", "E2"):
            make_member(harare, number=number, account=make_user(name=f"Lecturer {number}"))
        make_member(harare, number="E3", account=None)
        yield uploader(harare, "meetings")


def test_each_row_adds_a_meeting_once_with_who_teaches_and_undoing_takes_it_back(person):
    uploads = []
    for plan in ((2, 0), (0, 2)):
        upload = checked(person, "meetings", workbook(HEADER, LECTURE, EXAM))
        assert (upload.plan["create"], upload.plan["unchanged"], upload.errors_count) == (*plan, 0)
        uploads.append(committed(person, upload))
        assert (uploads[-1].state, uploads[-1].failure) == (Upload.State.COMMITTED, None)
    told = Meeting.objects.order_by("starts_at").values_list("kind", "weekday", "on_date", "rhythm", "weeks")
    assert list(told) == [("lecture", 1, None, "listed", [1, 2, 3]), ("exam", None, date(2026, 2, 26), "every", [])]
    assert {str(row) for row in Booking.objects.values_list("room__building__code", flat=True)} >= {"SCI"}
    assert [model.objects.count() for model in (Occurrence, Booking, Teaching)] == [4, 4, 2]
    undo(person.actor, uploads[0])
    assert [model.objects.count() for model in (Meeting, Occurrence, Booking, Teaching)] == [0, 0, 0, 0]
    assert checked(person, "meetings", workbook(HEADER, LECTURE, EXAM)).plan["create"] == 2


def test_undoing_cancels_what_was_published_and_leaves_no_open_section_without_meetings(person, harare):
    upload = committed(person, checked(person, "meetings", workbook(HEADER, LECTURE)))
    registrar, section = person_at(harare, *PERMISSIONS).actor, Section.objects.get(course__code="PHY")
    change_section(registrar, section, status="open")
    before = everything()
    with pytest.raises(RuleBroken) as refusal:
        undo(person.actor, upload)
    assert (refusal.value.code, everything()) == ("last_meeting", before)
    change_section(registrar, section, status="planned")
    publish_timetable(registrar, term=section.term)
    undo(person.actor, upload)
    assert list(Meeting.objects.values_list("status", flat=True)) == ["canceled"]
    assert [model.objects.count() for model in (Occurrence, Booking, Teaching)] == [0, 0, 0]


def test_a_wrong_cell_is_named(person):
    wrong = {
        ("course", "not_known"): ("PHX", *LECTURE[1:]),
        ("section", "not_known"): ("PHY", 9, *LECTURE[2:]),
        ("term", "not_known"): (*LECTURE[:2], "T9", *LECTURE[3:]),
        ("weekday", "weekday_or_date"): (*LECTURE[:5], "2026-02-26", *LECTURE[6:]),
        ("starts_at", "not_allowed_here"): (*LECTURE[:6], "25:00", *LECTURE[7:]),
        ("ends_at", "ends_before_it_starts"): (*LECTURE[:7], "08:00", "even", *LECTURE[9:]),
        ("weeks", "not_allowed_here"): (*LECTURE[:8], "some", *LECTURE[9:]),
        ("room", "not_known"): (*LECTURE[:8], "odd", None, "Attic", None),
        ("room", "several_known"): (*LECTURE[:8], "2", None, "L1", None),
        ("lecturers", "not_known"): (*LECTURE[:8], "3", None, None, "E1, E3"),
    }
    upload = checked(person, "meetings", workbook(HEADER, *wrong.values()))
    assert [(one["column"], one["code"]) for one in errors_of(person, upload)] == list(wrong)
    assert upload.plan["create"] == 0


@pytest.mark.parametrize(
    ("other", "code", "words"),
    [
        (
            ("ALG", *LECTURE[1:6], "09:00", "11:00", "even", None, "Beit Hall", None),
            "already_booked",
            "Beit Hall is booked for PHY 1 lecture ({}) on 16 February 2026 from 08:00 to 10:00;"
            " ALG 1 lecture would need it on 16 February 2026 from 09:00 to 11:00.",
        ),
        (
            ("ALG", *LECTURE[1:6], "09:00", "11:00", None, None, None, "E2"),
            "lecturer_busy",
            "Lecturer E2 teaches PHY 1 lecture in Beit Hall on 9 February 2026 from 08:00 to 10:00;"
            " ALG 1 lecture would be on 9 February 2026 from 09:00 to 11:00.",
        ),
        (
            ("ALG", *LECTURE[1:6], "09:00", "11:00", "4", None, None, None),
            "week_beyond_term",
            "This term has 3 teaching weeks: there is no week 4.",
        ),
    ],
)
def test_a_double_booking_is_an_error_of_its_row_that_names_both_sides(person, other, code, words):
    before = everything()
    upload = checked(person, "meetings", workbook(HEADER, LECTURE, other))
    assert (upload.plan["create"], upload.error_rows_count, everything() == before) == (1, 1, True)
    (error,) = errors_of(person, upload)
    department = (
        Meeting._meta.get_field("section").related_model.objects.get(course__code="PHY").course.program.department
    )
    assert (error["code"], error["allowed"]) == (code, words.format(department.name))


def test_a_room_that_is_taken_after_the_plan_lets_nothing_of_the_file_be_done(person, harare):
    upload = checked(person, "meetings", workbook(HEADER, EXAM, LECTURE))
    hall = Room.objects.get(name="Beit Hall")
    make_booking(harare, room=hall, title="Choir", starts_at=at(7, 16), ends_at=at(9, 16))
    before = everything()
    upload = committed(person, upload)
    assert (upload.state, upload.failure["code"], everything() == before) == ("planned", "already_booked", True)
    assert [row["allowed"][:42] for row in errors_of(person, upload)] == ["Beit Hall is booked for Choir on 16 Februa"]

"""This file holds the tests of the Illinois import: what it makes of the sections of a term."""

from datetime import date, time

import pytest
from django.core.management import CommandError

from academic.factories import make_enrollment, make_registration, make_section
from academic.models import Course, Meeting, MeetingWaiver, Occurrence, OccurrenceLecturer, Section, Teaching, Term
from academic.permissions import PERMISSIONS
from academic.tests.uiuc_lab import counts, illinois, imported, run, section, sections, stored
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from faculties.models import Booking, Institution, Room
from users.models import User

pytestmark = pytest.mark.django_db
HALL = "106 Engineering Hall"
MORNING = "MW 09:00 AM 09:50 AM"


def waivers():
    shown = MeetingWaiver.objects.order_by("waives", "meeting__section__code", "meeting__weekday")
    return list(shown.values_list("waives", "meeting__section__code", "meeting__weekday", "reason"))


# --- What becomes of a section ---------------------------------------------------------------------------------------
def test_a_section_has_the_days_of_its_part_of_the_term_and_meets_on_each_of_its_weekdays(tmp_path):
    row = section("30001", "CS 225", MORNING, HALL, Instructors="Instructor 0001;Instructor 0002", Type="Laboratory")
    imported(sections(tmp_path, row))
    with reaching(illinois().pk):
        term, one = Term.objects.get(), Section.objects.get()
        assert (term.code, term.starts_on, term.ends_on) == ("2025-su", date(2025, 5, 19), date(2025, 8, 8))
        assert (one.course.code, one.code, one.kind, one.status) == ("CS 225", "A 30001", "lab", "finished")
        assert (one.starts_on, one.ends_on, one.without_meetings) == (date(2025, 6, 16), date(2025, 8, 8), False)
        shown = ("kind", "weekday", "starts_at", "ends_at", "room__code", "room__building__name", "status")
        assert list(Meeting.objects.order_by("weekday").values_list(*shown)) == [
            ("lab", day, time(9), time(9, 50), "106", "Engineering Hall", "scheduled") for day in (1, 3)
        ]
        # Eight weeks of two days, each of which takes the room and both lecturers.
        assert Occurrence.objects.count() == 16
        assert Booking.objects.filter(status="confirmed", room__name=HALL).count() == 16
        assert OccurrenceLecturer.objects.filter(is_waived=False).count() == 32
        first = Occurrence.objects.earliest("starts_at")
        assert first.starts_at.isoformat() == "2025-06-16T14:00:00+00:00"
        assert Room.objects.get().capacity == 1
    lecturers = User.objects.filter(email__endswith="@uiuc.invalid").order_by("email")
    assert [(one.name, one.is_active, one.has_usable_password()) for one in lecturers] == [
        (f"Instructor {number}", False, False) for number in ("0001", "0002")
    ]


def test_every_row_is_a_meeting_or_is_counted_for_why_it_is_none(tmp_path):
    report = imported(
        sections(
            tmp_path,
            section("30001", "CS 225", MORNING, HALL),
            section("30001", "CS 225", "F 09:00 AM 09:50 AM", HALL),
            section("30001", "CS 225", MORNING, HALL),
            section("30002", "CS 225", where=HALL),
            section("30003", "CS 374"),
            section("30004", "CS 374", Type="Study Abroad", **{"Part of Term": "A", "Section Credit Hours": "4 hours"}),
        )
    )
    assert report.files["sections_2025-su.csv.xz"] == sum(report.rows_of_sections.values()) == 6
    assert report.rows_of_sections == {"meets": 2, "arranged": 3, "said_before": 1}
    found = counts(report)
    assert (found["place_without_time"], found["own_credits"], found["part_of_term_without_days"]) == (1, 1, 1)
    assert (found["kind_other"], found["no_lecturer"]) == (1, 4)
    with reaching(illinois().pk):
        assert sorted(Meeting.objects.values_list("weekday", flat=True)) == [1, 3, 5]
        taught = Section.objects.order_by("code").values_list("code", "without_meetings", "starts_on")
        assert list(taught) == [
            ("A 30001", False, date(2025, 6, 16)),
            ("A 30002", True, date(2025, 6, 16)),
            ("A 30003", True, date(2025, 6, 16)),
            ("A 30004", True, date(2025, 5, 19)),
        ]


def test_a_time_without_a_day_is_no_meeting_and_told(tmp_path):
    row = section("30001", "CS 225", MORNING) | {"Days of Week": ""}
    assert imported(sections(tmp_path, row)).rows_of_sections == {"no_day": 1}
    with reaching(illinois().pk):
        assert (Meeting.objects.count(), Section.objects.get().without_meetings) == (0, True)


def test_a_course_that_the_catalog_lacks_is_kept_as_the_sections_have_it(tmp_path):
    report = imported(sections(tmp_path, section("30001", "HIST 999", Description="Prerequisite: CS 225.")))
    assert counts(report)["course_not_in_catalog"] == 1
    assert report.trees == {"catalogue_2019-fa.csv.xz": 4, "sections_2025-su.csv.xz": 1}
    with reaching(illinois().pk):
        assert Section.objects.get().course == Course.objects.get(code="HIST 999")


# --- Who meets together, and who is booked twice ---------------------------------------------------------------------
def test_sections_of_the_same_hours_and_room_meet_as_the_first_of_them(tmp_path):
    report = imported(
        sections(
            tmp_path,
            section("30001", "CS 374", MORNING, HALL, Instructors="Instructor 0001"),
            section("30002", "MATH 213", MORNING, HALL, Instructors="Instructor 0001;Instructor 0002"),
            section("30003", "CS 225", MORNING, HALL, **{"Part of Term": "S1"}),
        )
    )
    assert report.rows_of_sections == {"meets": 2, "meets_with": 1}
    with reaching(illinois().pk):
        host, guest, apart = Section.objects.order_by("code")
        assert (guest.meets_with, guest.meets_as, apart.meets_as) == (host, host.pk, apart.pk)
        assert (Meeting.objects.filter(section=guest).count(), guest.without_meetings) == (0, False)
        # Whoever teaches a guest is there too, and nobody is there twice.
        assert OccurrenceLecturer.objects.count() == 2 * Occurrence.objects.filter(section=host).count()
        assert waivers() == []


def test_at_a_distance_they_meet_together_by_the_same_lecturers(tmp_path):
    imported(
        sections(
            tmp_path,
            section("30001", "CS 374", MORNING, Instructors="Instructor 0001"),
            section("30002", "MATH 213", MORNING, Instructors="Instructor 0001"),
            section("30003", "CS 225", MORNING, Instructors="Instructor 0002"),
            section("30004", "CS 225", MORNING),
            section("30005", "CS 225", MORNING),
        )
    )
    with reaching(illinois().pk):
        hosts = Section.objects.order_by("code").values_list("code", "meets_with__code")
        assert dict(hosts) == {f"A 3000{place}": None for place in (1, 3, 4, 5)} | {"A 30002": "A 30001"}


def test_what_is_booked_twice_is_waived_for_the_later_one_as_published(tmp_path):
    rows = (
        section("30001", "CS 125", "M 09:00 AM 10:00 AM", HALL, Instructors="Instructor 0001"),
        section("30002", "CS 173", "M 09:30 AM 10:30 AM", HALL, Instructors="Instructor 0001"),
        # It overlaps only with what has a waiver, and needs none.
        section("30003", "CS 225", "M 10:00 AM 11:00 AM", HALL, Instructors="Instructor 0001"),
        section("30004", "CS 374", "M 09:30 AM 10:30 AM", "107 Engineering Hall", Instructors="Instructor 0002"),
        # The other half of the summer.
        section("30005", "CS 374", "M 09:30 AM 10:30 AM", HALL, **{"Part of Term": "S1"}),
    )
    report = imported(sections(tmp_path, *rows))
    assert (counts(report)["room_taken"], counts(report)["lecturer_taken"]) == (1, 1)
    with reaching(illinois().pk):
        expected = [("lecturer", "A 30002", 1, "as published"), ("room", "A 30002", 1, "as published")]
        assert waivers() == expected
        booked = Booking.objects.filter(room__name=HALL, status="confirmed").values_list("title", flat=True)
        assert set(booked) == {
            "CS 125 A 30001 lecture", "CS 225 A 30003 lecture", "CS 374 A 30005 lecture",
        }  # fmt: skip
        blocked = OccurrenceLecturer.objects.filter(is_waived=False, account__name="Instructor 0001")
        assert set(blocked.values_list("occurrence__section__code", flat=True)) == {"A 30001", "A 30003"}


def test_who_comes_in_a_later_run_gives_way_to_what_is_there(tmp_path):
    there = section("30002", "CS 173", "M 09:30 AM 10:30 AM", HALL, Instructors="Instructor 0001")
    imported(sections(tmp_path, there))
    first = section("30001", "CS 125", "M 09:00 AM 10:00 AM", HALL, Instructors="Instructor 0001")
    imported(sections(tmp_path, first, there))
    with reaching(illinois().pk):
        assert [(limit, code) for limit, code, *_ in waivers()] == [("lecturer", "A 30001"), ("room", "A 30001")]


def test_a_second_run_changes_nothing_and_tells_the_same(tmp_path):
    folder = sections(
        tmp_path,
        section("30001", "CS 374", MORNING, HALL, Instructors="Instructor 0001"),
        section("30002", "MATH 213", MORNING, HALL, Instructors="Instructor 0001"),
        section("30003", "CS 225", "M 09:00 AM 11:50 AM", HALL, Instructors="Instructor 0001"),
    )
    first, before = imported(folder), stored()
    again = imported(folder)
    assert (again.inserted, again.updated, stored()) == (0, 0, before)
    assert (again.oddities, again.rows_of_sections) == (first.oddities, first.rows_of_sections)
    with reaching(illinois().pk):
        assert Teaching.objects.count() == 3


# --- What people get of it -------------------------------------------------------------------------------------------
def test_the_dry_run_of_a_registration_asks_for_what_the_prose_says(tmp_path):
    imported(sections(tmp_path, section("30001", "CS 225"), section("30002", "CS 125")))
    with reaching(illinois().pk):
        enrollment = make_enrollment(illinois())
        wanted = {one.course.code: str(one.pk) for one in Section.objects.select_related("course")}

    def lacking():
        """What is not met of requisites, by course."""
        body = {"enrollments": [str(enrollment.pk)], "sections": list(wanted.values())}
        person = person_at(illinois(), *PERMISSIONS)
        verdicts = client_of(person).post("/api/v1/academic/registrations/check/", body).json()["data"]
        by_section = {one["section"]: one["failed"] for one in verdicts}
        return {
            code: [failure["message"] for failure in by_section[key] if failure["check"] == "requisites"]
            for code, key in wanted.items()
        }

    # CS 125; one of CS 173 or MATH 213.
    asked = [f"{code} was not passed." for code in ("CS 125", "CS 173", "MATH 213")]
    assert lacking() == {"CS 225": asked, "CS 125": []}
    with reaching(illinois().pk):
        for code in ("CS 125", "MATH 213"):
            taken = make_section(illinois(), course=Course.objects.get(code=code))
            make_registration(illinois(), enrollment=enrollment, section=taken, result="pass")
    assert lacking() == {"CS 225": [], "CS 125": []}


# --- What is refused -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"CRN": "3"}, "line 2: CRN is a number of 5 digits, not “3”"),
        ({"YearTerm": "2031-fa"}, "line 2: YearTerm is one of 2025-su"),
        ({"Status Code": "X"}, "line 2: Status Code is one of A, P, not “X”"),
        ({"Start Time": "soon"}, "line 2: Start Time is a time such as 09:30 AM, not “soon”"),
        ({"Start Time": "11:00 PM"}, "line 2: End Time is after Start Time"),
        ({"Days of Week": "MX"}, "line 2: Days of Week are some of M, T, W, R, F, S, U, not “MX”"),
        ({"Building": ""}, "line 2: a room is told by Building and Room"),
    ],
)
def test_a_row_that_can_not_be_read_is_named_and_nothing_is_imported(tmp_path, changed, sentence):
    with pytest.raises(CommandError, match=sentence):
        run(sections(tmp_path, section("30001", "CS 225", MORNING, HALL) | changed))
    assert not Institution.objects.filter(code="UIUC").exists()


def test_a_number_is_of_one_course(tmp_path):
    with pytest.raises(CommandError, match="line 3: CRN 30001 is of CS 225 on line 2"):
        run(sections(tmp_path, section("30001", "CS 225"), section("30001", "CS 374")))

"""This file holds the tests of the Open University import: what it makes of a small archive, and of the real one."""

# ruff: noqa: S608  What is pasted into the SQL are names of ours.

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType

import pytest
from django.core.management import CommandError
from django.db import connection

from academic.models import (
    Assessment,
    Course,
    Enrollment,
    EnrollmentStatus,
    Mark,
    Program,
    Registration,
    Section,
    Term,
)
from academic.oulad.rules import NEEDS, import_oulad
from academic.tests.oulad_lab import KEPT, done, open_university, pack, run, stored
from core.actor import Actor
from core.audit.models import AuditEntry
from core.errors import NotAllowed
from core.tenancy.scope import reaching
from faculties.models import Institution
from students.factories import make_student
from students.models import Student

pytestmark = pytest.mark.django_db
REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "oulad" / "oulad.zip"


@pytest.fixture
def packed(tmp_path: Path) -> Callable[..., Path]:
    """`packed({"courses.csv": ("268", "300")})` is the small archive with another length."""
    return lambda changes=MappingProxyType({}): pack(tmp_path / "small.zip", changes)


# --- What becomes of each file ---------------------------------------------------------------------------------------
def test_a_module_is_a_course_and_a_presentation_a_section_in_a_term(packed):
    run(packed())
    with reaching(open_university().pk):
        course = Course.objects.get()
        assert (course.code, course.title, course.program.code) == ("AAA", "Module AAA", "MODULES")
        assert list(
            Term.objects.order_by("code").values_list("code", "track", "name", "academic_year", "starts_on", "ends_on")
        ) == [
            ("2013B", "B", "February 2013", 2013, date(2013, 2, 1), date(2013, 9, 29)),
            ("2013J", "J", "October 2013", 2013, date(2013, 10, 1), date(2014, 6, 26)),
        ]
        sections = Section.objects.order_by("starts_on").values_list(
            "course", "term__code", "code", "ends_on", "status"
        )
        assert list(sections) == [
            (course.pk, "2013B", "1", date(2013, 9, 29), "finished"),
            (course.pk, "2013J", "1", date(2014, 6, 26), "finished"),
        ]


def test_a_student_is_enrolled_once_in_module_study(packed):
    run(packed())
    with reaching(open_university().pk):
        assert list(
            Student.objects.order_by("number").values_list(
                "number", "sex", "region", "prior_education", "entry_year", "department__code", "search_text"
            )
        ) == [
            ("11", "female", "Wales", "HE Qualification", 2013, "MODULES", ""),
            ("12", "male", "Scotland", "Lower Than A Level", 2013, "MODULES", ""),
        ]
        enrollments = Enrollment.objects.order_by("student__number")
        assert list(enrollments.values_list("enrolled_on", "status", "disability", "deprivation_band")) == [
            (date(2013, 1, 2), "active", "none", "20-30"),
            (date(2013, 9, 11), "active", "declared", "90-100"),
        ]
        history = EnrollmentStatus.objects.order_by("enrollment__student__number")
        assert list(history.values_list("enrollment", "status", "starts_on")) == [
            (enrollments[0].pk, "active", date(2013, 1, 2)),
            (enrollments[1].pk, "active", date(2013, 9, 11)),
        ]
        program = Program.objects.get()
        assert (program.name, program.level) == ("Module study", "module_study")


def test_an_enrollment_in_a_module_is_a_registration_and_takes_a_seat(packed):
    run(packed())
    with reaching(open_university().pk):
        shown = ("student__number", "section__term__code", "status", "result", "registered_on", "withdrawn_on")
        more = ("attempt", "credits_studied", "age_band")
        assert list(
            Registration.objects.order_by("section__starts_on", "student__number").values_list(*shown, *more)
        ) == [
            ("11", "2013B", "registered", "fail", date(2013, 1, 2), None, 1, 60, "0-34"),
            ("11", "2013J", "registered", "pass", date(2013, 9, 21), None, 2, 90, "35-54"),
            ("12", "2013J", "withdrawn", "withdrawn", date(2013, 9, 11), date(2013, 11, 20), 1, 60, "55+"),
        ]
        assert list(Section.objects.order_by("starts_on").values_list("seats_taken", flat=True)) == [1, 1]


def test_assessments_and_marks_keep_what_the_source_states(packed):
    run(packed({"studentAssessment.csv": ("0,35.5", "0,"), "assessments.csv": ("Exam,230", "Exam,")}))
    with reaching(open_university().pk):
        assert list(Assessment.objects.order_by("code").values_list("code", "type", "due_on", "weight", "maximum")) == [
            ("1", "tutor_marked", date(2013, 2, 20), 100, 100),
            ("2", "exam", None, 100, 100),
            ("3", "computer_marked", date(2013, 10, 20), 100, 100),
            ("4", "exam", date(2014, 6, 18), 100, 100),
        ]
        shown = ("assessment__code", "registration__student__number", "state", "mark", "submitted_on", "is_banked")
        assert list(Mark.objects.order_by("assessment__code", "registration__student__number").values_list(*shown)) == [
            ("1", "11", "marked", Decimal(30), date(2013, 2, 19), False),
            ("2", "11", "submitted", None, date(2013, 9, 19), False),
            ("3", "11", "marked", Decimal(78), date(2013, 9, 30), True),
            ("3", "12", "marked", Decimal(50), date(2013, 10, 20), False),
            ("4", "11", "marked", Decimal(80), date(2014, 6, 18), False),
        ]


def test_imported_rows_satisfy_every_check_of_their_models(packed):
    run(packed())
    with reaching(open_university().pk):
        for model in KEPT:
            for row in model.objects.all():
                row.full_clean()


def test_the_columns_of_a_file_may_stand_in_another_order(packed):
    reordered = b"module_presentation_length,code_presentation,code_module\n240,2013B,AAA\n268,2013J,AAA\n"
    run(packed({"courses.csv": b"\xef\xbb\xbf" + reordered}))
    with reaching(open_university().pk):
        assert Section.objects.count() == 2


# --- Where it goes ---------------------------------------------------------------------------------------------------
def test_the_open_university_is_entered_once_and_through_the_rules(packed):
    run(packed())
    entered = AuditEntry.objects.filter(actor_name="import_oulad").values_list("rule", flat=True)
    assert sorted(entered) == [
        "academic.oulad.imported",
        "academic.program.opened",
        "academic.program_version.added",
        "faculties.department.opened",
        "faculties.faculty.opened",
        "faculties.institution.entered",
    ]
    university = open_university()
    assert (university.name, university.type) == ("The Open University", "university")


def test_another_institution_must_exist_and_be_open(packed, harare):
    with pytest.raises(CommandError, match="no institution with the code NOWHERE"):
        run(packed(), "--institution", "NOWHERE")
    assert list(Institution.objects.values_list("code", flat=True)) == ["HARARE"]
    Institution.objects.update(status="suspended")
    with pytest.raises(CommandError, match="Harare University is suspended"):
        run(packed(), "--institution", "HARARE")


def test_what_is_there_already_stays_and_is_used(packed, harare, mutare):
    known, other = make_student(harare, number="11", entry_year=2010), make_student(mutare, number="11")
    run(packed(), "--institution", "HARARE")
    with reaching(harare.pk, mutare.pk):
        assert Student.objects.filter(institution=harare).count() == 2
        known.refresh_from_db()
        assert (known.given_names, known.sex, known.department.code) == ("Rudo", "female", "MODULES")
        assert Registration.objects.filter(student=known).count() == 2
        assert list(Student.objects.filter(pk=other.pk).values_list("version", "sex")) == [(1, "not_stated")]


def test_another_institution_sees_none_of_it_not_even_by_sql(packed, mutare):
    run(packed())
    with reaching(mutare.pk), connection.cursor() as cursor:
        for model in KEPT:
            cursor.execute(f"SELECT count(*) FROM {model._meta.db_table}")
            assert cursor.fetchone() == (0,), model


@pytest.mark.parametrize("lacking", NEEDS)
def test_importing_needs_every_permission_it_uses(packed, lacking: str):
    with pytest.raises(NotAllowed):
        import_oulad(Actor.system("import_oulad", *(set(NEEDS) - {lacking})), packed())
    assert not Institution.objects.exists()


# --- Again -----------------------------------------------------------------------------------------------------------
def test_a_second_run_changes_nothing_and_says_so(packed):
    run(packed())
    before, entries = stored(), AuditEntry.objects.count()
    assert set(done(packed()).values()) == {(0, 0)}
    assert stored() == before
    entry = AuditEntry.objects.get(rule="academic.oulad.imported", count=0)
    assert (entry.changes, entry.institution_id) == ({}, open_university().pk)
    assert AuditEntry.objects.count() == entries + 1


def test_the_audit_log_says_how_many_rows_came(packed):
    run(packed())
    entry = AuditEntry.objects.get(rule="academic.oulad.imported")
    assert (entry.count, entry.changes["marks"]) == (25, {"rows": 5, "inserted": 5, "updated": 0})


@pytest.mark.parametrize(
    ("file", "change", "updated"),
    [
        ("courses.csv", ("268", "300"), {"terms": 1, "sections": 1}),
        ("assessments.csv", ("TMA,19,100", "TMA,20,90"), {"assessments": 1}),
        ("studentInfo.csv", ("Scotland", "Ireland"), {"students": 1}),
        ("studentInfo.csv", ("90-100%", "80-90%"), {"enrollments": 1}),
        ("studentInfo.csv", ("0,60,N,Fail", "0,60,N,Pass"), {"registrations": 1}),
        (
            "studentRegistration.csv",
            ("2013B,11,-30", "2013B,11,-31"),
            {"enrollments": 1, "enrollment history": 1, "registrations": 1},
        ),
        ("studentAssessment.csv", ("0,30", "0,31"), {"marks": 1}),
        ("studentAssessment.csv", ("0,30", "0,"), {"marks": 1}),
    ],
)
def test_rows_of_a_changed_source_are_updated_where_they_differ(packed, file, change, updated):
    run(packed())
    counts = done(packed({file: change}))
    assert {name: changed for name, (_, changed) in counts.items() if changed} == updated
    assert sum(inserted for inserted, _ in counts.values()) == 0
    with reaching(open_university().pk):
        versions = [model.objects.filter(version=2).count() for model in KEPT]
    assert sum(versions) == sum(updated.values())


def test_seats_follow_a_changed_result(packed):
    run(packed())
    done(packed({"studentInfo.csv": ("1,90,N,Pass", "1,90,N,Withdrawn")}))
    with reaching(open_university().pk):
        assert list(Section.objects.order_by("starts_on").values_list("seats_taken", flat=True)) == [1, 0]


def test_a_student_who_left_is_not_enrolled_again(packed):
    run(packed())
    with reaching(open_university().pk):
        Enrollment.objects.filter(student__number="11").update(status="withdrawn", ended_on=date(2014, 7, 1))
    assert set(done(packed()).values()) == {(0, 0)}


# --- The real one ----------------------------------------------------------------------------------------------------
@pytest.mark.skipif(not REAL.exists(), reason="../shared/data/oulad/oulad.zip is not beside this project")
@pytest.mark.timeout(600)
def test_the_real_dataset_comes_whole_and_a_second_time_changes_nothing(mutare):
    actor = Actor.system("import_oulad", *NEEDS)
    report = import_oulad(actor, REAL)
    assert report.files == {
        "courses.csv": 22,
        "assessments.csv": 206,
        "studentInfo.csv": 32_593,
        "studentRegistration.csv": 32_593,
        "studentAssessment.csv": 173_912,
    }
    assert report.unused == {"vle.csv": 6_364}
    assert {name: (merged.inserted, merged.updated) for name, merged in report.tables.items()} == {
        "terms": (4, 0),
        "courses": (7, 0),
        "sections": (22, 0),
        "students": (28_785, 0),
        "enrollments": (28_785, 0),
        "enrollment history": (28_785, 0),
        "student history": (28_785, 0),
        "registrations": (32_593, 0),
        "assessments": (206, 0),
        "marks": (173_912, 0),
    }
    assert {oddity.kind: oddity.count for oddity in report.oddities} == {
        "deprivation_band_missing": 1_111,
        "deprivation_band_without_percent": 3_516,
        "registration_date_missing": 45,
        "registered_after_start": 234,
        "withdrawal_date_missing": 93,
        "fail_with_withdrawal_date": 9,
        "left_by_day_0": 3_097,
        "left_after_end": 1,
        "exam_date_missing": 11,
        "assessment_without_marks": 18,
        "coursework_weights_not_100": 3,
        "exam_weights_not_100": 2,
        "score_missing": 173,
        "mark_banked": 1_909,
        "submitted_before_start": 148,
        "banked_before_start": 1_909,
        "submitted_after_end": 85,
        "submitted_after_leaving": 601,
    }
    with reaching(open_university().pk):
        seats = sum(Section.objects.values_list("seats_taken", flat=True))
    assert seats == 32_593 - 10_156
    latest = latest_changes()
    again = import_oulad(actor, REAL)
    assert (again.inserted, again.updated, latest_changes()) == (0, 0, latest)
    with reaching(mutare.pk), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM academic_mark")
        assert cursor.fetchone() == (0,)


def latest_changes() -> list[tuple]:
    """Of each table, how many rows there are, and the last instant and highest version of any."""
    with reaching(open_university().pk), connection.cursor() as cursor:
        found = []
        for model in KEPT:
            cursor.execute(f"SELECT count(*), max(id::text), max(updated_at), max(version) FROM {model._meta.db_table}")
            found.append(cursor.fetchone())
        return found

"""This file holds tests of the demo country: what it holds is believable, whole and nobody real."""

from collections.abc import Iterator
from datetime import UTC, datetime, time
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.db.models import Avg, Count, F, Max, Q, Sum
from django.test import override_settings
from pytest_django.plugin import DjangoDbBlocker

from academic.calendar.windows import window_of
from academic.demo.catalog import FACULTIES
from academic.demo.country import Country, make_country
from academic.demo.courses import GENERAL, courses_of
from academic.demo.terms import CURRENT, FIRST_YEAR, TERMS, TODAY
from academic.models import (
    Assessment,
    Course,
    Enrollment,
    EnrollmentStatus,
    Holiday,
    Mark,
    Prerequisite,
    ProgramCourse,
    Registration,
    Section,
    Term,
    Window,
)
from academic.registrations.ages import age_band
from core.audit.models import AuditEntry
from core.secrets.digests import blind_index
from core.tenancy.scope import reaching
from faculties.models import Department, Institution
from students.models import Student
from users.models import Grant, User
from users.roles.actors import actor_of
from users.roles.shipped import SHIPPED_ROLES

STUDENTS = 1000


@pytest.fixture(scope="module")
def country(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Country]:
    """A small country, made once for this file and rolled back at its end."""
    folder = tmp_path_factory.mktemp("var")
    with django_db_blocker.unblock(), transaction.atomic():
        with override_settings(VAR_DIR=folder):
            made = make_country(STUDENTS, 7, lambda _: None)
        yield made
        transaction.set_rollback(True)


@pytest.fixture
def everywhere(country: Country, db: None) -> Iterator[None]:
    """Inside every institution at once."""
    with reaching(*Institution.objects.values_list("pk", flat=True)):
        yield


def at(code: str) -> UUID:
    return Institution.objects.get(code=code).pk


def test_the_register_holds_the_22_accredited_universities_and_colleges(everywhere: None) -> None:
    of_type = dict(Institution.objects.values_list("type").annotate(count=Count("pk")))
    assert of_type == {"university": 22, "polytechnic": 8, "teachers_college": 13}
    assert Institution.objects.get(code="NUST").name == "National University of Science and Technology"


def test_the_country_has_as_many_students_as_asked_for(country: Country, everywhere: None) -> None:
    assert country.loaded.students == STUDENTS == Student.objects.count() == Enrollment.objects.count()
    assert country.loaded.registrations == Registration.objects.count()
    assert country.loaded.marks == Mark.objects.count()
    assert 8 * STUDENTS < country.loaded.registrations < 12 * STUDENTS


def test_every_row_passes_the_checks_of_its_model(everywhere: None) -> None:
    own = (Department, Term, Holiday, Window, Course, Prerequisite, ProgramCourse, Student, Section, Registration)
    for model in (*own, Assessment, Mark):
        for row in model.objects.order_by("pk")[:8]:
            row.full_clean()


def test_each_year_has_two_semesters_and_the_public_holidays(everywhere: None) -> None:
    institutions = Institution.objects.count()
    of_kind = dict(Term.objects.values_list("kind").annotate(count=Count("pk")).order_by())
    assert of_kind == {"year": institutions * len(TERMS) // 2, "term": institutions * len(TERMS)}
    assert not Term.objects.filter(kind="term").exclude(parent__academic_year=F("academic_year")).exists()
    days = Holiday.objects.filter(institution=at("HIT"), starts_on__year__in=(FIRST_YEAR, 2024, 2026))
    told = {f"{day:%Y-%m-%d}": name for name, day in days.values_list("name", "starts_on")}
    assert told["2023-01-02"] == "New Year's Day (observed)"  # the first was a Sunday
    assert told["2024-12-23"] == "Unity Day (observed)"
    assert told["2026-04-03"] == "Good Friday"
    assert (told["2026-08-10"], told["2026-08-11"]) == ("Heroes' Day", "Defence Forces Day")


def test_registration_is_open_in_the_semester_that_runs(everywhere: None) -> None:
    section = Section.objects.filter(term__code=CURRENT.code).order_by("pk")[0]
    now = datetime.combine(TODAY, time(12), tzinfo=UTC)
    found = {kind: window_of(section.institution_id, section.pk, None, kind) for kind in Window.Kind}
    is_open = {kind for kind, opening in found.items() if opening and opening.holds(now)}
    assert is_open == {Window.Kind.REGISTER, Window.Kind.ADD, Window.Kind.WITHDRAW}


def test_as_many_are_women_as_in_the_statistics(everywhere: None) -> None:
    women = Count("pk", filter=Q(sex=Student.Sex.FEMALE)) * 100.0 / Count("pk")
    share = dict(Student.objects.values_list("institution__type").annotate(women=women))
    assert share["university"] == pytest.approx(54, abs=6)
    assert share["teachers_college"] == pytest.approx(77, abs=8)
    assert share["polytechnic"] == pytest.approx(43, abs=8)


def test_seats_taken_are_those_of_the_registrations_that_stand(everywhere: None) -> None:
    standing = Count("registrations", filter=Q(registrations__status="registered"))
    sections = Section.objects.annotate(standing=standing)
    assert not sections.exclude(standing=F("seats_taken")).exists()
    assert not sections.filter(capacity__lt=F("seats_taken")).exists()


def test_results_come_from_marks_and_only_where_a_term_is_over(everywhere: None) -> None:
    running = Registration.objects.filter(section__term__code=CURRENT.code)
    assert set(running.values_list("result", flat=True)) == {"pending", "withdrawn"}
    past = Registration.objects.exclude(section__term__code=CURRENT.code)
    assert not past.filter(result="pending").exists()
    assert not past.filter(result="pass").exclude(result_mark__gte=50, result_mark__lt=75).exists()
    assert not past.filter(result="distinction").exclude(result_mark__gte=75).exists()
    assert not past.filter(result="fail").exclude(result_mark__lt=50).exists()
    shares = {result: count / past.count() for result, count in past.values_list("result").annotate(Count("pk"))}
    assert 0.05 < shares["fail"] < 0.2
    assert 0.05 < shares["distinction"] < 0.2
    assert 0.02 < shares["withdrawn"] < 0.05


def test_three_marks_make_the_result_they_belong_to(everywhere: None) -> None:
    weight = {"CW1": 2, "CW2": 2, "EXAM": 6}
    finished = Registration.objects.filter(result_mark__isnull=False, marks__isnull=False).distinct()
    assert finished.count() > STUDENTS
    for registration in finished.prefetch_related("marks__assessment")[:200]:
        marks = {mark.assessment.code: mark.mark for mark in registration.marks.all()}
        assert marks.keys() == weight.keys()
        assert sum(weight[code] * mark for code, mark in marks.items()) == 10 * registration.result_mark
    assert Mark.objects.aggregate(latest=Max("assessment__due_on"))["latest"] < TODAY


def test_who_fails_and_stays_takes_the_course_again(everywhere: None) -> None:
    again = Registration.objects.filter(attempt=2)
    assert again.count() > STUDENTS / 20
    for second in again.select_related("section__term")[:50]:
        first = Registration.objects.get(student=second.student_id, section__course=second.section.course_id, attempt=1)
        assert first.result == Registration.Result.FAIL
        assert first.section.term.academic_year == second.section.term.academic_year - 1


def test_the_load_of_a_term_is_the_sum_of_its_credits(everywhere: None) -> None:
    loads = Registration.objects.values("student", "section__term").annotate(
        credits=Sum("section__credits"), told=Avg("credits_studied")
    )
    assert not loads.exclude(credits=F("told")).exists()


def test_age_bands_are_those_that_the_rule_would_give(everywhere: None) -> None:
    for row in Registration.objects.select_related("student", "section").order_by("pk")[:500]:
        assert row.age_band == age_band(row.student.birth_year, row.section.starts_on)


def test_an_enrollment_stands_as_its_history_ends(everywhere: None) -> None:
    ended = Enrollment.objects.filter(ended_on__isnull=False)
    assert set(ended.values_list("status", flat=True)) == {"completed", "withdrawn", "excluded"}
    assert EnrollmentStatus.objects.filter(status="active").count() == STUDENTS
    for enrollment in Enrollment.objects.exclude(status="active").prefetch_related("history")[:100]:
        last = max(enrollment.history.all(), key=lambda step: step.starts_on)
        assert (last.status, last.starts_on) == (enrollment.status, enrollment.ended_on or CURRENT.starts_on)
    assert not Registration.objects.filter(enrollment__ended_on__lt=F("section__starts_on")).exists()


def test_what_identifies_a_student_is_encrypted_searchable_and_nobodys(everywhere: None) -> None:
    student = Student.objects.filter(institution=at("UZ")).order_by("number")[0]
    digits, letter = student.national_id[:2] + student.national_id[3:9], student.national_id[9]
    assert letter != "ZABCDEFGHJKLMNPQRSTVWXY"[int(digits) % 23]
    index = blind_index("students_student.national_id", None, student.national_id)
    assert Student.objects.get(institution=at("UZ"), national_id_index=index) == student
    assert student.date_of_birth.year == student.birth_year
    with connection.cursor() as cursor:
        cursor.execute("SELECT national_id FROM students_student WHERE id = %s", [student.pk])
        assert student.national_id.encode() not in bytes(cursor.fetchone()[0])


def test_prerequisites_come_from_the_same_program_and_an_earlier_half(everywhere: None) -> None:
    edges = Prerequisite.objects.all()
    assert edges.count() > 300
    assert not edges.exclude(course__program=F("requires__program")).exists()
    assert not edges.filter(course__level__lt=F("requires__level")).exists()
    for faculty in FACULTIES.values():
        for department in faculty.departments:
            for award in department.awards:
                for year in GENERAL:
                    when = {one.title: (one.year, one.half) for one in courses_of(award, department, year)}
                    required = [one for one in courses_of(award, department, year) if one.requires]
                    assert all(when[one.requires] < when[one.title] for one in required)


def test_there_is_an_account_for_every_role_but_the_national_administrator(country: Country, everywhere: None) -> None:
    held = set(Grant.objects.values_list("role__code", flat=True))
    assert held == SHIPPED_ROLES.keys() - {"national-administrator"}
    assert User.objects.filter(is_demo=True).count() == User.objects.count() == len(country.accounts) == 18
    assert actor_of(User.objects.get(email="registrar@uz.demo.test")).home == at("UZ")
    assert actor_of(User.objects.get(email="registrar@nust.demo.test")).home == at("NUST")


def test_the_password_stands_in_a_file_for_its_owner_alone(country: Country, everywhere: None) -> None:
    lines = Path(country.accounts_file).read_text().splitlines()
    password = lines[1].removeprefix("password ")
    assert len(password) == 24
    assert country.accounts_file.stat().st_mode & 0o777 == 0o600
    assert [line.split(" ", 2)[:2] for line in lines[2:]] == [[one.email, one.role] for one in country.accounts]
    assert User.objects.get(email="student@nust.demo.test").check_password(password)


def test_the_lecturer_and_the_student_have_something_to_see(everywhere: None) -> None:
    lecturer = actor_of(User.objects.get(email="lecturer@uz.demo.test"))
    assert Registration.objects.visible_to(lecturer, "academic.view_registration").exists()
    student = actor_of(User.objects.get(email="student@uz.demo.test"))
    mine = Registration.objects.visible_to(student, "academic.view_registration")
    assert mine.filter(result="pending").exists()
    assert mine.values("student").distinct().count() == 1


def test_each_institution_leaves_one_audit_entry(everywhere: None) -> None:
    entries = AuditEntry.objects.filter(rule="academic.demo.seeded")
    assert entries.count() == 43
    assert entries.aggregate(students=Sum("count"))["students"] == STUDENTS

"""This file holds the tests of enrollments, registrations and the gradebook."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from academic.enrollments.rules import change_status, enroll_student
from academic.factories import (
    make_assessment,
    make_enrollment,
    make_mark,
    make_program,
    make_program_version,
    make_registration,
    make_section,
)
from academic.gradebook.rules import change_assessment, change_mark, record_mark
from academic.models import Enrollment, EnrollmentStatus, Mark, Registration, Section, Teaching
from academic.permissions import PERMISSIONS
from academic.registrations.ages import age_band
from academic.registrations.results import record_result
from academic.registrations.rules import register, withdraw
from academic.tests.registration_lab import make_coming_section
from core.actor import Actor
from core.audit.models import AuditEntry
from core.errors import Invalid, NotAllowed, NotVisible, RuleBroken
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from faculties.factories import make_institution
from faculties.models import Institution
from students.factories import make_student
from students.models import Student, StudentStatus
from users.factories import make_person

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)
REGISTRATIONS, MARKS = "/api/v1/academic/registrations/", "/api/v1/academic/marks/"


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS, "students.view_student").actor


def test_enrolling_gives_a_student_a_home_and_a_history(registrar: Actor, harare: Institution):
    student, version = make_student(harare), make_program_version(harare)
    enrollment = enroll_student(registrar, student=student, program_version=version, enrolled_on=DAY)
    student.refresh_from_db()
    assert student.department == version.program.department
    assert list(EnrollmentStatus.objects.values_list("enrollment", "status", "starts_on")) == [
        (enrollment.pk, "active", DAY)
    ]


def test_a_student_is_enrolled_in_a_program_once(registrar: Actor, harare: Institution):
    first = make_enrollment(harare)
    with pytest.raises(Invalid) as refusal:
        enroll_student(registrar, student=first.student, program_version=first.program_version, enrolled_on=DAY)
    assert (refusal.value.code, Enrollment.objects.count()) == ("already_enrolled", 1)


def test_nobody_enrolls_in_a_closed_program(registrar: Actor, harare: Institution):
    version = make_program_version(harare, program=make_program(harare, status="closed"))
    with pytest.raises(RuleBroken) as refusal:
        enroll_student(registrar, student=make_student(harare), program_version=version, enrolled_on=DAY)
    assert (refusal.value.code, Enrollment.objects.count()) == ("program_not_active", 0)


def test_the_history_of_an_enrollment_goes_forward(registrar: Actor, harare: Institution):
    enrollment = make_enrollment(harare, enrolled_on=DAY)
    later = change_status(registrar, enrollment, status="deferred", starts_on=DAY + timedelta(days=9))
    for status in ("active", "withdrawn"):
        with pytest.raises(RuleBroken) as refusal:
            change_status(registrar, later, status=status, starts_on=DAY + timedelta(days=8))
        assert (refusal.value.code, refusal.value.problems[0].field) == ("before_last_step", "starts_on")
    assert [step.status for step in enrollment.history.all()] == ["deferred"]
    assert change_status(registrar, later, status="active", starts_on=DAY + timedelta(days=9)).status == "active"


def test_an_enrollment_that_ended_does_not_begin_again(registrar: Actor, harare: Institution):
    enrollment = change_status(registrar, make_enrollment(harare), status="withdrawn", starts_on=DAY, reason="Moved")
    assert (enrollment.ended_on, enrollment.history.get().reason) == (DAY, "Moved")
    with pytest.raises(RuleBroken) as refusal:
        change_status(registrar, enrollment, status="active", starts_on=DAY)
    assert refusal.value.code == "enrollment_ended"
    again = enroll_student(
        registrar, student=enrollment.student, program_version=enrollment.program_version, enrolled_on=DAY
    )
    assert again.pk != enrollment.pk


@pytest.mark.parametrize(
    ("status", "becomes", "why"),
    [
        ("completed", "graduated", ""),
        ("withdrawn", "dropped_out", "not_stated"),
        ("excluded", "dropped_out", "excluded"),
    ],
)
def test_when_the_last_enrollment_ends_the_student_graduated_or_dropped_out(registrar, harare, status, becomes, why):
    enrollment = make_enrollment(harare)
    change_status(registrar, enrollment, status=status, starts_on=DAY, reason="Moved")
    step = StudentStatus.objects.get(student=enrollment.student)
    assert (step.status, step.starts_on, step.reason, step.note) == (becomes, DAY, why, "Moved")
    assert Student.objects.get().status == becomes


def test_a_student_stays_active_while_another_enrollment_goes_on(registrar: Actor, harare: Institution):
    student = make_student(harare)
    first, _ = make_enrollment(harare, student=student), make_enrollment(harare, student=student)
    change_status(registrar, first, status="completed", starts_on=DAY)
    assert (Student.objects.get().status, StudentStatus.objects.count()) == ("active", 0)


def test_a_deferred_enrollment_does_not_move_the_student(registrar: Actor, harare: Institution):
    change_status(registrar, make_enrollment(harare), status="deferred", starts_on=DAY)
    assert Student.objects.get().status == "active"


def test_an_enrollment_that_ends_does_not_take_back_that_a_student_died(registrar: Actor, harare: Institution):
    enrollment = make_enrollment(harare, student=make_student(harare, status="deceased"))
    change_status(registrar, enrollment, status="withdrawn", starts_on=DAY)
    assert (Student.objects.get().status, StudentStatus.objects.count()) == ("deceased", 0)


def test_a_graduate_who_enrolls_again_is_active_again(registrar: Actor, harare: Institution):
    student, version = make_student(harare, status="graduated"), make_program_version(harare)
    enroll_student(registrar, student=student, program_version=version, enrolled_on=DAY)
    assert list(StudentStatus.objects.values_list("student", "status", "starts_on")) == [(student.pk, "active", DAY)]
    assert Student.objects.get().status == "active"


def test_nobody_enrolls_who_has_died(registrar: Actor, harare: Institution):
    student, version = make_student(harare, status="deceased"), make_program_version(harare)
    with pytest.raises(RuleBroken) as refusal:
        enroll_student(registrar, student=student, program_version=version, enrolled_on=DAY)
    assert (refusal.value.code, Enrollment.objects.count()) == ("student_deceased", 0)


def test_registering_takes_a_seat_and_keeps_the_age_band(registrar: Actor, harare: Institution):
    student = make_student(harare, birth_year=2005)
    section, enrollment = make_section(harare, capacity=30), make_enrollment(harare, student=student)
    registration = register(registrar, enrollment=enrollment, section=section, registered_on=DAY)
    section.refresh_from_db()
    assert (registration.age_band, registration.student, section.seats_taken) == ("20-24", student, 1)


def test_the_same_request_sent_twice_registers_once(registrar: Actor, harare: Institution):
    enrollment, section = make_enrollment(harare), make_coming_section(harare, capacity=30)
    register(registrar, enrollment=enrollment, section=section)
    with pytest.raises(Invalid) as refusal:
        register(registrar, enrollment=enrollment, section=section)
    section.refresh_from_db()
    assert (refusal.value.code, section.seats_taken) == ("already_registered", 1)


def test_a_full_section_takes_nobody(registrar: Actor, harare: Institution):
    section = make_coming_section(harare, capacity=1)
    register(registrar, enrollment=make_enrollment(harare), section=section)
    with pytest.raises(RuleBroken) as refusal:
        register(registrar, enrollment=make_enrollment(harare), section=section)
    assert (refusal.value.code, Registration.objects.count()) == ("full", 1)


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_no_seat_too_many_is_taken():
    harare = make_institution()
    section = make_coming_section(harare, capacity=3)
    enrollments = [make_enrollment(harare) for _ in range(8)]
    actor = person_at(harare, *PERMISSIONS).actor

    def attempt(enrollment: Enrollment) -> str:
        try:
            with reaching(harare.pk):
                register(actor, enrollment=enrollment, section=section)
            return "registered"
        except RuleBroken as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(pool.map(attempt, enrollments))
    assert outcomes == ["full"] * 5 + ["registered"] * 3
    with reaching(harare.pk):
        assert (Section.objects.get().seats_taken, Registration.objects.count()) == (3, 3)


def test_the_database_refuses_a_seat_too_many(registrar: Actor, harare: Institution):
    section = make_section(harare, capacity=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Section.objects.filter(pk=section.pk).update(seats_taken=2)


def test_capacity_does_not_fall_below_the_seats_taken(registrar: Actor, harare: Institution):
    section = make_registration(harare, section=make_section(harare, capacity=5)).section
    answer = client_of(registrar).patch(f"/api/v1/academic/sections/{section.pk}/", {"capacity": 0})
    problem = answer.json()["errors"][0]
    assert (answer.status_code, problem["code"], problem["field"]) == (422, "too_few_seats", "capacity")


def test_a_registration_belongs_to_an_enrollment_of_its_own_student(registrar: Actor, harare: Institution):
    section, enrollment, other = make_section(harare), make_enrollment(harare), make_student(harare)
    with pytest.raises(IntegrityError), transaction.atomic():  # noqa: PT012 (the key is checked at the end)
        Registration.objects.create(institution=harare, section=section, enrollment=enrollment, student=other)
        connection.check_constraints()


def test_withdrawing_keeps_the_row_and_frees_the_seat(registrar: Actor, harare: Institution):
    registration = make_registration(harare, section=make_section(harare, capacity=1))
    withdrawn = withdraw(registrar, registration, withdrawn_on=DAY)
    assert (withdrawn.status, withdrawn.result, withdrawn.withdrawn_on) == ("withdrawn", "withdrawn", DAY)
    assert Section.objects.get().seats_taken == 0
    with pytest.raises(RuleBroken) as refusal:
        record_result(registrar, withdrawn, result="pass")
    assert refusal.value.code == "withdrawn"


def test_withdrawing_is_not_a_result_to_record(registrar: Actor, harare: Institution):
    with pytest.raises(RuleBroken) as refusal:
        record_result(registrar, make_registration(harare), result="withdrawn")
    assert refusal.value.code == "withdraw_instead"


def test_a_mark_comes_with_a_result(registrar: Actor, harare: Institution):
    registration = make_registration(harare)
    with pytest.raises(RuleBroken) as refusal:
        record_result(registrar, registration, result="pending", result_mark=Decimal(80))
    (problem,) = refusal.value.problems
    assert (problem.code, problem.field) == ("mark_without_result", "result_mark")
    for fields in ({"result": "pending"}, {"result": "withdrawn", "status": "withdrawn"}):
        with pytest.raises(IntegrityError, match="registration_mark_of_a_result"), transaction.atomic():
            Registration.objects.filter(pk=registration.pk).update(result_mark=80, **fields)
    # A result that was a mistake goes with its mark.
    record_result(registrar, registration, result="fail", result_mark=Decimal(12))
    assert record_result(registrar, registration, result="pending").result_mark is None


def test_a_result_stands_against_withdrawing(registrar: Actor, harare: Institution):
    registration = record_result(registrar, make_registration(harare), result="fail", result_mark=Decimal("39.5"))
    with pytest.raises(RuleBroken) as refusal:
        withdraw(registrar, registration, withdrawn_on=DAY)
    assert (refusal.value.code, registration.result_mark) == ("result_stands", Decimal("39.50"))


def test_a_result_is_recorded_on_the_version_that_was_read(registrar: Actor, harare: Institution):
    registration = make_registration(harare)
    client, url = client_of(registrar), f"{REGISTRATIONS}{registration.pk}/"
    tag = client.get(url).headers["ETag"]
    body = {"result": "pass", "result_mark": "64.00"}
    assert client.post(f"{url}record-result/", body).status_code == 428
    first = client.post(f"{url}record-result/", body, headers={"If-Match": tag})
    assert (first.status_code, first.json()["data"]["result_mark"]) == (200, "64.00")
    second = client.post(f"{url}record-result/", {"result": "fail"}, headers={"If-Match": tag})
    assert (second.status_code, second.json()["errors"][0]["code"]) == (412, "changed_meanwhile")
    with reaching(harare.pk):
        assert Registration.objects.get().result == "pass"


@pytest.mark.parametrize(
    ("born", "band"),
    [(2007, "0-19"), (2006, "20-24"), (2002, "20-24"), (2001, "25-34"), (1991, "35-54"), (1971, "55+"), (None, "")],
)
def test_an_age_band_is_half_open(born: int | None, band: str):
    assert age_band(born, DAY) == band


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"mark": Decimal("100.5")}, "mark_too_high"),
        ({"mark": None}, "mark_and_state_differ"),
        ({"mark": Decimal(0), "state": "excused"}, "mark_and_state_differ"),
        ({"mark": Decimal(-1)}, "min_value"),
    ],
)
def test_an_impossible_mark_is_refused(registrar: Actor, harare: Institution, fields: dict, code: str):
    registration = make_registration(harare)
    assessment = make_assessment(harare, section=registration.section)
    with pytest.raises(RuleBroken) as refusal:
        record_mark(registrar, assessment=assessment, registration=registration, **fields)
    assert (refusal.value.code, Mark.objects.count()) == (code, 0)


def test_a_zero_an_excuse_and_no_row_are_three_things(registrar: Actor, harare: Institution):
    section = make_section(harare)
    assessment = make_assessment(harare, section=section)
    zero, excused, _absent = (make_registration(harare, section=section) for _ in range(3))
    record_mark(registrar, assessment=assessment, registration=zero, mark=Decimal(0))
    record_mark(registrar, assessment=assessment, registration=excused, state="excused")
    assert list(Mark.objects.order_by("id").values_list("state", "mark")) == [("marked", 0), ("excused", None)]


def test_a_mark_is_for_a_registration_of_the_same_section(registrar: Actor, harare: Institution):
    with pytest.raises(RuleBroken) as refusal:
        record_mark(
            registrar, assessment=make_assessment(harare), registration=make_registration(harare), mark=Decimal(50)
        )
    assert refusal.value.code == "other_section"


def test_a_maximum_does_not_fall_below_a_mark(registrar: Actor, harare: Institution):
    mark = make_mark(harare, mark=Decimal(60))
    with pytest.raises(RuleBroken) as refusal:
        change_assessment(registrar, mark.assessment, maximum=Decimal(50))
    assert refusal.value.code == "marks_above"


def test_a_changed_mark_leaves_the_one_before_on_the_audit_log(registrar: Actor, harare: Institution):
    change_mark(registrar, make_mark(harare, mark=Decimal(60)), mark=Decimal("65.50"))
    assert AuditEntry.objects.get(rule="academic.mark.changed").changes == {"mark": ["60.00", "65.50"]}


def test_the_lecturer_of_a_section_keeps_its_marks_and_no_others(harare: Institution):
    lecturer = make_person(grants=[("lecturer", harare)])
    mine, other = make_mark(harare), make_mark(harare)
    with reaching(harare.pk):
        Teaching(institution=harare, section=mine.assessment.section, account=lecturer).save_checked()
    client = client_of(lecturer.actor)
    assert [row["id"] for row in client.get(MARKS).json()["data"]] == [str(mine.pk)]
    with reaching(harare.pk):
        assert change_mark(lecturer.actor, mine, mark=Decimal(70)).mark == Decimal(70)
        with pytest.raises(NotVisible):
            change_mark(lecturer.actor, other, mark=Decimal(70))
        stranger = make_registration(harare, section=other.assessment.section)
        with pytest.raises(NotAllowed):
            record_mark(lecturer.actor, assessment=other.assessment, registration=stranger, mark=Decimal(99))
        assert Mark.objects.filter(mark=99).count() == 0


def test_a_student_sees_the_own_results_and_marks_and_changes_none(harare: Institution):
    person = make_person(grants=[("student", harare)])
    mine = make_mark(harare, registration=make_registration(harare, student=make_student(harare, account=person)))
    make_mark(harare)
    client = client_of(person.actor)
    assert [row["id"] for row in client.get(REGISTRATIONS).json()["data"]] == [str(mine.registration_id)]
    assert [row["id"] for row in client.get(MARKS).json()["data"]] == [str(mine.pk)]
    assert client.patch(f"{MARKS}{mine.pk}/", {"mark": "100"}).status_code == 403
    with reaching(harare.pk):
        assert Mark.objects.get(pk=mine.pk).mark == Decimal(60)


def test_a_student_with_an_enrollment_is_not_deleted(registrar: Actor, harare: Institution):
    student = make_enrollment(harare).student
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:  # noqa: PT012
        cursor.execute("DELETE FROM students_student WHERE id = %s", [student.pk])
        connection.check_constraints()
    assert Student.objects.filter(pk=student.pk).exists()

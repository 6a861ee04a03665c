"""This file holds the tests of students' status: which may follow which, and the history of it."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from core.audit.models import AuditEntry
from core.errors import RuleBroken
from core.personal.erasing import erase
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from faculties.factories import today_there
from faculties.models import Institution
from students.factories import make_student
from students.models import Student, StudentStatus
from students.permissions import PERMISSIONS
from students.statuses.moves import MOVES
from students.statuses.rules import become_active, change_status, take_status
from students.students.rules import enter_student
from users.factories import make_person

pytestmark = pytest.mark.django_db
STUDENTS, STATUSES = "/api/v1/students/", "/api/v1/students/statuses/"
EARLY, DAY = date(2024, 2, 1), date(2024, 3, 1)


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS)


def steps_of(student: Student) -> list[tuple[str, date]]:
    return list(StudentStatus.objects.filter(student=student).order_by("id").values_list("status", "starts_on"))


def refused(code: str, student: Student, *args: object) -> str:
    """What `take_status` says, which changes nothing."""
    before = student.status, steps_of(student)
    with pytest.raises(RuleBroken) as refusal:
        take_status(student, *args)
    student.refresh_from_db()
    assert (refusal.value.code, student.status, steps_of(student)) == (code, *before)
    return refusal.value.problems[0].message


def test_a_student_begins_active_with_the_year_of_entry(registrar):
    student = enter_student(registrar.actor, number="R1", family_name="Ncube", entry_year=2023)
    assert steps_of(student) == [("active", date(2023, 1, 1))]


def test_who_enters_next_year_is_on_the_register_from_today(registrar):
    today = today_there()
    student = enter_student(registrar.actor, number="R1", family_name="Ncube", entry_year=today.year + 1)
    assert steps_of(student) == [("active", today)]


def test_a_status_is_changed_by_the_verb_and_leaves_a_step(registrar, harare):
    student = make_student(harare)
    body = {"status": "deferred", "starts_on": "2024-03-01", "reason": "health", "note": "Until August"}
    answer = client_of(registrar).post(f"{STUDENTS}{student.pk}/change-status/", body)
    assert (answer.status_code, answer.json()["data"]["status"]) == (200, "deferred")
    (row,) = client_of(registrar).get(STATUSES, {"student": str(student.pk)}).json()["data"]
    assert {name: row[name] for name in body} == body
    entry = AuditEntry.objects.get(rule="students.student.status_changed")
    assert entry.changes["status"] == ["active", "deferred"]


def test_changing_a_status_needs_its_own_permission(harare):
    student = make_student(harare)
    client = client_of(person_at(harare, "students.view_student", "students.change_student"))
    answer = client.post(f"{STUDENTS}{student.pk}/change-status/", {"status": "deferred", "starts_on": "2024-03-01"})
    assert answer.status_code == 403
    with reaching(harare.pk):
        assert not StudentStatus.objects.exists()


@pytest.mark.parametrize(("status", "wanted"), [(one, other) for one in Student.Status for other in Student.Status])
def test_only_the_moves_of_the_table_are_made(registrar, harare, status, wanted):
    student = make_student(harare, status=status)
    if wanted in MOVES[status]:
        assert take_status(student, wanted, DAY, "other").status == wanted
        assert steps_of(student) == [(wanted, DAY)]
    else:
        said = refused("status_not_allowed", student, wanted, DAY, "other")
        assert all(following in said for following in MOVES[status])


def test_a_refusal_names_what_may_follow(registrar, harare):
    assert refused("status_not_allowed", make_student(harare, status="graduated"), "active", DAY) == (
        "This student is graduated: deceased may follow, and active by a new enrollment."
    )
    assert refused("status_not_allowed", make_student(harare, status="deceased"), "active", DAY) == (
        "This student is deceased: nothing may follow."
    )


def test_a_step_does_not_begin_before_the_last_one(registrar, harare):
    student = make_student(harare)
    take_status(student, "suspended", DAY)
    student.refresh_from_db()
    assert "suspended since 2024-03-01" in refused("before_last_step", student, "active", EARLY)
    assert take_status(student, "active", DAY).status == "active"


def test_a_status_is_not_entered_before_its_day(registrar, harare):
    student = make_student(harare)
    with pytest.raises(RuleBroken) as refusal:
        change_status(registrar.actor, student, status="deceased", starts_on=today_there() + timedelta(days=1))
    assert (refusal.value.code, steps_of(student)) == ("not_yet", [])


def test_dropping_out_says_why(registrar, harare):
    student = make_student(harare)
    url, body = f"{STUDENTS}{student.pk}/change-status/", {"status": "dropped_out", "starts_on": "2024-03-01"}
    answer = client_of(registrar).post(url, body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "reason_needed")
    assert steps_of(student) == []
    assert client_of(registrar).post(url, {**body, "reason": "not_stated"}).status_code == 200
    with pytest.raises(IntegrityError), transaction.atomic():
        StudentStatus.objects.update(reason="")


@pytest.mark.parametrize("status", ["graduated", "transferred_out", "dropped_out", "deferred"])
def test_who_left_becomes_active_by_a_new_enrollment(registrar, harare, status):
    assert become_active(make_student(harare, status=status), DAY).status == "active"


def test_who_is_active_has_no_new_step_by_a_new_enrollment(registrar, harare):
    student = make_student(harare)
    become_active(student, DAY)
    assert steps_of(student) == []


def test_a_student_sees_the_own_history_and_no_other(harare):
    person = make_person(grants=[("student", harare)])
    with reaching(harare.pk):
        mine, other = make_student(harare, account=person), make_student(harare)
        for student in (mine, other):
            take_status(student, "deferred", DAY)
    rows = client_of(person.actor).get(STATUSES).json()["data"]
    assert [row["student"] for row in rows] == [str(mine.pk)]


@pytest.mark.django_db(transaction=True)
def test_erasing_a_student_leaves_the_steps_without_their_reasons(harare):
    with reaching(harare.pk):
        student = make_student(harare)
        take_status(student, "dropped_out", DAY, "health", "In hospital")
        erase([student], harare.pk)
        step = StudentStatus.objects.get()
        assert (step.status, step.starts_on, step.reason, step.note) == ("dropped_out", DAY, "not_stated", "")

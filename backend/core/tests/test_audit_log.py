"""This file holds the tests of the audit log in the database: it is appended to, and nothing else."""

from contextlib import nullcontext

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext

from academic.factories import make_assessment, make_mark, make_registration
from core.actor import Actor
from core.audit.models import AuditEntry
from core.audit.record import record
from core.tenancy.roles import as_owner
from core.tenancy.scope import reaching
from students.factories import make_student
from students.models import Student
from users.factories import make_grant, make_person

pytestmark = pytest.mark.django_db(transaction=True)

ALTERATIONS = ["UPDATE core_auditentry SET rule = ''", "DELETE FROM core_auditentry", "TRUNCATE core_auditentry"]
NOT_MAINTAINING = "SET LOCAL tesc.maintenance = 'off'"


def run(*statements: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@pytest.mark.parametrize("alteration", ALTERATIONS)
@pytest.mark.parametrize(
    ("login", "refusal"), [(nullcontext, "permission denied"), (as_owner, "the audit log is append-only")]
)
def test_nobody_alters_what_is_written(login, refusal, alteration):
    record(Actor("Tendai Moyo"), "students.student.entered", None)
    with login(), pytest.raises(ProgrammingError, match=refusal):
        run(NOT_MAINTAINING, alteration)
    assert AuditEntry.objects.values_list("rule", flat=True).get() == "students.student.entered"


@pytest.mark.parametrize("alteration", ALTERATIONS[:2])
def test_not_even_maintenance_alters_an_entry(alteration):
    record(Actor("Tendai Moyo"), "students.student.entered", None)
    with as_owner(), pytest.raises(ProgrammingError, match="the audit log is append-only"):
        run(alteration)


def test_maintenance_may_begin_anew():
    record(Actor("Tendai Moyo"), "students.student.entered", None)
    with as_owner():
        run("TRUNCATE core_auditentry")
    assert AuditEntry.objects.count() == 0


def test_an_entry_knows_its_transaction():
    with transaction.atomic():
        entries = [record(Actor("Tendai Moyo"), "students.student.entered", None) for _ in range(2)]
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()::text::bigint")
            (current,) = cursor.fetchone()
    assert {AuditEntry.objects.get(pk=entry.pk).transaction for entry in entries} == {current}


# --- Whose person an entry is about ---
def test_an_entry_says_whose_record_it_is_about(harare):
    """However far from the account the row lies, and in the same statement."""
    person = make_person()
    with reaching(harare.pk):
        student = make_student(harare, account=person)
        registration = make_registration(harare, student=student)
        mark = make_mark(harare, registration=registration)
        subjects = [person, student, registration.enrollment, registration, mark, make_grant(person, "student", harare)]
        with CaptureQueriesContext(connection) as queries:
            keys = [record(Actor("Chipo"), "x.y.changed", subject).pk for subject in subjects]
    assert set(AuditEntry.objects.filter(pk__in=keys).values_list("person_id", flat=True)) == {person.pk}
    assert len(queries) == len(subjects)


def test_the_entry_of_a_removal_says_it_too(harare):
    person = make_person()
    with reaching(harare.pk):
        student, mark = make_student(harare, account=person), make_mark(harare)
        Student.objects.filter(pk=mark.registration.student_id).update(account=person)
        for row in (student, mark):
            key = row.pk
            row.delete()
            record(Actor("Chipo"), "x.y.removed", row, subject_id=key)
    assert list(AuditEntry.objects.values_list("person_id", flat=True)) == [person.pk, person.pk]


def test_an_entry_about_nobody_or_about_many_names_no_person(harare):
    person = make_person()
    with reaching(harare.pk):
        student, stranger = make_student(harare, account=person), make_student(harare)
        assessment = make_assessment(harare)
    record(Actor("Chipo"), "x.y.changed", stranger)
    record(Actor("Chipo"), "x.y.changed", assessment)
    record(Actor("Chipo"), "x.y.changed", harare)
    record(Actor("Chipo"), "x.y.changed", None)
    record(Actor("Chipo"), "x.y.changed", student, count=2)
    assert set(AuditEntry.objects.values_list("person_id", flat=True)) == {None}
    assert AuditEntry.objects.count() == 5

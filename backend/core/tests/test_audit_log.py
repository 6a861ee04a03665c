"""This file holds the tests of the audit log in the database: it is appended to, and nothing else."""

from contextlib import nullcontext

import pytest
from django.db import ProgrammingError, connection, transaction

from core.actor import Actor
from core.audit.models import AuditEntry
from core.audit.record import record
from core.tenancy.roles import as_owner

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

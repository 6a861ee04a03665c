"""This file holds what tests of the audit log begin with: entries, and somebody who tampers as its owner."""

import time

from django.db import connection, transaction

from core.actor import Actor
from core.audit.models import AuditEntry
from core.audit.record import record
from core.ids import uuid7
from core.ledger import sealer
from core.tenancy.roles import as_owner

OF_OTHER_TESTS = """
SELECT count(*) FROM pg_locks held JOIN pg_stat_activity USING (pid)
WHERE held.locktype = 'transactionid' AND held.transactionid::text::bigint < %s
  AND (datname <> current_database() OR backend_type <> 'client backend')
"""

TENDAI = Actor("Tendai Moyo", uuid7())


def written(count: int) -> list[AuditEntry]:
    return [record(TENDAI, "students.student.changed", None, changes={"name": ["A", f"B{n}"]}) for n in range(count)]


def settle() -> None:
    """Wait for the transactions that other tests began in databases beside this one, and for PostgreSQL's own.

    A server counts transactions across its databases, and the sealer rightly waits for each that may still write.
    """
    deadline = time.monotonic() + 200
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
        now = cursor.fetchone()
        cursor.execute(OF_OTHER_TESTS, now)
        while cursor.fetchone()[0]:
            assert time.monotonic() < deadline, "another test's transaction has run for minutes"
            time.sleep(0.02)
            cursor.execute(OF_OTHER_TESTS, now)


def seal() -> int:
    settle()
    return sealer.seal()


def tamper(*statements: str) -> None:
    """What somebody with the owner's password can do to the tables: switch off the triggers first."""
    with as_owner(), transaction.atomic(), connection.cursor() as cursor:
        for table in ("core_auditentry", "core_block"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in statements:
            cursor.execute(statement)
        for table in ("core_auditentry", "core_block"):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def changed(entry: AuditEntry, column: str = "actor_name", to: str = "'Nobody'") -> str:
    return f"UPDATE core_auditentry SET \"{column}\" = {to} WHERE id = '{entry.pk}'"  # noqa: S608 (our own words)


def removed(entry: AuditEntry) -> str:
    return f"DELETE FROM core_auditentry WHERE id = '{entry.pk}'"  # noqa: S608 (our own words)


def copied(entry: AuditEntry, **other: str) -> str:
    """One like it put in, but for these columns."""
    names = [field.column for field in AuditEntry._meta.concrete_fields]
    columns, values = (
        ", ".join(f'"{name}"' for name in names),
        ", ".join(other.get(name, f'"{name}"') for name in names),
    )
    chosen = f"SELECT {values} FROM core_auditentry WHERE id = '{entry.pk}'"  # noqa: S608 (our own words)
    return f"INSERT INTO core_auditentry ({columns}) {chosen}"

"""This file holds tests of what the planner is told of rows that are not committed yet."""

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, transaction

from core.planner import tell_planner
from core.tenancy.roles import as_owner

MODEL = apps.get_model(settings.TENANT_MODEL)
TABLE = MODEL._meta.db_table


def make(count: int) -> None:
    MODEL.objects.bulk_create(MODEL(code=f"C{n}", name=f"College {n}", type="university") for n in range(count))


def believed() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::int FROM pg_class WHERE oid = %s::regclass", [TABLE])
        return int(cursor.fetchone()[0])


@pytest.fixture
def seems_empty(transactional_db: None) -> None:
    """A table that held rows, and was counted when it held none."""
    with as_owner(), connection.cursor() as cursor:
        make(300)
        cursor.execute(f"DELETE FROM {TABLE}")  # noqa: S608 (our own name)
        cursor.execute(f"ANALYZE {TABLE}")
    assert believed() == 0


def test_rows_that_are_not_committed_yet_are_counted(seems_empty):
    with transaction.atomic():
        make(400)
        tell_planner(TABLE)
        assert believed() == 400


def test_what_the_planner_knows_well_enough_is_not_counted_again(seems_empty):
    make(300)
    tell_planner(TABLE)
    MODEL.objects.filter(code="C7").delete()
    tell_planner(TABLE)
    assert believed() == 300


def test_a_table_that_somebody_else_holds_is_left_to_them(seems_empty):
    other = connection.copy()
    try:
        with transaction.atomic(), other.cursor() as held:
            held.execute("BEGIN")
            held.execute(f"LOCK TABLE {TABLE} IN SHARE UPDATE EXCLUSIVE MODE")
            make(400)
            tell_planner(TABLE)
            assert believed() == 0
            held.execute("ROLLBACK")
    finally:
        other.close()

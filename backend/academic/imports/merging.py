"""This file holds how wanted rows become rows of an institution: set by set, what is new and what differs."""

# ruff: noqa: S608  What is pasted into the SQL are names of ours.

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from academic.imports.loads import BadSource, Load
from core.ids import NEW_ID
from core.planner import tell_planner

# So that a broken key is told while the import runs, and checks don't queue up until the commit.
CHECK_AT_ONCE = "SET CONSTRAINTS ALL IMMEDIATE"


@dataclass(frozen=True, slots=True)
class Merged:
    """What became of the rows of one table."""

    rows: int
    inserted: int
    updated: int


def merge(load: Load, known: Mapping[str, Any]) -> Merged:
    """Insert the rows that are new, and change those that differ. A row that is the same is not touched."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{load.staged}")
        cursor.execute(resolved(load), known)
        rows = cursor.rowcount
        cursor.execute(f"ANALYZE {load.staged}")
        if load.refusal:
            cursor.execute(f"{load.refusal.found} ORDER BY line LIMIT 1", known)
            for line, name in cursor.fetchall():
                raise BadSource(load.refusal.words.format(line, name))
        cursor.execute(f"SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE is_changed) FROM {load.staged}")
        new, changed = cursor.fetchone()
        # Not run in vain: a statement without rows still tells the triggers of reference tables.
        if new:
            cursor.execute(inserting(load), known)
            tell_planner(load.table)
        if changed:
            cursor.execute(updating(load), known)
    return Merged(rows, new, changed)


def resolved(load: Load) -> str:
    """Each wanted row with its id, and whether it is new or differs."""
    same = load.match or " AND ".join(f"own.{name} = wanted.{name}" for name in load.key)
    differs = f"({listed(load.stated, 'own.')}) IS DISTINCT FROM ({listed(load.stated, 'wanted.')})"
    return f"""
    CREATE TEMP TABLE {load.staged} ON COMMIT DROP AS
    SELECT wanted.*, coalesce(own.id, {NEW_ID}) AS id, own.id IS NULL AS is_new,
      own.id IS NOT NULL AND {differs if load.stated else "false"} AS is_changed
    FROM ({load.wanted}) wanted LEFT JOIN ({load.existing}) own ON {same}"""


def inserting(load: Load) -> str:
    columns = listed((*load.key, *load.stated))
    return f"""
    INSERT INTO {load.table} (id, institution_id, created_at, updated_at, version, {listed((columns, *load.given))})
    SELECT id, %(institution)s, now(), now(), 1, {listed((columns, *load.given.values()))}
    FROM {load.staged} WHERE is_new"""


def updating(load: Load) -> str:
    values = listed(tuple(f"{name} = wanted.{name}" for name in load.stated))
    return f"""
    UPDATE {load.table} own SET {values}, updated_at = now(), version = own.version + 1
    FROM {load.staged} wanted
    WHERE own.institution_id = %(institution)s AND own.id = wanted.id AND wanted.is_changed"""


def listed(names: tuple[str, ...], prefix: str = "") -> str:
    return ", ".join(prefix + name for name in names)


def begin(loads: Sequence[Load]) -> None:
    """Make ready for the writing of these tables.

    The lock is held against autovacuum alone, which would count none of the rows that are not committed yet and undo
    what the planner was told.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {', '.join(load.table for load in loads)} IN SHARE UPDATE EXCLUSIVE MODE")
        cursor.execute(CHECK_AT_ONCE)


def clear(loads: Sequence[Load]) -> None:
    """Drop what was wanted: later work in the same transaction may import again."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {', '.join(load.staged for load in loads)}")

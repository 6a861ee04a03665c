"""This file holds how a derived list is counted: one statement, whatever the number of students."""

# ruff: noqa: S608  What is pasted into the SQL are names of ours.

from datetime import date
from uuid import UUID

from django.db import connection

from analysis.lists.definitions import DEFINITIONS, EARNED, STUDYING

COUNT = """
WITH studying AS MATERIALIZED ({studying}),
earned AS MATERIALIZED ({earned}),
wanted AS MATERIALIZED (
  SELECT enrollment_id, array_agg(rule ORDER BY place) AS rules, array_agg(reason ORDER BY place) AS reasons
  FROM ({found}) found GROUP BY enrollment_id
),
gone AS (
  DELETE FROM analysis_listmember own WHERE own.institution_id = %(institution)s AND own.list = %(list)s
    AND NOT EXISTS (SELECT FROM wanted WHERE wanted.enrollment_id = own.enrollment_id)
),
kept AS (
  INSERT INTO analysis_listmember AS own (id, created_at, updated_at, institution_id, list, enrollment_id, student_id,
    program_id, rules, reasons, since)
  SELECT uuidv7(), now(), now(), %(institution)s, %(list)s, studying.id, studying.student_id, studying.program_id,
    wanted.rules, wanted.reasons, %(today)s
  FROM wanted JOIN studying ON studying.id = wanted.enrollment_id
  ON CONFLICT (institution_id, list, enrollment_id) DO UPDATE
    SET rules = excluded.rules, reasons = excluded.reasons, updated_at = now(), version = own.version + 1
    WHERE (own.rules, own.reasons) IS DISTINCT FROM (excluded.rules, excluded.reasons)
)
SELECT count(*) FROM wanted"""


def count(institution: UUID, name: str, today: date) -> int:
    """Bring the members of a list up to date, and tell how many there are. `since` stays of those who stay."""
    found = " UNION ALL ".join(
        f"SELECT enrollment_id, '{rule.code}' AS rule, {place} AS place, reason FROM ({rule.found}) met"
        for place, rule in enumerate(DEFINITIONS[name].rules)
    )
    statement = COUNT.format(studying=STUDYING, earned=EARNED, found=found)
    with connection.cursor() as cursor:
        cursor.execute(statement, {"institution": institution, "list": name, "today": today})
        return cursor.fetchone()[0]

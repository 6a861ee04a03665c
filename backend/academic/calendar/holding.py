"""This file holds how an institution's timetable is locked, with the calendar that it rests on: before any row.

Who locks a row first, and then the timetable, waits for somebody who holds the timetable and waits for that row. So a
rule that is passed rows has `first=hold_timetable_of`, and one that makes a row begins with `hold_timetable`.
"""

from uuid import UUID

from django.db import connection

from core.records import Record

ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('timetable:' || %s, 0))"


def hold_timetable(institution: UUID) -> None:
    """Until the end of the transaction nobody else changes the timetable of this institution.

    Two changes at once would wait for each other in the exclusion constraints; so the second waits here, and is told
    whose the first is.
    """
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME, [str(institution)])


def hold_timetable_of(row: Record) -> None:
    """Lock the timetable before a row that it rests on."""
    hold_timetable(row.institution_id)

"""This file holds which rows a term means, table by table: as SQL over what was staged."""

from datetime import date
from typing import Any

from django.db import connection

from academic.imports.loads import Load
from academic.models import Meeting, Section, Teaching, Term
from academic.uiuc.sections import Calendar
from faculties.models import Building, Campus, Room

CAMPUSES = Load(
    Campus,
    "SELECT 'MAIN' AS code",
    key=("code",),
    given={"name": "'Main campus'", "address": "''", "search_text": "'main campus main'"},
)
BUILDINGS = Load(
    Building,
    """
    SELECT DISTINCT building AS code, building_name, campus.id AS campus_id
    FROM uiuc_rooms CROSS JOIN wanted_campus campus""",
    key=("campus_id", "code"),
    given={"name": "building_name"},
)
# How many a room seats is not told: one, until somebody says more.
ROOMS = Load(
    Room,
    """
    SELECT place.code, place.name AS full_name, place.building, building.id AS building_id
    FROM uiuc_rooms place JOIN wanted_building building ON building.code = place.building""",
    key=("building_id", "code"),
    given={
        "name": "full_name",
        "kind": "'other'",
        "capacity": "1",
        "features": "'{}'",
        "search_text": "lower(code || ' ' || full_name)",
    },
)
TERMS = Load(
    Term,
    """
    SELECT %(term)s::text AS code, %(term_name)s::text AS full_name, %(year)s::int AS year,
      %(starts_on)s::date AS starts_on, %(ends_on)s::date AS ends_on""",
    key=("code",),
    stated=("starts_on", "ends_on"),
    given={"kind": "'term'", "name": "full_name", "academic_year": "year"},
)
SECTIONS = Load(
    Section,
    """
    SELECT source.line, crn, host, term.id AS term_id, course.id AS course_id, source.code, source.kind,
      source.starts_on, source.ends_on, without_meetings, source.status AS state
    FROM uiuc_sections source
    CROSS JOIN wanted_term term
    JOIN academic_course course ON course.institution_id = %(institution)s AND course.code = source.course""",
    key=("term_id", "course_id", "code"),
    stated=("kind", "starts_on", "ends_on", "without_meetings"),
    given={"seats_taken": "0", "status": "state"},
)
TEACHINGS = Load(
    Teaching,
    "SELECT section.id AS section_id, account_id FROM uiuc_teachings JOIN wanted_section section USING (crn)",
    key=("section_id", "account_id"),
    given={"role": "'lecturer'", "attends": "true"},
)
MEETINGS = Load(
    Meeting,
    """
    SELECT source.line, section.id AS section_id, source.kind, weekday, starts_at, ends_at, room.id AS room_id
    FROM uiuc_meetings source
    JOIN wanted_section section USING (crn)
    LEFT JOIN wanted_room room ON room.building = source.building AND room.code = source.room""",
    key=("section_id", "kind", "weekday", "starts_at", "ends_at", "room_id"),
    match="""own.section_id = wanted.section_id AND own.weekday = wanted.weekday AND own.starts_at = wanted.starts_at
      AND own.ends_at = wanted.ends_at AND own.room_id IS NOT DISTINCT FROM wanted.room_id""",
    given={"rhythm": "'every'", "weeks": "'{}'", "first_week": "1", "features": "'{}'", "status": "'scheduled'"},
)
PLACES = (CAMPUSES, BUILDINGS, ROOMS)
TAUGHT = (TERMS, SECTIONS, TEACHINGS)
TERM_LOADS = (*PLACES, *TAUGHT, MEETINGS)

LET_MEET_TOGETHER = """
UPDATE academic_section own SET meets_with_id = host.id
FROM wanted_section wanted JOIN wanted_section host ON host.crn = wanted.host
WHERE own.institution_id = %(institution)s AND own.id = wanted.id AND wanted.is_new"""


def known_of(calendar: Calendar) -> dict[str, str | int | date]:
    """What the loads ask about the term itself."""
    return {
        "term": calendar.code,
        "term_name": calendar.name,
        "year": calendar.year,
        "starts_on": calendar.starts_on,
        "ends_on": calendar.ends_on,
    }


def let_meet_together(known: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(LET_MEET_TOGETHER, known)

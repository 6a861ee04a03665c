"""This file holds whether who teaches or attends at two campuses has the time to get from one to the other.

No constraint says so: how long a way takes is known to another table, and changes. Rules ask one at a time for an
institution (`hold_timetable`), so that of two changes at once the second sees the first.
"""

# ruff: noqa: S608  What is pasted into the SQL are names of ours.

from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from academic.occurrences.clashes import COHORTS, LECTURERS, TOLD, hours, name_of, place_of, title_of
from academic.occurrences.models import Occurrence, OccurrenceCohort, OccurrenceLecturer
from core.errors import Conflict

# An occurrence is at the campus of its room, or at that which its meeting asks for; without either it is nowhere. Who
# is there and here at once has a clash, which is told or waived as such.
CAMPUS_OF = """
  SELECT campus.id, campus.name FROM academic_meeting meeting
  LEFT JOIN faculties_room room ON room.institution_id = meeting.institution_id AND room.id = {one}.room_id
  LEFT JOIN faculties_building building
    ON building.institution_id = room.institution_id AND building.id = room.building_id
  JOIN faculties_campus campus ON campus.institution_id = meeting.institution_id
    AND campus.id = coalesce(building.campus_id, meeting.campus_id)
  WHERE meeting.institution_id = {one}.institution_id AND meeting.id = {one}.meeting_id"""
FIRST_SHORT_WAY = f"""
SELECT mine.id, other.id, here.name, there.name, way.needed, way.gap FROM academic_occurrence mine {{joined}}
JOIN academic_occurrence theirs ON theirs.institution_id = mine.institution_id AND theirs.id = other.occurrence_id
CROSS JOIN LATERAL ({CAMPUS_OF.format(one="mine")}) here
CROSS JOIN LATERAL ({CAMPUS_OF.format(one="theirs")}) there
CROSS JOIN LATERAL (
  SELECT faculties_minutes_between(mine.institution_id, here.id, there.id) AS needed,
    extract(epoch FROM other.starts_at - mine.ends_at)::int / 60 AS gap
  WHERE other.starts_at >= mine.ends_at
  UNION ALL
  SELECT faculties_minutes_between(mine.institution_id, there.id, here.id),
    extract(epoch FROM mine.starts_at - other.ends_at)::int / 60
  WHERE other.ends_at <= mine.starts_at
) way
WHERE mine.institution_id = %(institution)s AND mine.id = ANY (%(occurrences)s) AND mine.status = 'scheduled'
  AND EXISTS (SELECT FROM faculties_traveltime WHERE institution_id = %(institution)s)
  AND other.institution_id = mine.institution_id AND here.id <> there.id AND way.gap < way.needed
  AND other.starts_at < mine.ends_at + interval '1 day' AND other.ends_at > mine.starts_at - interval '1 day'
  AND NOT EXISTS (SELECT FROM academic_meetingwaiver waiver WHERE waiver.institution_id = mine.institution_id
    AND waiver.meeting_id IN (mine.meeting_id, theirs.meeting_id) AND waiver.waives = 'travel')
ORDER BY mine.starts_at, other.starts_at LIMIT 1"""
OF_LECTURERS, OF_COHORTS = (FIRST_SHORT_WAY.format(joined=joined) for joined in (LECTURERS, COHORTS))


class ShortWay(NamedTuple):
    """Two hours of one person or cohort, their campuses, and the minutes that the way needs and that there are."""

    mine: UUID
    other: UUID
    here: str
    there: str
    needed: int
    gap: int


def refuse_short_ways(values: dict[str, Any]) -> None:
    """Who teaches and attends the occurrences of `values` gets there, and from there on, in time, or that is waived.

    Half-open as hours are: a gap that is as long as the way is enough.
    """
    for statement, refuse in ((OF_LECTURERS, refuse_lecturer), (OF_COHORTS, refuse_cohort)):
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            found = cursor.fetchone()
        if found is not None:
            refuse(ShortWay(*found))


def refuse_lecturer(way: ShortWay) -> None:
    claim = OccurrenceLecturer.objects.select_related("account").get(pk=way.other)
    refuse_way(way, f"{claim.account.name} teaches", claim.occurrence_id)


def refuse_cohort(way: ShortWay) -> None:
    claim = OccurrenceCohort.objects.select_related("program_version__program").get(pk=way.other)
    refuse_way(way, f"{name_of(claim)} attends", claim.occurrence_id)


def refuse_way(way: ShortWay, who: str, other: UUID) -> None:
    """Both sides with place, campus and hour, and the minutes that are missing."""
    own, theirs = (Occurrence.objects.select_related(*TOLD).get(pk=key) for key in (way.mine, other))
    zone = ZoneInfo(own.institution.time_zone)
    raise Conflict(
        "way_too_long",
        f"{who} {title_of(theirs)}{place_of(theirs)} at {way.there} {hours(theirs.starts_at, theirs.ends_at, zone)};"
        f" {title_of(own)}{place_of(own)} at {way.here} would be {hours(own.starts_at, own.ends_at, zone)}."
        f" The way takes {way.needed} minutes, and {way.needed - way.gap} are missing:"
        " choose another hour, or a room nearer by, or have it waived (travel).",
    )

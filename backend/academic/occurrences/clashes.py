"""This file holds who has a room, a lecturer or a cohort at the time at which a meeting needs them.

The exclusion constraints refuse a clash; here it gets its sentence, with both sides, the place and the hour.
"""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from academic.occurrences.models import COHORT_BUSY, LECTURER_BUSY, Occurrence, OccurrenceCohort, OccurrenceLecturer
from core.errors import Conflict
from faculties.bookings.models import ALREADY_BOOKED, Booking

FIRST_CLASH = """
SELECT mine.id, other.id FROM academic_occurrence mine {joined}
WHERE mine.institution_id = %(institution)s AND mine.id = ANY (%(occurrences)s) AND mine.status = 'scheduled'
  AND other.institution_id = mine.institution_id AND other.starts_at < mine.ends_at AND other.ends_at > mine.starts_at
  AND NOT EXISTS (SELECT FROM academic_meetingwaiver waiver WHERE waiver.institution_id = mine.institution_id
    AND waiver.meeting_id = mine.meeting_id AND waiver.waives = '{limit}')
ORDER BY mine.starts_at, other.starts_at LIMIT 1"""
# Whoever attends the section of an occurrence, or one that meets with it; their other hours.
TAUGHT = """
JOIN academic_section taught ON taught.institution_id = mine.institution_id AND taught.meets_as = mine.section_id
  AND taught.status <> 'canceled'"""
TEACHERS = f"""{TAUGHT}
JOIN academic_teaching teaching
  ON teaching.institution_id = mine.institution_id AND teaching.section_id = taught.id AND teaching.attends"""
LECTURERS = f"""{TEACHERS}
JOIN academic_occurrencelecturer other ON other.account_id = teaching.account_id AND NOT other.is_waived"""
COHORTS = f"""{TAUGHT}
JOIN academic_sectioncohort cohort
  ON cohort.institution_id = mine.institution_id AND cohort.section_id = taught.id
JOIN academic_occurrencecohort other ON other.program_version_id = cohort.program_version_id
  AND other.year_of_study = cohort.year_of_study AND NOT other.is_waived
  AND int4range(other."group", other."group", '[]') && int4range(cohort."group", cohort."group", '[]')"""
ROOM = FIRST_CLASH.format(
    limit="room",
    joined="JOIN faculties_booking other ON other.room_id = mine.room_id AND other.status = 'confirmed'",
)
LECTURER = FIRST_CLASH.format(limit="lecturer", joined=LECTURERS)
COHORT = FIRST_CLASH.format(limit="cohort", joined=COHORTS)
TOLD = ("meeting", "section__course", "room", "institution")


def refuse_clashes(values: dict[str, Any]) -> None:
    """What the occurrences of `values` need is free, or the clash is waived."""
    for statement, refuse in ((ROOM, refuse_room), (LECTURER, refuse_lecturer), (COHORT, refuse_cohort)):
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            clash: tuple[UUID, UUID] | None = cursor.fetchone()
        if clash is not None:
            refuse(*clash)


def refuse_room(mine: UUID, other: UUID) -> None:
    own = Occurrence.objects.select_related(*TOLD).get(pk=mine)
    booking = Booking.objects.select_related("department").get(pk=other)
    owner = f" ({booking.department.name})" if booking.department else ""
    zone = ZoneInfo(own.institution.time_zone)
    raise Conflict(
        ALREADY_BOOKED,
        f"{own.room} is booked for {booking.title}{owner} {hours(booking.starts_at, booking.ends_at, zone)};"
        f" {title_of(own)} would need it {hours(own.starts_at, own.ends_at, zone)}.",
    )


def refuse_lecturer(mine: UUID, other: UUID) -> None:
    own = Occurrence.objects.select_related(*TOLD).get(pk=mine)
    claim = OccurrenceLecturer.objects.select_related("account").get(pk=other)
    raise Conflict(LECTURER_BUSY, f"{claim.account.name} teaches {told_beside(claim.occurrence_id, own)}")


def refuse_cohort(mine: UUID, other: UUID) -> None:
    own = Occurrence.objects.select_related(*TOLD).get(pk=mine)
    claim = OccurrenceCohort.objects.select_related("program_version__program").get(pk=other)
    raise Conflict(COHORT_BUSY, f"{name_of(claim)} attends {told_beside(claim.occurrence_id, own)}")


def name_of(claim: OccurrenceCohort) -> str:
    """What everybody calls a cohort: "Year 2 of BSC 2026"."""
    version, group = claim.program_version, f", group {claim.group}," if claim.group else ""
    return f"Year {claim.year_of_study} of {version.program.code} {version.catalog_year}{group}"


def told_beside(other: UUID, own: Occurrence) -> str:
    """The other side, its place and hour, and then this one's."""
    theirs = Occurrence.objects.select_related(*TOLD).get(pk=other)
    zone = ZoneInfo(own.institution.time_zone)
    return (
        f"{title_of(theirs)}{place_of(theirs)} {hours(theirs.starts_at, theirs.ends_at, zone)};"
        f" {title_of(own)}{place_of(own)} would be {hours(own.starts_at, own.ends_at, zone)}."
    )


def title_of(occurrence: Occurrence) -> str:
    """What everybody calls it, and what its booking is called: "PHY101 1 lecture"."""
    section = occurrence.section
    return f"{section.course.code} {section.code} {occurrence.meeting.kind}"


def place_of(occurrence: Occurrence) -> str:
    return f" in {occurrence.room}" if occurrence.room else ""


def hours(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> str:
    """When it is, by the clocks of the institution."""
    start, end = starts_at.astimezone(zone), ends_at.astimezone(zone)
    if start.date() == end.date():
        return f"on {start:%-d %B %Y} from {start:%H:%M} to {end:%H:%M}"
    return f"from {start:%-d %B %Y %H:%M} to {end:%-d %B %Y %H:%M}"

"""This file holds the recount of seats: what is not as the verdict of registration leaves it.

Nothing here repairs anything. Each statement is true of one moment, whoever registers meanwhile.
"""

from typing import Any
from uuid import UUID

from django.db import connection

# What is counted beside the rows, of each section and of each reservation: only where something is wrong.
SEATS = """
WITH registered AS (
  SELECT section_id, reservation_id, count(*) AS rows FROM academic_registration
  WHERE institution_id = %(place)s AND status = 'registered' GROUP BY section_id, reservation_id
), offered AS (
  SELECT section_id, reservation_id, count(*) AS rows FROM academic_waitlistentry
  WHERE institution_id = %(place)s AND status = 'offered' GROUP BY section_id, reservation_id
), counted AS (
  SELECT section.id, 'section' AS what, capacity AS most, seats_taken, seats_offered, seats_reserved,
    (SELECT coalesce(sum(rows), 0) FROM registered WHERE section_id = section.id) AS rows_taken,
    (SELECT coalesce(sum(rows), 0) FROM offered WHERE section_id = section.id) AS rows_offered,
    (SELECT coalesce(sum(seats - seats_taken - seats_offered), 0) FROM academic_seatreservation reservation
       WHERE reservation.institution_id = %(place)s AND reservation.section_id = section.id
         AND ended_at IS NULL) AS rows_reserved
  FROM academic_section section WHERE institution_id = %(place)s
  UNION ALL
  SELECT reservation.id, 'reservation', seats, seats_taken, seats_offered, 0,
    (SELECT coalesce(sum(rows), 0) FROM registered WHERE reservation_id = reservation.id),
    (SELECT coalesce(sum(rows), 0) FROM offered WHERE reservation_id = reservation.id),
    0
  FROM academic_seatreservation reservation WHERE institution_id = %(place)s
)
SELECT what, id, seats_taken, rows_taken, seats_offered, rows_offered, seats_reserved, rows_reserved,
  coalesce(most::text, 'all')
FROM counted
WHERE (seats_taken, seats_offered, seats_reserved) IS DISTINCT FROM (rows_taken, rows_offered, rows_reserved)
  OR rows_taken + rows_offered + rows_reserved > most
ORDER BY what, id
"""
# Who waits, or is offered a seat, and has one.
SEATED = """
SELECT entry.student_id, entry.status, entry.section_id
FROM academic_waitlistentry entry
JOIN academic_registration registration ON registration.institution_id = %(place)s
  AND registration.student_id = entry.student_id AND registration.section_id = entry.section_id
  AND registration.status = 'registered'
WHERE entry.institution_id = %(place)s AND entry.status IN ('waiting', 'offered')
ORDER BY entry.id
"""
# Seats that are nobody's, where somebody waits who could take one, and one of each kind of parts.
PASSED_OVER = """
SELECT count(*), section.id, academic_free_of(%(place)s, section.id)
FROM academic_section section
JOIN academic_waitlistentry entry ON entry.institution_id = %(place)s AND entry.section_id = section.id
JOIN academic_enrollment enrollment ON enrollment.institution_id = %(place)s AND enrollment.id = entry.enrollment_id
WHERE section.institution_id = %(place)s AND section.status IN ('planned', 'open') AND entry.status = 'waiting'
  AND enrollment.status = 'active' AND enrollment.ended_on IS NULL
  AND academic_free_of(%(place)s, section.id) > 0
  AND (SELECT sections FROM academic_seats_for(%(place)s, section.id, enrollment.id, NULL)) IS NOT NULL
GROUP BY section.id
ORDER BY section.id
"""
# Two sections of one student that meet at once, in terms that are not over. A waiver of either counts, whatever
# became of it since.
CLASHES = """
SELECT one.student_id, one.section_id, other.section_id, min(greatest(here.starts_at, there.starts_at))
FROM academic_registration one
JOIN academic_registration other ON other.institution_id = %(place)s AND other.student_id = one.student_id
  AND other.section_id > one.section_id AND other.status = 'registered'
JOIN academic_section first ON first.institution_id = %(place)s AND first.id = one.section_id
JOIN academic_section second ON second.institution_id = %(place)s AND second.id = other.section_id
JOIN academic_occurrence here ON here.institution_id = %(place)s AND here.section_id = first.meets_as
JOIN academic_occurrence there ON there.institution_id = %(place)s AND there.section_id = second.meets_as
  AND there.starts_at < here.ends_at AND here.starts_at < there.ends_at
WHERE one.institution_id = %(place)s AND one.status = 'registered'
  AND first.status IN ('planned', 'open') AND second.status IN ('planned', 'open')
  AND here.status = 'scheduled' AND there.status = 'scheduled'
  AND NOT EXISTS (
    SELECT FROM academic_waiver waiver
    WHERE waiver.institution_id = %(place)s AND waiver.student_id = one.student_id AND waiver.waives = 'time_clash'
      AND (waiver.section_id IN (first.id, second.id) OR waiver.course_id IN (first.course_id, second.course_id)))
GROUP BY one.student_id, one.section_id, other.section_id
ORDER BY one.student_id, one.section_id, other.section_id
"""
SENTENCES = {
    SEATS: "The {} {} counts {} taken where {} are, {} offered where {} are and {} reserved where {} are; "
    "it has seats for {}.",
    SEATED: "The student {} is {} on the waitlist of the section {}, and registered for it.",
    PASSED_OVER: "{} wait for the section {}, where {} seats are nobody's.",
    CLASHES: "The student {} is registered for the sections {} and {}, which meet at once on {:%Y-%m-%d at %H:%M} UTC, "
    "without a waiver.",
}


def faults(institution: UUID) -> list[str]:
    """A sentence for each thing that is wrong with seats and waitlists of an institution, or who is in two places."""
    return [SENTENCES[asked].format(*row) for asked in SENTENCES for row in rows_of(asked, institution)]


def rows_of(asked: str, institution: UUID) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(asked, {"place": institution})
        return cursor.fetchall()

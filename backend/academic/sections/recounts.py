"""This file holds the recount of seats: whether what sections and reservations count is what the rows say."""

from uuid import UUID

from django.db import connection

# What is counted beside the rows, of each section and of each reservation: only where something is wrong.
WRONG = """
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
SELECT what, id, seats_taken, rows_taken, seats_offered, rows_offered, seats_reserved, rows_reserved, most
FROM counted
WHERE (seats_taken, seats_offered, seats_reserved) IS DISTINCT FROM (rows_taken, rows_offered, rows_reserved)
  OR rows_taken + rows_offered + rows_reserved > most
ORDER BY what, id
"""
WORDS = (
    "The {} {} counts {} taken where {} are, {} offered where {} are and {} reserved where {} are; it has seats for {}."
)


def miscounts(institution: UUID) -> list[str]:
    """A sentence for each section or reservation of an institution whose seats are not what the rows say, or too many.

    One statement, so that it is true of one moment, whoever registers meanwhile.
    """
    with connection.cursor() as cursor:
        cursor.execute(WRONG, {"place": institution})
        rows = [["all" if value is None else value for value in row] for row in cursor.fetchall()]
    return [WORDS.format(*row) for row in rows]

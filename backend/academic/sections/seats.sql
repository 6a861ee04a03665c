-- Whose the seats of a section are besides those that are taken. Whoever calls holds the locks of the sections.

-- The oldest of the open reservations that is for a student and has a seat left.
CREATE OR REPLACE FUNCTION academic_reservation_of(place uuid, section uuid, enrollment uuid)
RETURNS TABLE (id uuid, free int) LANGUAGE plpgsql STABLE AS $of$
#variable_conflict use_column
BEGIN
  RETURN QUERY SELECT r.id, r.seats - r.seats_taken
    FROM academic_enrollment e
    JOIN academic_programversion v ON v.institution_id = place AND v.id = e.program_version_id
    JOIN academic_seatreservation r ON r.institution_id = place AND r.section_id = section
      AND (r.program_id IS NULL OR r.program_id = v.program_id)
      AND (r.program_version_id IS NULL OR r.program_version_id = v.id)
      AND (r.year_of_study IS NULL OR r.year_of_study = e.year_of_study)
    WHERE e.institution_id = place AND e.id = enrollment
      AND r.ended_at IS NULL AND r.until > now() AND r.seats_taken < r.seats
    ORDER BY r.id LIMIT 1;
END $of$;

-- End the reservations whose time is over: their free seats are for all.
CREATE OR REPLACE FUNCTION academic_end_due(place uuid, sections uuid[])
RETURNS void LANGUAGE plpgsql AS $due$
BEGIN
  WITH ended AS (
    UPDATE academic_seatreservation r SET ended_at = r.until, version = r.version + 1, updated_at = now()
      WHERE r.institution_id = place AND r.section_id = ANY (sections) AND r.ended_at IS NULL AND r.until <= now()
      RETURNING r.section_id, r.seats - r.seats_taken AS free
  )
  UPDATE academic_section s SET seats_reserved = s.seats_reserved - e.free
    FROM (SELECT section_id, sum(free) AS free FROM ended GROUP BY section_id) e
    WHERE s.institution_id = place AND s.id = e.section_id;
END $due$;

-- Which seats are free for whom: of a section, of those that meet with it, and of its parts.

-- For how many there is a seat in a section, among all who meet together with it, and in each kind of its parts, also one
-- that is set aside; null for any number.
CREATE OR REPLACE FUNCTION academic_free_of(place uuid, section uuid) RETURNS bigint LANGUAGE plpgsql STABLE AS $free$
BEGIN
  RETURN (
    SELECT least(
        s.capacity - s.seats_taken - s.seats_offered,
        h.combined_capacity - (
          SELECT sum(g.seats_taken + g.seats_offered) FROM academic_section g
            WHERE g.institution_id = place AND g.meets_as = s.meets_as),
        (SELECT min(k.free) FROM (
          SELECT CASE WHEN bool_and(p.capacity IS NOT NULL)
                   THEN sum(p.capacity - p.seats_taken - p.seats_offered) END AS free
            FROM academic_section p
            WHERE p.institution_id = place AND p.whole_id = s.id AND p.status IN ('planned', 'open')
            GROUP BY p.kind) k))
      FROM academic_section s
      JOIN academic_section h ON h.institution_id = place AND h.id = s.meets_as
      WHERE s.institution_id = place AND s.id = section);
END $free$;

-- The seat of a section that a student could take, as the verdict of registration finds it: one that is set aside for
-- them, then of which reservation, or one for all; no row where there is none.
CREATE OR REPLACE FUNCTION academic_seat_for(place uuid, section uuid, enrollment uuid)
RETURNS TABLE (reservation_id uuid) LANGUAGE plpgsql STABLE AS $seat$
#variable_conflict use_column
BEGIN
  RETURN QUERY SELECT r.id
    FROM academic_section s
    JOIN academic_section h ON h.institution_id = place AND h.id = s.meets_as
    LEFT JOIN LATERAL academic_reservation_of(place, s.id, enrollment) r ON s.seats_reserved > 0
    WHERE s.institution_id = place AND s.id = section
      AND (r.id IS NOT NULL OR s.seats_taken + s.seats_reserved + s.seats_offered < s.capacity IS NOT FALSE)
      AND (h.combined_capacity IS NULL OR h.combined_capacity > (
        SELECT sum(g.seats_taken + g.seats_offered) FROM academic_section g
          WHERE g.institution_id = place AND g.meets_as = s.meets_as));
END $seat$;

-- Whether a part meets when a student has time beside their other courses and `besides`, the sections as which others meet
-- that go with it; or need not.
CREATE OR REPLACE FUNCTION academic_fits(place uuid, student uuid, part uuid, besides uuid[])
RETURNS boolean LANGUAGE plpgsql STABLE AS $fits$
DECLARE
  busy uuid[] := besides || ARRAY(
    SELECT s.meets_as FROM academic_section p
      JOIN academic_registration r ON r.institution_id = place AND r.student_id = student AND r.status = 'registered'
      JOIN academic_section s ON s.institution_id = place AND s.id = r.section_id
        AND s.course_id <> p.course_id AND s.status <> 'canceled'
      WHERE p.institution_id = place AND p.id = part);
BEGIN
  RETURN NOT EXISTS (
    SELECT FROM academic_section p
      JOIN academic_occurrence o ON o.institution_id = place AND o.section_id = p.meets_as
      JOIN academic_occurrence other ON other.institution_id = place AND other.section_id = ANY (busy)
        AND other.starts_at < o.ends_at AND o.starts_at < other.ends_at
      WHERE p.institution_id = place AND p.id = part AND o.status = 'scheduled' AND other.status = 'scheduled'
  ) OR academic_is_waived(place, student, part, 'time_clash');
END $fits$;

-- The seats that a student could take at this moment: of a section, and of a part of each kind, where it has some, at a
-- time that they have; null where one is lacking. `among` are the parts that may be chosen, null for all. One of which a seat is still held for
-- them, with an offer that is over, is no choice until that is let go.
CREATE OR REPLACE FUNCTION academic_seats_for(
  place uuid, section uuid, enrollment uuid, among uuid[], OUT sections uuid[], OUT drawn_from uuid[]
) LANGUAGE plpgsql STABLE AS $seats$
DECLARE
  student uuid := (SELECT e.student_id FROM academic_enrollment e WHERE e.institution_id = place AND e.id = enrollment);
  needed text;
  found_in uuid;
  of_group uuid;
  meets_as uuid;
  taken uuid[];
BEGIN
  SELECT ARRAY[section], ARRAY[f.reservation_id] INTO sections, drawn_from
    FROM academic_seat_for(place, section, enrollment) f;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  taken := ARRAY(SELECT s.meets_as FROM academic_section s WHERE s.institution_id = place AND s.id = section);
  FOR needed IN
    SELECT DISTINCT p.kind FROM academic_section p
      WHERE p.institution_id = place AND p.whole_id = section AND p.status IN ('planned', 'open') ORDER BY p.kind
  LOOP
    SELECT p.id, f.reservation_id, p.meets_as INTO found_in, of_group, meets_as
      FROM academic_section p
      CROSS JOIN LATERAL academic_seat_for(place, p.id, enrollment) f
      WHERE p.institution_id = place AND p.whole_id = section AND p.kind = needed AND p.status IN ('planned', 'open')
        AND (among IS NULL OR p.id = ANY (among))
        AND NOT EXISTS (
          SELECT FROM academic_waitlistentry w WHERE w.institution_id = place AND w.student_id = student
            AND w.section_id = p.id AND w.status = 'offered')
        AND academic_fits(place, student, p.id, taken)
      ORDER BY f.reservation_id IS NULL, p.id LIMIT 1;
    IF NOT FOUND THEN
      sections := NULL;
      RETURN;
    END IF;
    sections := sections || found_in;
    drawn_from := drawn_from || of_group;
    taken := taken || meets_as;
  END LOOP;
END $seats$;

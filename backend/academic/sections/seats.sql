-- Whose the seats of a section are besides those that are taken: set aside for groups, or offered to those who waited.
-- Whoever calls holds the locks of the sections, and whoever writes a reservation or an entry of a waitlist held that of
-- its section before. So there is one order for everybody, and what follows locks nothing that others wait with.

-- The oldest of the open reservations that is for a student and has a seat left.
CREATE OR REPLACE FUNCTION academic_reservation_of(place uuid, section uuid, enrollment uuid)
RETURNS TABLE (id uuid, free int) LANGUAGE plpgsql STABLE AS $of$
#variable_conflict use_column
BEGIN
  RETURN QUERY SELECT r.id, r.seats - r.seats_taken - r.seats_offered
    FROM academic_enrollment e
    JOIN academic_programversion v ON v.institution_id = place AND v.id = e.program_version_id
    JOIN academic_seatreservation r ON r.institution_id = place AND r.section_id = section
      AND (r.program_id IS NULL OR r.program_id = v.program_id)
      AND (r.program_version_id IS NULL OR r.program_version_id = v.id)
      AND (r.year_of_study IS NULL OR r.year_of_study = e.year_of_study)
    WHERE e.institution_id = place AND e.id = enrollment
      AND r.ended_at IS NULL AND r.until > now() AND r.seats_taken + r.seats_offered < r.seats
    ORDER BY r.id LIMIT 1;
END $of$;

-- Give back the seats of offers that ended, one of each section, and of the reservation at the same place in `drawn_from`:
-- for the group again, while that is open, and otherwise for all.
CREATE OR REPLACE FUNCTION academic_give_back(place uuid, sections uuid[], drawn_from uuid[])
RETURNS void LANGUAGE plpgsql AS $give_back$
BEGIN
  WITH ended AS MATERIALIZED (
    SELECT * FROM unnest(sections, drawn_from) AS offers (section_id, reservation_id)
  ), set_aside AS (
    UPDATE academic_seatreservation r SET seats_offered = r.seats_offered - e.seats
      FROM (SELECT reservation_id, count(*) AS seats FROM ended GROUP BY reservation_id) e
      WHERE r.institution_id = place AND r.id = e.reservation_id
      RETURNING r.section_id, CASE WHEN r.ended_at IS NULL THEN e.seats ELSE 0 END AS seats
  )
  UPDATE academic_section s
    SET seats_offered = s.seats_offered - e.seats,
        seats_reserved = s.seats_reserved
          + (SELECT coalesce(sum(a.seats), 0) FROM set_aside a WHERE a.section_id = s.id)
    FROM (SELECT section_id, count(*) AS seats FROM ended GROUP BY section_id) e
    WHERE s.institution_id = place AND s.id = e.section_id;
END $give_back$;

-- End what is due: reservations whose time is over, whose free seats are for all then, and offers that nobody accepted in
-- time. Both free seats, and those are offered by the trigger below.
CREATE OR REPLACE FUNCTION academic_end_due(place uuid, sections uuid[])
RETURNS void LANGUAGE plpgsql AS $due$
DECLARE
  expired uuid[];
  drawn_from uuid[];
BEGIN
  WITH ended AS (
    UPDATE academic_seatreservation r SET ended_at = r.until, version = r.version + 1, updated_at = now()
      WHERE r.institution_id = place AND r.section_id = ANY (sections) AND r.ended_at IS NULL AND r.until <= now()
      RETURNING r.section_id, r.seats - r.seats_taken - r.seats_offered AS free
  )
  UPDATE academic_section s SET seats_reserved = s.seats_reserved - e.free
    FROM (SELECT section_id, sum(free) AS free FROM ended GROUP BY section_id) e
    WHERE s.institution_id = place AND s.id = e.section_id;

  WITH ended AS (
    UPDATE academic_waitlistentry w SET status = 'expired', version = w.version + 1, updated_at = now()
      WHERE w.institution_id = place AND w.section_id = ANY (sections) AND w.status = 'offered' AND w.expires_at <= now()
      RETURNING w.section_id, w.reservation_id
  )
  SELECT array_agg(section_id), array_agg(reservation_id) INTO expired, drawn_from FROM ended;
  IF expired IS NOT NULL THEN
    PERFORM academic_give_back(place, expired, drawn_from);
  END IF;
END $due$;

-- How long registering for a section is possible from now on, for who is in a program: until the end of the window that
-- is open, for ever without any, null while none is. It is over once the last of them has closed. Where who continues and
-- who is new register in windows of their own, there is a row for each; otherwise one for all, where `continues` is null.
CREATE OR REPLACE FUNCTION academic_registering(place uuid, section uuid, program uuid)
RETURNS TABLE (continues boolean, until timestamptz, is_over boolean) LANGUAGE plpgsql STABLE AS $registering$
BEGIN
  RETURN QUERY
  WITH own AS MATERIALIZED (SELECT * FROM academic_windows_to_register(place, section, program)),
  those (continues) AS (
    SELECT NULL::boolean WHERE NOT EXISTS (SELECT FROM own w WHERE w.continues)
    UNION ALL
    SELECT unnest(ARRAY[true, false]) WHERE EXISTS (SELECT FROM own w WHERE w.continues)
  )
  SELECT t.continues,
         CASE WHEN count(w.kind) = 0 THEN 'infinity'
              ELSE max(w.closes_at) FILTER (WHERE now() >= w.opens_at AND now() < w.closes_at) END,
         coalesce(max(w.closes_at) <= now(), false)
    FROM those t LEFT JOIN own w ON w.continues IS NULL OR w.continues = t.continues
    GROUP BY t.continues;
END $registering$;

CREATE OR REPLACE FUNCTION academic_window_waived(place uuid, student uuid, section uuid)
RETURNS boolean LANGUAGE plpgsql STABLE AS $waived$
BEGIN
  RETURN EXISTS (
    SELECT FROM academic_waiver w
      JOIN faculties_institution i ON i.id = place
      JOIN academic_section s ON s.institution_id = place AND s.id = section
      WHERE w.institution_id = place AND w.student_id = student AND w.waives = 'window'
        AND (w.section_id IN (s.id, s.whole_id) OR w.course_id = s.course_id)
        AND w.revoked_at IS NULL AND w.until >= (now() AT TIME ZONE i.time_zone)::date);
END $waived$;

-- Nobody waits for a section that is canceled, with an offer or without, or where registering is over.
CREATE OR REPLACE FUNCTION academic_end_waiting(place uuid, sections uuid[])
RETURNS void LANGUAGE plpgsql AS $ending$
DECLARE
  canceled uuid[];
  drawn_from uuid[];
BEGIN
  WITH waiting AS MATERIALIZED (
    SELECT w.id, w.section_id, w.student_id, v.program_id, s.status
      FROM academic_section s
      JOIN academic_waitlistentry w ON w.institution_id = place AND w.section_id = s.id AND w.status = 'waiting'
      JOIN academic_enrollment e ON e.institution_id = place AND e.id = w.enrollment_id
      JOIN academic_programversion v ON v.institution_id = place AND v.id = e.program_version_id
      WHERE s.institution_id = place AND s.id = ANY (sections)
  ),
  times AS MATERIALIZED (
    SELECT o.section_id, o.program_id, r.continues, r.is_over
      FROM (SELECT DISTINCT section_id, program_id FROM waiting) o
      CROSS JOIN LATERAL academic_registering(place, o.section_id, o.program_id) r
  )
  UPDATE academic_waitlistentry w
    SET status = CASE o.status WHEN 'canceled' THEN 'canceled' ELSE 'closed' END, version = w.version + 1,
        updated_at = now()
    FROM waiting o JOIN times t USING (section_id, program_id)
    WHERE w.institution_id = place AND w.id = o.id
      AND (t.continues IS NULL OR t.continues = academic_continues(place, o.student_id, o.section_id)) AND (
      o.status NOT IN ('planned', 'open')
      OR t.is_over AND NOT academic_window_waived(place, o.student_id, o.section_id));

  WITH ended AS (
    UPDATE academic_waitlistentry w
      SET status = 'canceled', told_at = NULL, version = w.version + 1, updated_at = now()
      FROM academic_section s
      WHERE s.institution_id = place AND s.id = ANY (sections) AND s.status = 'canceled'
        AND w.institution_id = place AND w.section_id = s.id AND w.status = 'offered'
      RETURNING w.section_id, w.reservation_id
  )
  SELECT array_agg(section_id), array_agg(reservation_id) INTO canceled, drawn_from FROM ended;
  IF canceled IS NOT NULL THEN
    PERFORM academic_give_back(place, canceled, drawn_from);
  END IF;
END $ending$;

-- For how many there is a seat in each kind of the parts of a section, also one that is set aside; null for any number.
CREATE OR REPLACE FUNCTION academic_free_of_parts(place uuid, section uuid)
RETURNS bigint LANGUAGE plpgsql STABLE AS $parts$
BEGIN
  RETURN (SELECT min(k.free) FROM (
    SELECT CASE WHEN bool_and(p.capacity IS NOT NULL) THEN sum(p.capacity - p.seats_taken - p.seats_offered) END AS free
      FROM academic_section p
      WHERE p.institution_id = place AND p.whole_id = section AND p.status IN ('planned', 'open')
      GROUP BY p.kind) k);
END $parts$;

-- Whatever frees a seat of a section (who drops, withdraws, swaps or refuses, an offer that expires, a capacity that is
-- raised, a reservation that ends) has it offered at once, in the order of the waitlist: one that is set aside for who
-- waits, and otherwise one for all; only while registering is possible, and for no longer. Where sections meet together
-- under one capacity, a seat of one may be for who waits for another. A section that has parts is offered to no more
-- than find a seat in each kind of them. A turn may leave a seat of a second reservation; so turns go on until one offers
-- nothing. What is offered is held, and no longer free.
CREATE OR REPLACE FUNCTION academic_offer(place uuid, together uuid) RETURNS void LANGUAGE plpgsql AS $offer$
BEGIN
  LOOP
    WITH waiting AS MATERIALIZED (
      SELECT w.id, w.section_id, w.student_id, w.priority, w.created_at, v.program_id,
             r.id AS reservation_id, r.free AS set_aside,
             s.capacity - s.seats_taken - s.seats_reserved - s.seats_offered AS free,
             (SELECT h.combined_capacity FROM academic_section h WHERE h.institution_id = place AND h.id = s.meets_as)
               - (SELECT sum(g.seats_taken + g.seats_offered) FROM academic_section g
                    WHERE g.institution_id = place AND g.meets_as = s.meets_as) AS free_together
        FROM academic_section s
        JOIN academic_waitlistentry w ON w.institution_id = place AND w.section_id = s.id AND w.status = 'waiting'
        JOIN academic_enrollment e ON e.institution_id = place AND e.id = w.enrollment_id
        JOIN academic_programversion v ON v.institution_id = place AND v.id = e.program_version_id
        LEFT JOIN LATERAL academic_reservation_of(place, s.id, e.id) r ON s.seats_reserved > 0
        WHERE s.institution_id = place AND s.meets_as = together AND s.status IN ('planned', 'open')
          AND e.ended_on IS NULL AND e.status = 'active'
    ),
    parts AS MATERIALIZED (
      SELECT s.id AS section_id, academic_free_of_parts(place, s.id) - s.seats_offered AS free_of_parts
        FROM academic_section s WHERE s.institution_id = place AND s.meets_as = together
    ),
    times AS MATERIALIZED (
      SELECT o.section_id, o.program_id, r.continues, r.until
        FROM (SELECT DISTINCT section_id, program_id FROM waiting) o
        CROSS JOIN LATERAL academic_registering(place, o.section_id, o.program_id) r
    ),
    seated AS (
      SELECT w.*, t.until,
             CASE WHEN row_number() OVER (PARTITION BY reservation_id ORDER BY priority, created_at, id) <= set_aside
                  THEN reservation_id END AS source
        FROM waiting w JOIN times t USING (section_id, program_id)
        WHERE (t.continues IS NULL OR t.continues = academic_continues(place, w.student_id, w.section_id))
          AND (t.until IS NOT NULL OR academic_window_waived(place, w.student_id, w.section_id))
    ),
    numbered AS (
      SELECT s.*, row_number() OVER (
          PARTITION BY section_id, source IS NULL ORDER BY priority, created_at, id) AS nth
        FROM seated s
    ),
    seats AS (
      SELECT n.*, p.free_of_parts,
             row_number() OVER (PARTITION BY section_id ORDER BY priority, created_at, id) AS nth_in_parts
        FROM numbered n JOIN parts p USING (section_id)
        WHERE n.source IS NOT NULL OR n.nth <= n.free IS NOT FALSE
    ),
    fitting AS (
      SELECT s.*, row_number() OVER (ORDER BY priority, created_at, id) AS nth_together
        FROM seats s WHERE s.nth_in_parts <= s.free_of_parts IS NOT FALSE
    ),
    offered AS (
      UPDATE academic_waitlistentry w
        SET status = 'offered', offered_at = now(), reservation_id = f.source, version = w.version + 1,
            updated_at = now(), expires_at = least(f.until, now() + interval '1 hour' * coalesce(
              (SELECT p.offer_hours FROM academic_waitlistpolicy p WHERE p.institution_id = place), 48))
        FROM fitting f
        WHERE w.institution_id = place AND w.id = f.id AND f.nth_together <= f.free_together IS NOT FALSE
        RETURNING w.section_id, w.reservation_id
    ),
    drawn AS (
      UPDATE academic_seatreservation r SET seats_offered = r.seats_offered + o.seats
        FROM (SELECT reservation_id, count(*) AS seats FROM offered GROUP BY reservation_id) o
        WHERE r.institution_id = place AND r.id = o.reservation_id
    )
    UPDATE academic_section s
      SET seats_offered = s.seats_offered + o.seats, seats_reserved = s.seats_reserved - o.set_aside
      FROM (SELECT section_id, count(*) AS seats, count(reservation_id) AS set_aside FROM offered GROUP BY section_id) o
      WHERE s.institution_id = place AND s.id = o.section_id;
    EXIT WHEN NOT FOUND;
  END LOOP;
END $offer$;

-- A seat of a part may be what who waits for its whole lacks. The whole is locked before its parts by everybody: where
-- somebody else has it, it is not waited for here, and the next run of the task offers it (academic/waitlists/offers.py).
CREATE OR REPLACE FUNCTION academic_offer_seats() RETURNS trigger LANGUAGE plpgsql AS $freed$
DECLARE
  whole uuid;
  are_locked boolean;
BEGIN
  IF NEW.status NOT IN ('planned', 'open') THEN
    PERFORM academic_end_waiting(NEW.institution_id, ARRAY[NEW.id]);
  END IF;
  PERFORM academic_offer(NEW.institution_id, NEW.meets_as);
  IF NEW.whole_id IS NOT NULL AND EXISTS (
    SELECT FROM academic_waitlistentry w
      WHERE w.institution_id = NEW.institution_id AND w.section_id = NEW.whole_id AND w.status = 'waiting'
  ) THEN
    SELECT s.meets_as INTO whole FROM academic_section s
      WHERE s.institution_id = NEW.institution_id AND s.id = NEW.whole_id;
    SELECT count(*) = (
        SELECT count(*) FROM academic_section s WHERE s.institution_id = NEW.institution_id AND s.meets_as = whole)
      INTO are_locked FROM (
        SELECT FROM academic_section s WHERE s.institution_id = NEW.institution_id AND s.meets_as = whole
          FOR NO KEY UPDATE SKIP LOCKED) l;
    IF are_locked THEN
      PERFORM academic_offer(NEW.institution_id, whole);
    END IF;
  END IF;
  RETURN NULL;
END $freed$;

-- Whoever may study on under an enrollment is offered what was free all the while.
CREATE OR REPLACE FUNCTION academic_offer_to_active() RETURNS trigger LANGUAGE plpgsql AS $active$
DECLARE
  sections uuid[];
BEGIN
  sections := ARRAY(
    SELECT s.id FROM academic_section s
      WHERE s.institution_id = NEW.institution_id AND s.meets_as IN (
        SELECT m.meets_as FROM academic_waitlistentry w
          JOIN academic_section m ON m.institution_id = NEW.institution_id AND m.id = w.section_id
          WHERE w.institution_id = NEW.institution_id AND w.student_id = NEW.student_id
            AND w.enrollment_id = NEW.id AND w.status = 'waiting')
      ORDER BY s.id FOR NO KEY UPDATE);
  PERFORM academic_end_due(NEW.institution_id, sections);
  PERFORM academic_offer(NEW.institution_id, o.meets_as) FROM (
    SELECT DISTINCT meets_as FROM academic_section WHERE institution_id = NEW.institution_id AND id = ANY (sections)) o;
  RETURN NULL;
END $active$;

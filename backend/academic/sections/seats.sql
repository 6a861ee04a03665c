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

-- Lock a section with all that meet together with it, unless somebody else has one of them; whether it was done. Whoever
-- asks so waits for nobody, and may have locked whatever they have in any order.
CREATE OR REPLACE FUNCTION academic_try_lock(place uuid, section uuid) RETURNS boolean LANGUAGE plpgsql AS $try$
DECLARE
  together uuid := (SELECT s.meets_as FROM academic_section s WHERE s.institution_id = place AND s.id = section);
BEGIN
  RETURN (SELECT count(*) FROM (
      SELECT FROM academic_section s WHERE s.institution_id = place AND s.meets_as = together
        FOR NO KEY UPDATE SKIP LOCKED) locked)
    = (SELECT count(*) FROM academic_section s WHERE s.institution_id = place AND s.meets_as = together);
END $try$;

-- Give back the seats of parts that were offered with a whole, where that offer is over or was accepted with other parts.
-- Of a part that somebody else has locked it is done by the next run of the task, or when the offer would have expired.
CREATE OR REPLACE FUNCTION academic_let_go(place uuid, wholes uuid[]) RETURNS void LANGUAGE plpgsql AS $let_go$
DECLARE
  part uuid;
  let_go uuid[];
  drawn_from uuid[];
BEGIN
  FOR part IN
    SELECT DISTINCT w.section_id
      FROM academic_section p
      JOIN academic_waitlistentry w ON w.institution_id = place AND w.section_id = p.id AND w.status = 'offered'
      JOIN academic_waitlistentry o ON o.institution_id = place AND o.id = w.offered_with_id AND o.status <> 'offered'
      WHERE p.institution_id = place AND p.whole_id = ANY (wholes)
      ORDER BY w.section_id
  LOOP
    CONTINUE WHEN NOT academic_try_lock(place, part);
    WITH ended AS (
      UPDATE academic_waitlistentry w
        SET status = CASE WHEN o.status IN ('expired', 'canceled') THEN o.status ELSE 'refused' END,
            version = w.version + 1, updated_at = now()
        FROM academic_waitlistentry o
        WHERE w.institution_id = place AND w.section_id = part AND w.status = 'offered'
          AND o.institution_id = place AND o.id = w.offered_with_id AND o.status <> 'offered'
        RETURNING w.section_id, w.reservation_id
    )
    SELECT array_agg(section_id), array_agg(reservation_id) INTO let_go, drawn_from FROM ended;
    PERFORM academic_give_back(place, let_go, drawn_from);
  END LOOP;
END $let_go$;

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
    PERFORM academic_let_go(place, sections);
  END IF;
END $due$;

-- How long registering for a section is possible from now on, for who is in a program: until the end of the window that
-- is open or, if that is sooner, of the last day of the section; null while none is open. It is over once the last of them
-- has closed, or the section has ended. Where who continues and who is new register in windows of their own, there is a
-- row for each; otherwise one for all, where `continues` is null.
CREATE OR REPLACE FUNCTION academic_registering(place uuid, section uuid, program uuid)
RETURNS TABLE (continues boolean, until timestamptz, is_over boolean) LANGUAGE plpgsql STABLE AS $registering$
BEGIN
  RETURN QUERY
  WITH own AS MATERIALIZED (SELECT * FROM academic_windows_to_register(place, section, program)),
  those (continues) AS (
    SELECT NULL::boolean WHERE NOT EXISTS (SELECT FROM own w WHERE w.continues)
    UNION ALL
    SELECT unnest(ARRAY[true, false]) WHERE EXISTS (SELECT FROM own w WHERE w.continues)
  ),
  last AS MATERIALIZED (
    SELECT (s.ends_on + 1)::timestamp AT TIME ZONE i.time_zone AS ends_at
      FROM academic_section s JOIN faculties_institution i ON i.id = place
      WHERE s.institution_id = place AND s.id = section
  )
  SELECT t.continues,
         CASE WHEN now() >= l.ends_at THEN NULL
              WHEN count(w.kind) = 0 THEN l.ends_at
              ELSE max(least(w.closes_at, l.ends_at)) FILTER (WHERE now() >= w.opens_at AND now() < w.closes_at) END,
         now() >= l.ends_at OR coalesce(max(w.closes_at) <= now(), false)
    FROM last l CROSS JOIN those t LEFT JOIN own w ON w.continues IS NULL OR w.continues = t.continues
    GROUP BY t.continues, l.ends_at;
END $registering$;

-- Whether a student need not pass a check today, in a section. One for a whole is one for its parts; when they meet is
-- another matter.
CREATE OR REPLACE FUNCTION academic_is_waived(place uuid, student uuid, section uuid, what text)
RETURNS boolean LANGUAGE plpgsql STABLE AS $waived$
BEGIN
  RETURN EXISTS (
    SELECT FROM academic_waiver w
      JOIN faculties_institution i ON i.id = place
      JOIN academic_section s ON s.institution_id = place AND s.id = section
      WHERE w.institution_id = place AND w.student_id = student AND w.waives = what
        AND (w.section_id = s.id OR w.course_id = s.course_id OR w.section_id = s.whole_id AND what <> 'time_clash')
        AND w.revoked_at IS NULL AND w.until >= (now() AT TIME ZONE i.time_zone)::date);
END $waived$;

-- Nobody waits for a section that is canceled, with an offer or without, or where registering is over.
CREATE OR REPLACE FUNCTION academic_end_waiting(place uuid, sections uuid[])
RETURNS void LANGUAGE plpgsql AS $ending$
DECLARE
  canceled uuid[];
  drawn_from uuid[];
  torn uuid[];
  whole uuid;
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
      OR t.is_over AND NOT academic_is_waived(place, o.student_id, o.section_id, 'window'));

  WITH ended AS (
    UPDATE academic_waitlistentry w
      SET status = 'canceled', told_at = CASE WHEN w.offered_with_id IS NOT NULL THEN w.told_at END,
          version = w.version + 1, updated_at = now()
      FROM academic_section s
      WHERE s.institution_id = place AND s.id = ANY (sections) AND s.status = 'canceled'
        AND w.institution_id = place AND w.section_id = s.id AND w.status = 'offered'
      RETURNING w.section_id, w.reservation_id, w.offered_with_id
  )
  SELECT array_agg(section_id), array_agg(reservation_id), array_agg(offered_with_id) INTO canceled, drawn_from, torn
    FROM ended;
  IF canceled IS NULL THEN
    RETURN;
  END IF;
  PERFORM academic_give_back(place, canceled, drawn_from);
  PERFORM academic_let_go(place, sections);

  -- An offer without its part is none: whoever had it waits again, at their place.
  FOR whole IN
    SELECT DISTINCT o.section_id FROM academic_waitlistentry o
      WHERE o.institution_id = place AND o.id = ANY (torn) AND o.status = 'offered' ORDER BY o.section_id
  LOOP
    CONTINUE WHEN NOT academic_try_lock(place, whole);
    WITH waits_again AS MATERIALIZED (
      SELECT o.id, o.section_id, o.reservation_id FROM academic_waitlistentry o
        WHERE o.institution_id = place AND o.id = ANY (torn) AND o.section_id = whole AND o.status = 'offered'
    ), taken_back AS (
      UPDATE academic_waitlistentry o
        SET status = 'waiting', offered_at = NULL, expires_at = NULL, told_at = NULL, reservation_id = NULL,
            version = o.version + 1, updated_at = now()
        FROM waits_again a WHERE o.institution_id = place AND o.id = a.id
    )
    SELECT array_agg(section_id), array_agg(reservation_id) INTO canceled, drawn_from FROM waits_again;
    PERFORM academic_give_back(place, canceled, drawn_from);
    PERFORM academic_let_go(place, ARRAY[whole]);
  END LOOP;
END $ending$;

-- Whatever frees a seat of a section (who drops, withdraws, swaps or refuses, an offer that expires, a capacity that is
-- raised, a reservation that ends) has it offered at once, in the order of the waitlist, to the first who could take it;
-- only while registering is possible, and for no longer. Where sections meet together under one capacity, a seat of one
-- may be for who waits for another. With a section that has parts goes a seat in one of each kind: they are held by
-- entries of their own, which end with the offer. Who waits for a part is in its whole.
CREATE OR REPLACE FUNCTION academic_offer(place uuid, together uuid) RETURNS void LANGUAGE plpgsql AS $offer$
DECLARE
  waits record;
  seats record;
  whole uuid;
  parts uuid[];
  gone uuid[] := '{}';
BEGIN
  FOR waits IN
    WITH waiting AS MATERIALIZED (
      SELECT w.id, w.section_id, w.student_id, w.enrollment_id, w.priority, w.created_at, v.program_id
        FROM academic_section s
        JOIN academic_waitlistentry w ON w.institution_id = place AND w.section_id = s.id AND w.status = 'waiting'
        JOIN academic_enrollment e ON e.institution_id = place AND e.id = w.enrollment_id
        JOIN academic_programversion v ON v.institution_id = place AND v.id = e.program_version_id
        WHERE s.institution_id = place AND s.meets_as = together AND s.status IN ('planned', 'open')
          AND e.ended_on IS NULL AND e.status = 'active'
          AND (s.whole_id IS NULL OR EXISTS (
            SELECT FROM academic_registration r WHERE r.institution_id = place AND r.student_id = w.student_id
              AND r.section_id = s.whole_id AND r.status = 'registered'))
    ),
    times AS MATERIALIZED (
      SELECT o.section_id, o.program_id, r.continues, r.until
        FROM (SELECT DISTINCT section_id, program_id FROM waiting) o
        CROSS JOIN LATERAL academic_registering(place, o.section_id, o.program_id) r
        WHERE academic_free_of(place, o.section_id) > 0 IS NOT FALSE
    )
    SELECT w.*, least(t.until, now() + interval '1 hour' * coalesce(
             (SELECT p.offer_hours FROM academic_waitlistpolicy p WHERE p.institution_id = place), 48)) AS expires_at
      FROM waiting w JOIN times t USING (section_id, program_id)
      WHERE (t.continues IS NULL OR t.continues = academic_continues(place, w.student_id, w.section_id))
        AND (t.until IS NOT NULL OR academic_is_waived(place, w.student_id, w.section_id, 'window'))
      ORDER BY w.priority, w.created_at, w.id
  LOOP
    CONTINUE WHEN waits.section_id = ANY (gone);
    IF waits.section_id IS DISTINCT FROM whole THEN
      whole := waits.section_id;
      -- The whole is locked before its parts by everybody. One that somebody else has is not waited for here: the next
      -- run of the task offers it (academic/waitlists/offers.py).
      parts := ARRAY(
        SELECT p.id FROM academic_section p
          WHERE p.institution_id = place AND p.whole_id = whole AND p.status IN ('planned', 'open')
            AND academic_try_lock(place, p.id));
    END IF;
    SELECT * INTO seats FROM academic_seats_for(place, waits.section_id, waits.enrollment_id, parts);
    CONTINUE WHEN seats.sections IS NULL;

    UPDATE academic_waitlistentry w
      SET status = 'offered', offered_at = now(), expires_at = waits.expires_at, reservation_id = seats.drawn_from[1],
          version = w.version + 1, updated_at = now()
      WHERE w.institution_id = place AND w.id = waits.id;
    -- Nobody is told of a part by itself.
    INSERT INTO academic_waitlistentry AS w (
        id, created_at, updated_at, version, institution_id, enrollment_id, student_id, section_id, priority,
        priority_reason, status, offered_at, expires_at, told_at, reservation_id, offered_with_id)
      SELECT uuidv7(), now(), now(), 1, place, waits.enrollment_id, waits.student_id, h.section_id, waits.priority,
             '', 'offered', now(), waits.expires_at, now(), h.reservation_id, waits.id
        FROM unnest(seats.sections[2:], seats.drawn_from[2:]) AS h (section_id, reservation_id)
      ON CONFLICT (institution_id, student_id, section_id) WHERE status IN ('waiting', 'offered') DO UPDATE
        SET status = 'offered', offered_at = excluded.offered_at, expires_at = excluded.expires_at,
            told_at = excluded.told_at, reservation_id = excluded.reservation_id,
            offered_with_id = excluded.offered_with_id, version = w.version + 1, updated_at = now();
    UPDATE academic_seatreservation r SET seats_offered = r.seats_offered + 1
      WHERE r.institution_id = place AND r.id = ANY (seats.drawn_from);
    UPDATE academic_section s
      SET seats_offered = s.seats_offered + 1, seats_reserved = s.seats_reserved - (h.reservation_id IS NOT NULL)::int
      FROM unnest(seats.sections, seats.drawn_from) AS h (section_id, reservation_id)
      WHERE s.institution_id = place AND s.id = h.section_id;
    IF academic_free_of(place, whole) = 0 THEN
      gone := gone || whole;
    END IF;
  END LOOP;
END $offer$;

-- A seat of a part may be what who waits for its whole lacks.
CREATE OR REPLACE FUNCTION academic_offer_seats() RETURNS trigger LANGUAGE plpgsql AS $freed$
BEGIN
  IF NEW.status NOT IN ('planned', 'open') THEN
    PERFORM academic_end_waiting(NEW.institution_id, ARRAY[NEW.id]);
  END IF;
  PERFORM academic_offer(NEW.institution_id, NEW.meets_as);
  -- It met with others before, who have more seats now.
  IF TG_OP = 'UPDATE' AND OLD.meets_as <> NEW.meets_as AND academic_try_lock(NEW.institution_id, OLD.meets_as) THEN
    PERFORM academic_offer(NEW.institution_id, OLD.meets_as);
  END IF;
  IF NEW.whole_id IS NOT NULL AND EXISTS (
    SELECT FROM academic_waitlistentry w
      WHERE w.institution_id = NEW.institution_id AND w.section_id = NEW.whole_id AND w.status = 'waiting'
  ) AND academic_try_lock(NEW.institution_id, NEW.whole_id) THEN
    PERFORM academic_offer(NEW.institution_id, s.meets_as) FROM academic_section s
      WHERE s.institution_id = NEW.institution_id AND s.id = NEW.whole_id;
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

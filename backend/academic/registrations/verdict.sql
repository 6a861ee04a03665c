-- The one place where it is decided who is registered: for a request, for a cohort, and for a dry run, which the caller
-- rolls back. `asked` is a list of attempts in the order of their arrival:
--   {"key", "enrollment", "section", "registered_on", "attempt", "credits_studied", "age_band", "requisites", "unmet"}
-- where the key is the id that the registration gets, `requisites` is how they stand for who gets in, and `unmet` are
-- those that are not met, each with a code and figures: trees are judged before (academic.requisites). Which `attempt`
-- at the course it is, is counted where nobody says. Each has one answer: no failed check, and it is registered; or
-- every check that failed, in the order in which they are asked.
--
-- The students are locked first, then the sections with all that meet together with them, each in the order of ids, and
-- only then what hangs on the seats of a section. What two calls at once want then comes one after the other, and cannot
-- deadlock. No constraint depends on it: a seat too many, or a student twice in a section, is refused by the tables
-- themselves.
CREATE OR REPLACE FUNCTION academic_register(place uuid, asked jsonb, today date)
RETURNS TABLE (key uuid, failed jsonb) LANGUAGE plpgsql
-- It is planned once for each connection. What is asked comes as JSON, of which a plan of its own would know no more.
SET plan_cache_mode = force_generic_plan AS $verdict$
#variable_conflict use_column
DECLARE
  turns int[] := '{}';
  turn int := 1;
  seen uuid[] := '{}';
  student uuid;
  section uuid;
  locked uuid[];
  are_held boolean;
BEGIN
  PERFORM FROM students_student s
    -- Arrays, for the planner takes a hundred rows of JSON for enough to read all enrollments, and where it was never
    -- told how many students there are, reads them all.
    WHERE s.institution_id = place AND s.id = ANY (ARRAY(
      SELECT e.student_id FROM academic_enrollment e WHERE e.institution_id = place
        AND e.id = ANY (ARRAY(SELECT (a->>'enrollment')::uuid FROM jsonb_array_elements(asked) a))))
    ORDER BY s.id FOR NO KEY UPDATE;
  SELECT array_agg(s.id), bool_or(s.seats_reserved + s.seats_offered > 0) INTO locked, are_held FROM (
    SELECT s.id, s.seats_reserved, s.seats_offered FROM academic_section s
      WHERE s.institution_id = place AND s.meets_as IN (
        SELECT m.meets_as FROM academic_section m
          WHERE m.institution_id = place
            AND m.id IN (SELECT (a->>'section')::uuid FROM jsonb_array_elements(asked) a))
      ORDER BY s.id FOR NO KEY UPDATE
  ) s;
  IF are_held THEN
    PERFORM academic_end_due(place, locked);
  END IF;

  -- A turn is a run of attempts of different students: whoever comes again is judged by what came of the time before.
  -- So is whoever comes to a section with several reservations, of which more than one may be for them.
  FOR student, section IN
    SELECT e.student_id, s.id
      FROM jsonb_array_elements(asked) WITH ORDINALITY AS a (said, nth)
      LEFT JOIN academic_enrollment e ON e.institution_id = place AND e.id = (a.said->>'enrollment')::uuid
        AND e.id = ANY (ARRAY(SELECT (a->>'enrollment')::uuid FROM jsonb_array_elements(asked) a))
      LEFT JOIN academic_section s ON are_held AND s.institution_id = place AND s.id = (a.said->>'section')::uuid
        AND s.id = ANY (locked) AND 1 < (SELECT count(*) FROM academic_seatreservation r
                   WHERE r.institution_id = place AND r.section_id = s.id AND r.ended_at IS NULL)
      ORDER BY a.nth
  LOOP
    IF student = ANY (seen) OR section = ANY (seen) THEN
      turn := turn + 1;
      seen := '{}';
    END IF;
    seen := seen || student || section;
    turns := turns || turn;
  END LOOP;

  FOR turn IN 1..turn LOOP
    RETURN QUERY
    WITH attempt AS MATERIALIZED (
      SELECT a.nth, a.key, a.registered_on, a.attempt, a.credits_studied, a.age_band, a.requisites, a.unmet,
             -- The day that counts: the one on which the student was registered, as far as it is stated.
             coalesce(a.registered_on, today) AS day,
             e.id AS enrollment_id, e.student_id, e.status AS enrollment_status, e.enrolled_on, e.ended_on,
             e.program_version_id,
             v.program_id,
             s.id AS section_id, s.status AS section_status, s.starts_on AS section_starts_on,
             s.ends_on AS section_ends_on, s.meets_as, s.whole_id, s.kind,
             s.capacity, s.seats_taken, s.seats_reserved, s.seats_offered,
             (SELECT h.combined_capacity FROM academic_section h
                WHERE h.institution_id = place AND h.id = s.meets_as) AS combined_capacity,
             ARRAY(SELECT t FROM academic_terms_with(place, s.term_id) t) AS terms, c.id AS course_id, s.credits,
             c.id || ARRAY(
               SELECT q.course_id FROM academic_courseequivalence q
                 WHERE q.institution_id = place AND q.counts_as_id = c.id
               UNION ALL
               SELECT q.counts_as_id FROM academic_courseequivalence q
                 WHERE q.institution_id = place AND q.course_id = c.id AND q.both_ways) AS courses
        FROM ROWS FROM (jsonb_to_recordset(asked) AS (
               key uuid, enrollment uuid, section uuid, registered_on date, attempt smallint, credits_studied numeric,
               age_band text, requisites text, unmet jsonb
             )) WITH ORDINALITY AS a (
               key, enrollment, section, registered_on, attempt, credits_studied, age_band, requisites, unmet, nth
             )
        JOIN academic_enrollment e ON e.institution_id = place AND e.id = a.enrollment
        JOIN academic_programversion v ON v.institution_id = place AND v.id = e.program_version_id
        JOIN academic_section s ON s.institution_id = place AND s.id = a.section
        JOIN academic_course c ON c.institution_id = place AND c.id = s.course_id
        WHERE turns[a.nth] = turn
    ),
    -- The checks, in the order of their ranks. Each says of an attempt what failed, with its figures. What was canceled
    -- is taken by nobody, and a term and its parts are one.
    found (nth, rank, "check", code, figures) AS (
      SELECT a.nth, 0, 'once', 'already_registered', jsonb_build_object('status', r.status)
        FROM attempt a
        JOIN academic_registration r
          ON r.institution_id = place AND r.student_id = a.student_id AND r.section_id = a.section_id
        WHERE r.id <> a.key OR r.status <> 'withdrawn'
      UNION ALL
      -- Of several windows that are shut, the next one to open is told, or the last one that was open.
      SELECT a.nth, 1, 'window', 'window_shut',
             jsonb_build_object('kind', w.kind, 'opens_at', w.opens_at, 'closes_at', w.closes_at, 'clock', i.time_zone,
                                'opens', to_char(w.opens_at AT TIME ZONE i.time_zone, 'YYYY-MM-DD HH24:MI'),
                                'closes', to_char(w.closes_at AT TIME ZONE i.time_zone, 'YYYY-MM-DD HH24:MI'))
        FROM attempt a
        JOIN faculties_institution i ON i.id = place
        CROSS JOIN LATERAL (
          SELECT w.*, bool_or(now() >= w.opens_at AND now() < w.closes_at) OVER () AS is_open
            FROM academic_windows_to_register(place, a.section_id, a.program_id) w
            -- Looked up once, and only where windows differ by it.
            WHERE w.continues IS NULL
               OR w.continues = (SELECT academic_continues(place, a.student_id, a.section_id))
            ORDER BY w.opens_at <= now(), CASE WHEN w.opens_at > now() THEN w.opens_at END, w.closes_at DESC
            LIMIT 1
        ) w
        WHERE NOT w.is_open
      UNION ALL
      SELECT a.nth, 1, 'window', 'section_over', jsonb_build_object('ends_on', a.section_ends_on)
        FROM attempt a WHERE a.day > a.section_ends_on
      UNION ALL
      SELECT a.nth, 2, 'holds', 'hold', jsonb_build_object('kind', h.kind, 'starts_on', h.starts_on, 'hold', h.id)
        FROM attempt a
        JOIN academic_hold h ON h.institution_id = place AND h.student_id = a.student_id
        WHERE h.blocks_registration AND h.lifted_at IS NULL
          AND today >= h.starts_on AND (h.ends_on IS NULL OR today <= h.ends_on)
      -- Whoever is enrolled finishes, also in a program that is closed to new students.
      UNION ALL
      SELECT a.nth, 3, 'program', 'enrollment_ended', jsonb_build_object('ended_on', a.ended_on)
        FROM attempt a WHERE a.ended_on IS NOT NULL
      -- Whoever is going to be enrolled by then registers ahead.
      UNION ALL
      SELECT a.nth, 3, 'program', 'enrollment_not_begun', jsonb_build_object('enrolled_on', a.enrolled_on)
        FROM attempt a WHERE a.enrolled_on > greatest(a.day, a.section_starts_on)
      UNION ALL
      SELECT a.nth, 3, 'program', 'enrollment_paused', jsonb_build_object('status', a.enrollment_status)
        FROM attempt a WHERE a.ended_on IS NULL AND a.enrollment_status <> 'active'
      UNION ALL
      SELECT a.nth, 3, 'program', 'section_shut', jsonb_build_object('status', a.section_status)
        FROM attempt a WHERE a.section_status NOT IN ('planned', 'open')
      -- A part goes with its whole, and a whole with one part of each kind: taken before, or asked for in the same call.
      UNION ALL
      SELECT a.nth, 3, 'linked', 'whole_missing', jsonb_build_object('code', w.code)
        FROM attempt a JOIN academic_section w ON w.institution_id = place AND w.id = a.whole_id
        WHERE NOT EXISTS (
          SELECT FROM academic_registration r WHERE r.institution_id = place AND r.student_id = a.student_id
            AND r.section_id = a.whole_id AND r.status = 'registered')
      UNION ALL
      SELECT a.nth, 3, 'linked', 'other_part', jsonb_build_object('code', s.code, 'kind', s.kind)
        FROM attempt a
        JOIN academic_section s ON s.institution_id = place AND s.whole_id = a.whole_id AND s.kind = a.kind
        JOIN academic_registration r ON r.institution_id = place AND r.student_id = a.student_id
          AND r.section_id = s.id AND r.status = 'registered'
        WHERE s.id <> a.section_id AND s.status <> 'canceled'
      UNION ALL
      SELECT a.nth, 3, 'linked', 'part_missing',
             jsonb_build_object('kind', p.kind, 'parts', string_agg(p.code, ', ' ORDER BY p.code))
        FROM attempt a
        JOIN academic_section p
          ON p.institution_id = place AND p.whole_id = a.section_id AND p.status IN ('planned', 'open')
        GROUP BY a.nth, a.student_id, a.enrollment_id, a.section_id, p.kind
        HAVING NOT EXISTS (
          SELECT FROM academic_section s
            WHERE s.institution_id = place AND s.whole_id = a.section_id AND s.kind = p.kind
              AND s.status <> 'canceled' AND (
              EXISTS (SELECT FROM academic_registration r WHERE r.institution_id = place
                AND r.student_id = a.student_id AND r.section_id = s.id AND r.status = 'registered')
              OR EXISTS (SELECT FROM jsonb_to_recordset(asked) AS b (enrollment uuid, section uuid)
                WHERE b.enrollment = a.enrollment_id AND b.section = s.id)))
      -- Parts are told apart by their kinds. Once its result is there, a course may be taken again.
      UNION ALL
      SELECT a.nth, 4, 'same_course', 'already_in_course',
             jsonb_build_object('code', c.code, 'section', s.code, 'registration', r.id)
        FROM attempt a
        JOIN academic_registration r ON r.institution_id = place AND r.student_id = a.student_id
          AND r.status = 'registered' AND r.result = 'pending' AND r.section_id <> a.section_id
        JOIN academic_section s ON s.institution_id = place AND s.id = r.section_id
          AND s.course_id = a.course_id AND s.term_id = ANY (a.terms) AND s.whole_id IS NULL AND s.status <> 'canceled'
        JOIN academic_course c ON c.institution_id = place AND c.id = s.course_id
        WHERE a.whole_id IS NULL
      UNION ALL
      SELECT a.nth, 5, 'requisites', u.code, u.figures
        FROM attempt a CROSS JOIN LATERAL jsonb_to_recordset(a.unmet) AS u (code text, figures jsonb)
      UNION ALL
      SELECT a.nth, 6, 'load', 'too_many_credits',
             jsonb_build_object('most', l.most_credits, 'taken', taken.credits, 'credits', a.credits)
        FROM attempt a
        CROSS JOIN LATERAL (
          SELECT most_credits FROM academic_loadlimit l
            WHERE l.institution_id = place
              AND (l.program_version_id = a.program_version_id OR l.program_version_id IS NULL)
            ORDER BY l.program_version_id NULLS LAST LIMIT 1
        ) l
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(s.credits), 0) AS credits
            FROM academic_registration r
            JOIN academic_section s ON s.institution_id = place AND s.id = r.section_id
            WHERE r.institution_id = place AND r.student_id = a.student_id AND r.status = 'registered'
              AND s.term_id = ANY (a.terms) AND s.status <> 'canceled'
        ) taken
        WHERE taken.credits + a.credits > l.most_credits
      UNION ALL
      SELECT a.nth, 7, 'time_clash', 'time_clash',
             jsonb_build_object('code', c.code, 'section', s.code, 'times', count(*),
                                'at', to_char(min(o.starts_at AT TIME ZONE i.time_zone), 'YYYY-MM-DD HH24:MI'))
        FROM attempt a
        JOIN faculties_institution i ON i.id = place
        JOIN academic_registration r
          ON r.institution_id = place AND r.student_id = a.student_id AND r.status = 'registered'
        JOIN academic_section s
          ON s.institution_id = place AND s.id = r.section_id AND s.status <> 'canceled'
        JOIN academic_occurrence o ON o.institution_id = place AND o.section_id = a.meets_as
        JOIN academic_occurrence other ON other.institution_id = place AND other.section_id = s.meets_as
          AND other.starts_at < o.ends_at AND o.starts_at < other.ends_at
        JOIN academic_course c ON c.institution_id = place AND c.id = s.course_id
        WHERE r.section_id <> a.section_id AND o.status = 'scheduled' AND other.status = 'scheduled'
        GROUP BY a.nth, s.id, c.id
    ),
    unwaived AS MATERIALIZED (
      SELECT f.* FROM found f JOIN attempt a USING (nth)
        WHERE NOT EXISTS (
          SELECT FROM academic_waiver w
            WHERE w.institution_id = place AND w.student_id = a.student_id AND w.waives = f."check"
              -- One for a whole is one for its parts, which are taken with it; when they meet is another matter.
              AND (w.section_id = a.section_id OR w.course_id = a.course_id
                OR w.section_id = a.whole_id AND w.waives <> 'time_clash')
              AND w.revoked_at IS NULL AND w.until >= today)
    ),
    -- Seats go by the order of arrival to those who fail at nothing else: the one that is offered to them, those that are
    -- set aside for them, and when these are gone, those for all.
    queued AS MATERIALIZED (
      SELECT a.*, NOT EXISTS (SELECT FROM unwaived u WHERE u.nth = a.nth) AS is_clear,
             w.id AS entry_id, w.status IS NOT DISTINCT FROM 'offered' AS has_offer, w.reservation_id AS offered_of,
             r.id AS reservation_id, r.free AS set_aside
        FROM attempt a
        LEFT JOIN academic_waitlistentry w
          ON w.institution_id = place AND w.student_id = a.student_id AND w.section_id = a.section_id
          AND w.status IN ('waiting', 'offered')
        LEFT JOIN LATERAL academic_reservation_of(place, a.section_id, a.enrollment_id) r
          ON a.seats_reserved > 0 AND w.status IS DISTINCT FROM 'offered'
    ),
    seated AS MATERIALIZED (
      SELECT q.*, CASE WHEN q.has_offer THEN q.offered_of
                       WHEN count(*) FILTER (WHERE q.is_clear) OVER before < q.set_aside THEN q.reservation_id
                  END AS source
        FROM queued q
        WINDOW before AS (
          PARTITION BY q.reservation_id ORDER BY q.nth ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    ),
    judged AS MATERIALIZED (
      SELECT s.*, NOT s.has_offer AND s.source IS NULL
                  AND s.seats_taken + s.seats_reserved + s.seats_offered
                      + count(*) FILTER (WHERE s.is_clear AND NOT s.has_offer AND s.source IS NULL) OVER before
                      >= s.capacity IS TRUE AS is_full
        FROM seated s
        WINDOW before AS (PARTITION BY s.section_id ORDER BY s.nth ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    ),
    -- Then those of all who meet together.
    answered AS MATERIALIZED (
      SELECT j.*, t.held AS held_together,
             NOT j.has_offer AND t.held
               + count(*) FILTER (WHERE j.is_clear AND NOT j.is_full AND NOT j.has_offer) OVER before
               >= j.combined_capacity IS TRUE AS is_full_together
        FROM judged j
        LEFT JOIN LATERAL (
          SELECT sum(s.seats_taken + s.seats_offered) AS held FROM academic_section s
            WHERE s.institution_id = place AND s.meets_as = j.meets_as
        ) t ON j.combined_capacity IS NOT NULL
        WINDOW before AS (PARTITION BY j.meets_as ORDER BY j.nth ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    ),
    made AS (
      INSERT INTO academic_registration AS r (
          id, created_at, updated_at, version, institution_id, enrollment_id, student_id, section_id, reservation_id,
          status, result, registered_on, attempt, credits_studied, age_band, requisites)
        SELECT j.key, now(), now(), 1, place, j.enrollment_id, j.student_id, j.section_id, j.source,
               'registered', 'pending', j.registered_on,
               -- Who left a course in time has no row of it: all others tried it, or what counts as it, before.
               -- (Filtered when they are counted, so that no plan begins with the sections.)
               coalesce(j.attempt, 1 + (
                 SELECT count(*) FILTER (
                     WHERE s.course_id = ANY (j.courses) AND s.whole_id IS NULL AND s.status <> 'canceled'
                       AND s.id <> j.section_id AND s.id IS DISTINCT FROM j.whole_id)
                   FROM academic_registration t
                   JOIN academic_section s ON s.institution_id = place AND s.id = t.section_id
                   WHERE t.institution_id = place AND t.student_id = j.student_id)),
               j.credits_studied, j.age_band, j.requisites
          FROM answered j WHERE j.is_clear AND NOT j.is_full AND NOT j.is_full_together
        -- The key of one who withdrew from this section: they are back in it.
        ON CONFLICT (id) DO UPDATE SET
          status = 'registered', result = 'pending', withdrawn_on = NULL, reservation_id = excluded.reservation_id,
          requisites = excluded.requisites, version = r.version + 1, updated_at = now()
          WHERE r.student_id = excluded.student_id AND r.section_id = excluded.section_id
        RETURNING r.id, r.section_id, r.reservation_id
    ),
    got AS (
      SELECT m.section_id, m.reservation_id, j.entry_id, j.has_offer FROM made m JOIN answered j ON j.key = m.id
    ),
    accepted AS (
      UPDATE academic_waitlistentry w SET status = 'accepted', version = w.version + 1, updated_at = now()
        FROM got g WHERE w.institution_id = place AND w.id = g.entry_id
    ),
    drawn AS (
      UPDATE academic_seatreservation r
        SET seats_taken = r.seats_taken + g.seats, seats_offered = r.seats_offered - g.offers
        FROM (SELECT reservation_id, count(*) AS seats, count(*) FILTER (WHERE has_offer) AS offers
                FROM got GROUP BY reservation_id) g
        WHERE r.institution_id = place AND r.id = g.reservation_id
    ),
    counted AS (
      UPDATE academic_section s
        SET seats_taken = s.seats_taken + g.seats, seats_offered = s.seats_offered - g.offers,
            seats_reserved = s.seats_reserved - g.set_aside
        FROM (SELECT section_id, count(*) AS seats, count(*) FILTER (WHERE has_offer) AS offers,
                     count(reservation_id) FILTER (WHERE NOT has_offer) AS set_aside
                FROM got GROUP BY section_id) g
        WHERE s.institution_id = place AND s.id = g.section_id
    )
    SELECT j.key, coalesce(
        (SELECT jsonb_agg(jsonb_build_object('check', u."check", 'code', u.code, 'figures', u.figures)
                          ORDER BY u.rank, u.code, u.figures)
           FROM unwaived u WHERE u.nth = j.nth), '[]')
        || CASE WHEN j.is_full_together THEN jsonb_build_array(jsonb_build_object(
             'check', 'seats', 'code', 'full_together',
             'figures', jsonb_build_object('capacity', j.combined_capacity, 'held', j.held_together)))
           WHEN j.is_full THEN jsonb_build_array(jsonb_build_object(
             'check', 'seats', 'code', 'full',
             'figures', jsonb_build_object(
               'capacity', j.capacity, 'taken', j.seats_taken, 'reserved', j.seats_reserved,
               'offered', j.seats_offered, 'waiting', (
                 SELECT count(*) FROM academic_waitlistentry w
                   WHERE w.institution_id = place AND w.section_id = j.section_id AND w.status = 'waiting'))))
           ELSE '[]' END
      FROM answered j ORDER BY j.nth;
  END LOOP;
  -- Seats of parts that were offered with what is taken, where others were chosen.
  IF are_held THEN
    PERFORM academic_let_go(place, locked);
  END IF;
END $verdict$;

-- Where windows and exceptions may lie, whoever writes them, their term, or the first day of a section. Judged at the end
-- of the transaction: a term may move with what lies in it, and rules say first which one would not fit, and why.
CREATE OR REPLACE FUNCTION academic_window_lies_outside(place uuid, of_term uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM academic_window own
    JOIN faculties_institution home ON home.id = own.institution_id
    JOIN academic_term term ON term.institution_id = own.institution_id AND term.id = own.term_id
    LEFT JOIN academic_termexception exception ON exception.institution_id = own.institution_id
      AND exception.term_id = own.term_id AND exception.program_id = own.program_id
    LEFT JOIN academic_section section ON section.institution_id = own.institution_id AND section.id = own.section_id
    CROSS JOIN LATERAL (
      SELECT coalesce(exception.starts_on, term.starts_on) AS starts_on, coalesce(exception.ends_on, term.ends_on) AS ends_on
    ) days
    CROSS JOIN LATERAL (SELECT coalesce(section.starts_on, days.starts_on) AS day) first
    WHERE own.institution_id = place AND own.term_id = of_term AND (
      coalesce(own.opens_at, (first.day + own.opens_after)::timestamp AT TIME ZONE home.time_zone)
        < (days.starts_on - CASE own.kind WHEN 'results' THEN 0 ELSE 365 END)::timestamp AT TIME ZONE home.time_zone
      OR own.kind <> 'results'
        AND coalesce(own.closes_at, (first.day + own.closes_after + 1)::timestamp AT TIME ZONE home.time_zone)
          > (days.ends_on + 1)::timestamp AT TIME ZONE home.time_zone))
$$;

CREATE OR REPLACE FUNCTION academic_refuse_far_from_term() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  place uuid := coalesce(NEW.institution_id, OLD.institution_id);
  of_term uuid;
BEGIN
  -- One change of an institution's terms at a time: a term could shrink while a window of it is added.
  PERFORM pg_advisory_xact_lock(hashtextextended('terms:' || place, 0));
  IF TG_TABLE_NAME = 'academic_term' THEN of_term := NEW.id; ELSE of_term := coalesce(NEW.term_id, OLD.term_id); END IF;
  IF academic_window_lies_outside(place, of_term) THEN
    RAISE EXCEPTION 'a window lies outside its term'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'window_near_its_term';
  END IF;
  IF EXISTS (
    SELECT FROM academic_termexception exception
    JOIN academic_term term ON term.institution_id = exception.institution_id AND term.id = exception.term_id
    WHERE exception.institution_id = place AND exception.term_id = of_term
      AND greatest(abs(exception.starts_on - term.starts_on), abs(exception.ends_on - term.ends_on)) > 120
  ) THEN
    RAISE EXCEPTION 'an exception lies far from its term'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'term_exception_near_its_term';
  END IF;
  RETURN NULL;
END $$;

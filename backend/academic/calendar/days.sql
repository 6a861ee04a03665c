-- How long a term lasts, and that a section has to do with the days of its term, whoever writes them. Rules say it first,
-- of the field. Judged where these days are written: so a term may move first, and its sections after it.
CREATE OR REPLACE FUNCTION academic_refuse_long_term() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.ends_on - NEW.starts_on > 731 THEN
    RAISE EXCEPTION 'a term lasts longer than two years'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'term_of_two_years';
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION academic_refuse_section_beside_its_term() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM academic_term term
    JOIN academic_course course ON course.institution_id = NEW.institution_id AND course.id = NEW.course_id
    LEFT JOIN academic_termexception exception ON exception.institution_id = NEW.institution_id
      AND exception.term_id = term.id AND exception.program_id = course.program_id
    WHERE term.institution_id = NEW.institution_id AND term.id = NEW.term_id
      AND NEW.starts_on <= greatest(term.ends_on, exception.ends_on)
      AND NEW.ends_on >= least(term.starts_on, exception.starts_on)
  ) THEN
    RAISE EXCEPTION 'a section shares no day with its term'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'section_in_its_term';
  END IF;
  RETURN NULL;
END $$;

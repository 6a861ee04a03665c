-- What versions of courses rest on in the database: what a course is on a day, that the current version says what the
-- course says, and that a section has the credits of its course.

-- Migrations before and after the columns it names read this file as it is now.
SET LOCAL check_function_bodies TO off;

-- What a course is on a day: what its version says that started last, or it itself where it has none.
CREATE OR REPLACE FUNCTION academic_course_on(place uuid, which uuid, day date)
RETURNS TABLE (
  title text, credits numeric, credits_up_to numeric, level int, contact_hours jsonb, assessment_plan jsonb)
LANGUAGE sql STABLE AS $$
  SELECT coalesce(v.title, c.title), coalesce(v.credits, c.credits),
         CASE WHEN v.id IS NULL THEN c.credits_up_to ELSE v.credits_up_to END, coalesce(v.level, c.level)::int,
         coalesce(v.contact_hours, '{}'), coalesce(v.assessment_plan, '[]')
    FROM academic_course c
    LEFT JOIN LATERAL (
      SELECT * FROM academic_courseversion v
        WHERE v.institution_id = place AND v.course_id = which AND (v.starts_on IS NULL OR v.starts_on <= day)
        ORDER BY v.starts_on DESC NULLS LAST LIMIT 1
    ) v ON true
    WHERE c.institution_id = place AND c.id = which
$$;

-- Whatever changes a course, by hand or by a file, its current version goes along.
CREATE OR REPLACE FUNCTION academic_carry_to_current_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE academic_courseversion
    SET title = NEW.title, credits = NEW.credits, credits_up_to = NEW.credits_up_to, level = NEW.level,
        description = NEW.description, version = version + 1, updated_at = now()
    WHERE institution_id = NEW.institution_id AND course_id = NEW.id AND is_current
      AND (title, credits, credits_up_to, level, description)
        IS DISTINCT FROM (NEW.title, NEW.credits, NEW.credits_up_to, NEW.level, NEW.description);
  RETURN NULL;
END $$;

-- A section that states no credits gets those of its course on its first day, the least where there is a choice; one that
-- states some states those. A part of a section earns none: the whole does.
CREATE OR REPLACE FUNCTION academic_credits_of_section() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  least numeric := 0;
  most numeric := 0;
BEGIN
  IF NEW.whole_id IS NULL THEN
    SELECT credits, coalesce(credits_up_to, credits) INTO least, most
      FROM academic_course_on(NEW.institution_id, NEW.course_id, NEW.starts_on);
  END IF;
  NEW.credits := coalesce(NEW.credits, least, 0);  -- of a course that is not there, its key tells
  IF NEW.credits NOT BETWEEN least AND most THEN
    RAISE EXCEPTION 'a section earns the credits of its course on its first day'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'section_credits_of_its_course';
  END IF;
  RETURN NEW;
END $$;

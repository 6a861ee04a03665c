-- Sections that belong together: parts of a whole, and sections that meet with another one.
CREATE OR REPLACE FUNCTION academic_refuse_sections_in_steps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- One such change of an institution at a time: a whole could become a part while a part of it is added.
  PERFORM pg_advisory_xact_lock(hashtextextended('sections:' || NEW.institution_id, 0));
  IF EXISTS (
    SELECT FROM academic_section one JOIN academic_section other ON other.institution_id = one.institution_id
      AND (other.id = one.whole_id AND other.whole_id IS NOT NULL
        OR other.id = one.meets_with_id AND other.meets_with_id IS NOT NULL)
    WHERE one.institution_id = NEW.institution_id AND NEW.id IN (one.id, other.id)
  ) THEN
    RAISE EXCEPTION 'a section is part of a part, or meets with one that meets elsewhere'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'section_in_one_step';
  END IF;
  IF NEW.meets_with_id IS NOT NULL AND EXISTS (
    SELECT FROM academic_meeting
    WHERE institution_id = NEW.institution_id AND section_id = NEW.id AND status <> 'canceled'
  ) THEN
    RAISE EXCEPTION 'a section that meets with another one has meetings'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'section_meets_in_one_place';
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION academic_refuse_meeting_elsewhere() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('sections:' || NEW.institution_id, 0));
  IF EXISTS (
    SELECT FROM academic_section
    WHERE institution_id = NEW.institution_id AND id = NEW.section_id AND meets_with_id IS NOT NULL
  ) THEN
    RAISE EXCEPTION 'a section that meets with another one has meetings'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'section_meets_in_one_place';
  END IF;
  RETURN NULL;
END $$;

-- The seats of all who meet together. The section that they meet as is locked, so that two who count at once don't each
-- miss the other.
CREATE OR REPLACE FUNCTION academic_refuse_too_many_together() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  most int;
BEGIN
  SELECT combined_capacity INTO most FROM academic_section
    WHERE institution_id = NEW.institution_id AND id = NEW.meets_as FOR NO KEY UPDATE;
  IF most < (SELECT sum(seats_taken + seats_offered) FROM academic_section
             WHERE institution_id = NEW.institution_id AND meets_as = NEW.meets_as) THEN
    RAISE EXCEPTION 'more seats are taken or offered than all who meet together have'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'section_seats_within_combined';
  END IF;
  RETURN NULL;
END $$;

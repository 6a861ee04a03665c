-- The shares of those who attend a section are at most the whole, and the whole where all of them have one. Judged when
-- the statement is through, so that one statement may share it out anew.
CREATE OR REPLACE FUNCTION academic_refuse_wrong_shares() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  place uuid := coalesce(NEW.institution_id, OLD.institution_id);
BEGIN
  -- One change of an institution's teachings at a time: two shares at once could each fit with what is there already.
  PERFORM pg_advisory_xact_lock(hashtextextended('teachings:' || place, 0));
  IF EXISTS (
    SELECT FROM academic_teaching
    WHERE institution_id = place AND section_id IN (NEW.section_id, OLD.section_id) AND attends
    GROUP BY section_id
    HAVING sum(share) > 1 OR count(share) = count(*) AND sum(share) <> 1
  ) THEN
    RAISE EXCEPTION 'the shares of a section do not add up'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'teaching_shares_add_up';
  END IF;
  RETURN NULL;
END $$;

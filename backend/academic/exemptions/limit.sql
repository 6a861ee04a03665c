-- How many credits may come from elsewhere is for the version of the program to say, whoever writes an exemption.
CREATE OR REPLACE FUNCTION academic_refuse_too_many_from_elsewhere() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  most numeric;
BEGIN
  -- Locked, so that of two who grant at once the second counts what the first granted.
  SELECT version.most_credits_from_elsewhere INTO most
    FROM academic_enrollment enrollment
    JOIN academic_programversion version
      ON version.institution_id = enrollment.institution_id AND version.id = enrollment.program_version_id
    WHERE enrollment.institution_id = NEW.institution_id AND enrollment.id = NEW.enrollment_id
    FOR NO KEY UPDATE OF enrollment;
  IF most < (SELECT sum(credits) FROM academic_exemption
             WHERE institution_id = NEW.institution_id AND enrollment_id = NEW.enrollment_id AND withdrawn_on IS NULL)
  THEN
    RAISE EXCEPTION 'the program does not count so many credits from elsewhere'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'exemption_within_the_limit';
  END IF;
  RETURN NULL;
END $$;

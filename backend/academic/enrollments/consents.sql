-- A student comes under another version by consent alone: a later, active one of the same program, from the day that
-- the consent names, which is not before the present one held.
CREATE OR REPLACE FUNCTION academic_refuse_without_consent() RETURNS trigger LANGUAGE plpgsql AS $consent$
BEGIN
  IF NOT EXISTS (
    SELECT FROM academic_versionconsent c
      JOIN academic_programversion present ON present.institution_id = c.institution_id AND present.id = c.from_version_id
      JOIN academic_programversion later ON later.institution_id = c.institution_id AND later.id = c.to_version_id
      WHERE c.institution_id = NEW.institution_id AND c.enrollment_id = NEW.id
        AND c.from_version_id = OLD.program_version_id AND c.to_version_id = NEW.program_version_id
        AND c.changed_on >= NEW.enrolled_on AND c.changed_on >= ALL (
          SELECT b.changed_on FROM academic_versionconsent b
            WHERE b.institution_id = NEW.institution_id AND b.enrollment_id = NEW.id AND b.changed_on IS NOT NULL)
        AND later.program_id = present.program_id AND later.catalog_year > present.catalog_year
        AND later.status = 'active'
  ) THEN
    RAISE EXCEPTION 'a student comes under a later version by consent alone'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'version_changed_by_consent';
  END IF;
  RETURN NULL;
END $consent$;

-- Sections that somebody with a live link to the own timetable attends or teaches no more, whoever writes that: so that
-- calendar programs are told that those classes are canceled.
CREATE OR REPLACE FUNCTION academic_section_left() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  who uuid;
BEGIN
  IF TG_TABLE_NAME = 'academic_teaching' THEN
    who := OLD.account_id;
  ELSE
    SELECT account_id INTO who FROM students_student WHERE institution_id = OLD.institution_id AND id = OLD.student_id;
  END IF;
  INSERT INTO academic_leftsection AS known
    (id, institution_id, account_id, section_id, changes, created_at, updated_at, version)
  SELECT uuidv7(), OLD.institution_id, who, OLD.section_id, OLD.version, now(), now(), 1 FROM academic_feed
  WHERE institution_id = OLD.institution_id AND account_id = who AND kind = 'timetable' AND revoked_at IS NULL
  ON CONFLICT (institution_id, account_id, section_id) DO UPDATE
  SET changes = known.changes + excluded.changes + 1, updated_at = now(), version = known.version + 1;
  RETURN NULL;
END $$;

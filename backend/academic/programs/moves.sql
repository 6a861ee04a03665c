-- What holds of versions of programs, whoever writes. Which status may follow which is a constraint of the moves.

-- A move begins where the version stands, and takes it on.
CREATE OR REPLACE FUNCTION academic_move_version() RETURNS trigger LANGUAGE plpgsql AS $move$
BEGIN
  UPDATE academic_programversion v SET status = NEW.to_status, version = v.version + 1, updated_at = now()
    WHERE v.institution_id = NEW.institution_id AND v.id = NEW.program_version_id AND v.status = NEW.from_status;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'a move begins where the version stands'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'version_move_from_where_it_stands';
  END IF;
  IF NEW.to_status = 'approved' AND NEW.moved_by = (
    SELECT m.moved_by FROM academic_versionmove m
      WHERE m.institution_id = NEW.institution_id AND m.program_version_id = NEW.program_version_id
        AND m.to_status = 'submitted'
      ORDER BY m.id DESC LIMIT 1
  ) THEN
    RAISE EXCEPTION 'who submitted a version does not approve it'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'version_approved_by_another';
  END IF;
  IF NEW.to_status = 'closed' AND EXISTS (
    SELECT FROM academic_enrollment e
      WHERE e.institution_id = NEW.institution_id AND e.program_version_id = NEW.program_version_id
        AND e.ended_on IS NULL
  ) THEN
    RAISE EXCEPTION 'students are enrolled in this version'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'version_closed_without_students';
  END IF;
  RETURN NULL;
END $move$;

CREATE OR REPLACE FUNCTION academic_refuse_to_alter_moves() RETURNS trigger LANGUAGE plpgsql AS $alter$
BEGIN
  RAISE EXCEPTION 'the moves of a version are appended to, and never altered' USING ERRCODE = 'insufficient_privilege';
END $alter$;

CREATE OR REPLACE FUNCTION academic_refuse_bare_move() RETURNS trigger LANGUAGE plpgsql AS $bare$
BEGIN
  RAISE EXCEPTION 'the status of a version follows from a move'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'version_moved_by_a_move';
END $bare$;

-- Whether what was submitted stays as it was: from submitting on. One that no move touched was taken over from
-- elsewhere, as active; its structure may come after it. It holds the version against a move in the same moment.
CREATE OR REPLACE FUNCTION academic_is_frozen(place uuid, held uuid) RETURNS boolean LANGUAGE plpgsql AS $frozen$
DECLARE
  stands text;
BEGIN
  SELECT v.status INTO stands FROM academic_programversion v
    WHERE v.institution_id = place AND v.id = held FOR SHARE;
  RETURN stands <> 'draft' AND EXISTS (
    SELECT FROM academic_versionmove m WHERE m.institution_id = place AND m.program_version_id = held);
END $frozen$;

CREATE OR REPLACE FUNCTION academic_refuse_frozen() RETURNS trigger LANGUAGE plpgsql AS $refuse$
BEGIN
  IF (TG_OP <> 'INSERT' AND academic_is_frozen(OLD.institution_id, OLD.program_version_id))
    OR (TG_OP <> 'DELETE' AND academic_is_frozen(NEW.institution_id, NEW.program_version_id)) THEN
    RAISE EXCEPTION 'the structure of a version is that which was submitted'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'version_as_submitted';
  END IF;
  RETURN NULL;
END $refuse$;

CREATE OR REPLACE FUNCTION academic_refuse_frozen_version() RETURNS trigger LANGUAGE plpgsql AS $whole$
BEGIN
  IF academic_is_frozen(OLD.institution_id, OLD.id) THEN
    RAISE EXCEPTION 'a version is that which was submitted'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'version_as_submitted';
  END IF;
  RETURN NULL;
END $whole$;

-- Nobody is enrolled in a version before it is active, and nobody studies on in a closed one.
CREATE OR REPLACE FUNCTION academic_refuse_enrollments() RETURNS trigger LANGUAGE plpgsql AS $enroll$
BEGIN
  PERFORM FROM academic_programversion v
    WHERE (v.institution_id, v.id) IN (SELECT e.institution_id, e.program_version_id FROM enrolled e)
    ORDER BY v.id FOR SHARE;
  IF EXISTS (
    SELECT FROM enrolled e
      JOIN academic_programversion v ON v.institution_id = e.institution_id AND v.id = e.program_version_id
      WHERE v.status IN ('draft', 'submitted', 'approved') OR (v.status = 'closed' AND e.ended_on IS NULL)
  ) THEN
    RAISE EXCEPTION 'this version takes no students'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'enrollment_in_a_version_that_takes';
  END IF;
  RETURN NULL;
END $enroll$;

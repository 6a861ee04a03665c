-- A register is of a class that took place, and of those who are registered where it meets.
CREATE OR REPLACE FUNCTION academic_refuse_register_of_nothing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM academic_occurrence
    WHERE institution_id = NEW.institution_id AND id = NEW.occurrence_id AND status = 'scheduled' AND starts_at <= now()
  ) THEN
    RAISE EXCEPTION 'a register is of a class that was not canceled and has begun'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'attendance_register_of_what_was_held';
  END IF;
  RETURN NULL;
END $$;

-- One look at all rows of a statement: a class of five hundred is written at once.
CREATE OR REPLACE FUNCTION academic_refuse_strangers_in_class() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM written
    JOIN academic_attendanceregister register
      ON register.institution_id = written.institution_id AND register.id = written.register_id
    JOIN academic_occurrence occurrence
      ON occurrence.institution_id = written.institution_id AND occurrence.id = register.occurrence_id
    JOIN academic_registration registration
      ON registration.institution_id = written.institution_id AND registration.id = written.registration_id
    JOIN academic_section section
      ON section.institution_id = written.institution_id AND section.id = registration.section_id
    WHERE section.meets_as <> occurrence.section_id OR registration.student_id <> written.student_id
  ) THEN
    RAISE EXCEPTION 'a register has a student who is in no section that meets then'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'attendance_of_who_comes';
  END IF;
  RETURN NULL;
END $$;

-- What a closed register says counts: it is reopened first, whoever writes. The register is held until the transaction
-- ends, so that nobody closes it meanwhile. Why somebody was excused may go from it, when they are erased.
CREATE OR REPLACE FUNCTION academic_refuse_marks_of_closed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  touched uuid[];
BEGIN
  IF TG_OP = 'INSERT' THEN
    touched := ARRAY(SELECT DISTINCT register_id FROM written);
  ELSE
    touched := ARRAY(
      SELECT DISTINCT written.register_id FROM written JOIN replaced ON replaced.id = written.id
      WHERE (written.register_id, written.status) IS DISTINCT FROM (replaced.register_id, replaced.status));
  END IF;
  PERFORM FROM academic_attendanceregister WHERE id = ANY (touched) ORDER BY id FOR SHARE;
  IF EXISTS (SELECT FROM academic_attendanceregister WHERE id = ANY (touched) AND status = 'closed') THEN
    RAISE EXCEPTION 'a closed register is not marked'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'attendance_of_open_registers';
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION academic_refuse_unmarked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM academic_attendance
    WHERE institution_id = NEW.institution_id AND register_id = NEW.id AND status = ''
  ) THEN
    RAISE EXCEPTION 'a closed register says of everybody whether they were there'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'attendance_register_all_marked';
  END IF;
  RETURN NULL;
END $$;

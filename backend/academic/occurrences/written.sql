-- Whoever writes an occurrence (a rule, an upload, SQL): it gives back what it had before it changes, and takes its room,
-- its lecturers and its cohorts at once, so that the exclusion constraints judge it. All rows that a statement changes
-- give back first; so they may exchange their hours. Rules put the taking off, and take set by set: then nothing lacks.
CREATE OR REPLACE FUNCTION academic_hours_before_occurrence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM academic_occurrencelecturer WHERE institution_id = OLD.institution_id AND occurrence_id = OLD.id;
  DELETE FROM academic_occurrencecohort WHERE institution_id = OLD.institution_id AND occurrence_id = OLD.id;
  DELETE FROM faculties_booking WHERE institution_id = OLD.institution_id AND source = 'meeting'
    AND source_id = OLD.meeting_id AND starts_at = OLD.starts_at AND room_id = OLD.room_id;
  RETURN NEW;
END $$;

-- A meeting takes for all of its occurrences, once after each statement and not for each row of it: `settled` is the one
-- that took last, and before each statement none. A load that put the taking off, and took for all it wrote, says `all`.
CREATE OR REPLACE FUNCTION academic_hours_unsettled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('tesc.settled_meeting', '', true);
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION academic_hours_follow_occurrence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('tesc.settled_meeting', true) IN (NEW.meeting_id::text, 'all') THEN
    RETURN NULL;
  END IF;
  PERFORM academic_take_lecturers(NEW.institution_id, ARRAY[NEW.section_id], NEW.meeting_id);
  PERFORM academic_take_cohorts(NEW.institution_id, ARRAY[NEW.section_id], NEW.meeting_id);
  PERFORM academic_take_rooms(NEW.institution_id, ARRAY[NEW.section_id], NEW.meeting_id);
  -- Bookings are of meetings and hours: two occurrences of one meeting in one room at one hour would share one.
  IF EXISTS (
    SELECT FROM academic_occurrence occurrence
    WHERE occurrence.institution_id = NEW.institution_id AND occurrence.meeting_id = NEW.meeting_id
      AND occurrence.status = 'scheduled' AND occurrence.room_id IS NOT NULL
    GROUP BY occurrence.room_id, occurrence.starts_at HAVING count(*) > 1
  ) AND NOT EXISTS (
    SELECT FROM academic_meetingwaiver waiver
    WHERE waiver.institution_id = NEW.institution_id AND waiver.meeting_id = NEW.meeting_id AND waiver.waives = 'room'
  ) THEN
    RAISE EXCEPTION 'two occurrences of one meeting are in one room'
      USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'booking_of_room_once';
  END IF;
  PERFORM set_config('tesc.settled_meeting', NEW.meeting_id::text, true);
  RETURN NULL;
END $$;

-- Occurrences are instants, worked out by the zone of their institution; in another zone classes would be hours beside
-- what their meetings say. So the zone stays while there are meetings of a section or a term that is not over.
CREATE OR REPLACE FUNCTION academic_refuse_another_zone() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  reached text := coalesce(current_setting('tesc.institutions', true), '');
  has_meetings boolean;
BEGIN
  -- Nobody adds a meeting meanwhile. Who changes the register for the nation reaches no rows of institutions.
  PERFORM pg_advisory_xact_lock(hashtextextended('timetable:' || NEW.id, 0));
  PERFORM set_config('tesc.institutions', NEW.id::text, true);
  SELECT EXISTS (
    SELECT FROM academic_meeting meeting
    JOIN academic_section section ON section.institution_id = NEW.id AND section.id = meeting.section_id
    JOIN academic_term term ON term.institution_id = NEW.id AND term.id = section.term_id
    WHERE meeting.institution_id = NEW.id AND meeting.status = 'scheduled' AND section.status <> 'canceled'
      AND greatest(section.ends_on, term.ends_on) >= (now() AT TIME ZONE OLD.time_zone)::date
  ) INTO has_meetings;
  PERFORM set_config('tesc.institutions', reached, true);
  IF has_meetings THEN
    RAISE EXCEPTION 'meetings have their hours by this zone'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'institution_zone_of_its_meetings';
  END IF;
  RETURN NULL;
END $$;

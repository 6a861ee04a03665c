-- Whose time occurrences take. A section gives its hours to whoever attends it, or a section that meets with it, as a
-- teacher, and to the cohorts of all these, and books its rooms; what they have already stays. `of_sections` have the
-- meetings, and `of_meeting` is the one of them that is asked for, or null for all.
CREATE OR REPLACE FUNCTION academic_take_lecturers(place uuid, of_sections uuid[], of_meeting uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO academic_occurrencelecturer (id, institution_id, occurrence_id, account_id, starts_at, ends_at, is_waived,
    created_at, updated_at)
  SELECT uuidv7(), place, occurrence.id, teaching.account_id, occurrence.starts_at, occurrence.ends_at,
    EXISTS (SELECT FROM academic_meetingwaiver waiver WHERE waiver.institution_id = place
      AND waiver.meeting_id = occurrence.meeting_id AND waiver.waives = 'lecturer'),
    now(), now()
  FROM academic_occurrence occurrence
  JOIN academic_section taught
    ON taught.institution_id = place AND taught.meets_as = occurrence.section_id AND taught.status <> 'canceled'
  JOIN academic_teaching teaching
    ON teaching.institution_id = place AND teaching.section_id = taught.id AND teaching.attends
  WHERE occurrence.institution_id = place AND occurrence.section_id = ANY (of_sections) AND occurrence.status = 'scheduled'
    AND (of_meeting IS NULL OR occurrence.meeting_id = of_meeting)
  ON CONFLICT (institution_id, occurrence_id, account_id) DO NOTHING;
END $$;

CREATE OR REPLACE FUNCTION academic_take_cohorts(place uuid, of_sections uuid[], of_meeting uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO academic_occurrencecohort (id, institution_id, occurrence_id, program_version_id, year_of_study, "group",
    starts_at, ends_at, is_waived, created_at, updated_at)
  SELECT uuidv7(), place, occurrence.id, cohort.program_version_id, cohort.year_of_study, cohort."group",
    occurrence.starts_at, occurrence.ends_at,
    EXISTS (SELECT FROM academic_meetingwaiver waiver WHERE waiver.institution_id = place
      AND waiver.meeting_id = occurrence.meeting_id AND waiver.waives = 'cohort'),
    now(), now()
  FROM academic_occurrence occurrence
  JOIN (
    SELECT DISTINCT taught.meets_as, cohort.program_version_id, cohort.year_of_study, cohort."group"
    FROM academic_section taught
    JOIN academic_sectioncohort cohort ON cohort.institution_id = place AND cohort.section_id = taught.id
    WHERE taught.institution_id = place AND taught.meets_as = ANY (of_sections) AND taught.status <> 'canceled'
  ) cohort ON cohort.meets_as = occurrence.section_id
  WHERE occurrence.institution_id = place AND occurrence.section_id = ANY (of_sections) AND occurrence.status = 'scheduled'
    AND (of_meeting IS NULL OR occurrence.meeting_id = of_meeting)
    AND NOT EXISTS (SELECT FROM academic_occurrencecohort taken
      WHERE taken.institution_id = place AND taken.occurrence_id = occurrence.id AND taken.starts_at = occurrence.starts_at
        AND (taken.program_version_id, taken.year_of_study) = (cohort.program_version_id, cohort.year_of_study)
        AND taken."group" IS NOT DISTINCT FROM cohort."group");
END $$;

-- Where the room is waived somebody else may have it: then it is shared, and blocks nobody.
CREATE OR REPLACE FUNCTION academic_take_rooms(place uuid, of_sections uuid[], of_meeting uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO faculties_booking (id, institution_id, room_id, department_id, starts_at, ends_at, purpose, title,
    attendees, status, source, source_id, created_at, updated_at)
  SELECT uuidv7(), place, occurrence.room_id, program.department_id, occurrence.starts_at, occurrence.ends_at,
    CASE meeting.kind WHEN 'exam' THEN 'exam' ELSE 'class' END,
    course.code || ' ' || section.code || ' ' || meeting.kind, section.seats_taken,
    CASE WHEN EXISTS (SELECT FROM academic_meetingwaiver waiver WHERE waiver.institution_id = place
      AND waiver.meeting_id = meeting.id AND waiver.waives = 'room') THEN 'shared' ELSE 'confirmed' END,
    'meeting', meeting.id, now(), now()
  FROM academic_occurrence occurrence
  JOIN academic_meeting meeting ON meeting.institution_id = place AND meeting.id = occurrence.meeting_id
  JOIN academic_section section ON section.institution_id = place AND section.id = occurrence.section_id
  JOIN academic_course course ON course.institution_id = place AND course.id = section.course_id
  JOIN academic_program program ON program.institution_id = place AND program.id = course.program_id
  WHERE occurrence.institution_id = place AND occurrence.section_id = ANY (of_sections) AND occurrence.status = 'scheduled'
    AND (of_meeting IS NULL OR occurrence.meeting_id = of_meeting) AND occurrence.room_id IS NOT NULL
    AND NOT EXISTS (SELECT FROM faculties_booking taken
      WHERE taken.institution_id = place AND taken.source = 'meeting' AND taken.source_id = meeting.id
        AND taken.room_id = occurrence.room_id AND taken.starts_at = occurrence.starts_at);
END $$;

-- Whoever writes a teaching or a cohort (a rule, an upload, SQL): hours are taken and given back with it.
CREATE OR REPLACE FUNCTION academic_hours_follow_teaching() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  host uuid;
BEGIN
  IF TG_OP <> 'INSERT' THEN
    SELECT meets_as INTO host FROM academic_section WHERE institution_id = OLD.institution_id AND id = OLD.section_id;
    DELETE FROM academic_occurrencelecturer claim USING academic_occurrence occurrence
    WHERE claim.institution_id = OLD.institution_id AND claim.account_id = OLD.account_id
      AND occurrence.institution_id = OLD.institution_id AND occurrence.id = claim.occurrence_id
      AND occurrence.section_id = host
      AND NOT EXISTS (SELECT FROM academic_teaching teaching
        JOIN academic_section taught ON taught.institution_id = OLD.institution_id AND taught.id = teaching.section_id
        WHERE teaching.institution_id = OLD.institution_id AND taught.meets_as = host
          AND teaching.account_id = OLD.account_id AND teaching.attends);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    SELECT meets_as INTO host FROM academic_section WHERE institution_id = NEW.institution_id AND id = NEW.section_id;
    PERFORM academic_take_lecturers(NEW.institution_id, ARRAY[host], NULL);
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION academic_hours_follow_cohort() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  host uuid;
BEGIN
  IF TG_OP <> 'INSERT' THEN
    SELECT meets_as INTO host FROM academic_section WHERE institution_id = OLD.institution_id AND id = OLD.section_id;
    DELETE FROM academic_occurrencecohort claim USING academic_occurrence occurrence
    WHERE claim.institution_id = OLD.institution_id AND occurrence.institution_id = OLD.institution_id
      AND occurrence.id = claim.occurrence_id
      AND occurrence.section_id = host
      AND (claim.program_version_id, claim.year_of_study) = (OLD.program_version_id, OLD.year_of_study)
      AND claim."group" IS NOT DISTINCT FROM OLD."group"
      AND NOT EXISTS (SELECT FROM academic_sectioncohort cohort
        JOIN academic_section taught ON taught.institution_id = OLD.institution_id AND taught.id = cohort.section_id
        WHERE cohort.institution_id = OLD.institution_id AND taught.meets_as = host
          AND (cohort.program_version_id, cohort.year_of_study) = (OLD.program_version_id, OLD.year_of_study)
          AND cohort."group" IS NOT DISTINCT FROM OLD."group");
  END IF;
  IF TG_OP <> 'DELETE' THEN
    SELECT meets_as INTO host FROM academic_section WHERE institution_id = NEW.institution_id AND id = NEW.section_id;
    PERFORM academic_take_cohorts(NEW.institution_id, ARRAY[host], NULL);
  END IF;
  RETURN NULL;
END $$;

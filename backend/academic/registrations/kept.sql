-- Until the census a registration may go without a trace, and what was canceled at any time; after it, no row is deleted,
-- whoever tries. Where a term has no census, it is the day before the section starts.
CREATE OR REPLACE FUNCTION academic_keep_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM gone
    JOIN faculties_institution place ON place.id = gone.institution_id
    JOIN academic_section section ON section.institution_id = gone.institution_id AND section.id = gone.section_id
    LEFT JOIN academic_section whole ON whole.institution_id = gone.institution_id AND whole.id = section.whole_id
    JOIN academic_term term ON term.institution_id = gone.institution_id AND term.id = section.term_id
    JOIN academic_enrollment enrollment
      ON enrollment.institution_id = gone.institution_id AND enrollment.id = gone.enrollment_id
    JOIN academic_programversion version
      ON version.institution_id = gone.institution_id AND version.id = enrollment.program_version_id
    LEFT JOIN academic_termexception own
      ON own.institution_id = gone.institution_id AND own.term_id = term.id AND own.program_id = version.program_id
    WHERE section.status <> 'canceled' AND whole.status IS DISTINCT FROM 'canceled'
      AND (now() AT TIME ZONE place.time_zone)::date
        > CASE WHEN own.id IS NOT NULL AND own.census_on IS NULL THEN greatest(term.census_on, section.starts_on - 1)
          ELSE coalesce(own.census_on, term.census_on, section.starts_on - 1) END
  ) THEN
    RAISE EXCEPTION 'a registration stays after the census of its term'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'registration_counted_stays';
  END IF;
  RETURN NULL;
END $$;

-- What a lecturer says of the hours from one instant to before another, by the clocks of the institution. An hour that
-- goes past midnight lies on both days.
CREATE OR REPLACE FUNCTION academic_words_on(place uuid, lecturer uuid, starts timestamptz, ends timestamptz)
RETURNS SETOF academic_lectureravailability LANGUAGE sql STABLE AS $$
  SELECT DISTINCT word.* FROM academic_lectureravailability word
  JOIN faculties_institution institution ON institution.id = word.institution_id
  LEFT JOIN academic_term term ON term.institution_id = word.institution_id AND term.id = word.term_id
  CROSS JOIN LATERAL (
    SELECT starts AT TIME ZONE institution.time_zone AS starts, ends AT TIME ZONE institution.time_zone AS ends
  ) clock
  CROSS JOIN LATERAL (
    SELECT moment::date AS day
    FROM generate_series(clock.starts::date::timestamp, clock.ends - interval '1 microsecond', interval '1 day') moment
  ) days
  WHERE word.institution_id = place AND word.account_id = lecturer
    AND (word.weekday IS NULL OR word.weekday = extract(isodow FROM day))
    AND (word.starts_on IS NULL OR day >= word.starts_on) AND (word.ends_on IS NULL OR day <= word.ends_on)
    AND (word.term_id IS NULL OR day BETWEEN term.starts_on AND term.ends_on)
    AND day + coalesce(word.starts_at, '00:00') < clock.ends
    AND day + coalesce(word.ends_at::interval, '24:00') > clock.starts
$$;

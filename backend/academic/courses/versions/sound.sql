-- What the JSON of a version of a course may hold: constraints of the table call these.

CREATE OR REPLACE FUNCTION academic_hours_are_sound(hours jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT jsonb_typeof(hours) = 'object' AND NOT EXISTS (
    SELECT FROM jsonb_each_text(hours) one
    WHERE one.key NOT IN ('lecture', 'tutorial', 'seminar', 'lab', 'practical', 'exam', 'other')
      OR one.value IS NULL OR NOT pg_input_is_valid(one.value, 'numeric(5, 1)') OR one.value::numeric <= 0)
$$;

CREATE OR REPLACE FUNCTION academic_plan_is_sound(plan jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT jsonb_typeof(plan) = 'array' AND (plan = '[]' OR (
    SELECT coalesce(
      sum(weight) = 100 AND bool_and(weight > 0) AND count(DISTINCT code) = count(*)
      AND bool_and(type IN ('tutor_marked', 'computer_marked', 'exam'))
      AND bool_and(must_reach IS NULL OR must_reach > 0 AND must_reach <= 100), false)
    FROM jsonb_to_recordset(plan) AS part (code text, type text, weight numeric, must_reach numeric)))
$$;

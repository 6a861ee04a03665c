"""The window that holds for a section and a program, for set-based SQL: `academic_window_of`."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION academic_window_of(institution uuid, section uuid, program uuid, kind text)
RETURNS TABLE (opens_at timestamptz, closes_at timestamptz) LANGUAGE sql STABLE AS $$
  SELECT
    coalesce(own.opens_at, (offered.starts_on + own.opens_after)::timestamp AT TIME ZONE home.time_zone),
    coalesce(own.closes_at, (offered.starts_on + own.closes_after + 1)::timestamp AT TIME ZONE home.time_zone)
  FROM academic_section offered
  JOIN faculties_institution home ON home.id = offered.institution_id
  JOIN academic_term term ON term.institution_id = offered.institution_id AND term.id = offered.term_id
  LEFT JOIN academic_term whole ON whole.institution_id = term.institution_id AND whole.id = term.parent_id
  JOIN academic_window own ON own.institution_id = offered.institution_id AND own.kind = $4
    AND own.term_id IN (term.id, term.parent_id, whole.parent_id)
    AND (own.section_id = offered.id
      OR own.section_id IS NULL AND (own.program_id = $3 OR own.program_id IS NULL))
  WHERE offered.institution_id = $1 AND offered.id = $2
  ORDER BY own.section_id IS NULL, own.program_id IS NULL, own.term_id <> term.id, own.term_id <> term.parent_id
  LIMIT 1
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("academic", "0009_windows")]
    operations = [migrations.RunSQL(FORWARD, "DROP FUNCTION academic_window_of(uuid, uuid, uuid, text)")]

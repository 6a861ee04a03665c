"""Visits and weeks of the logbook lie within the days of their placement, however either arrives."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION refuse_outside_placement() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wanted uuid;
BEGIN
  IF TG_TABLE_NAME = 'students_placement' THEN
    wanted := NEW.id;
  ELSE
    wanted := NEW.placement_id;
    -- Or its days could change at the same time, and neither side would see the other.
    PERFORM FROM students_placement WHERE institution_id = NEW.institution_id AND id = wanted FOR SHARE;
  END IF;
  IF EXISTS (
    SELECT FROM students_placement placement
    JOIN students_placementvisit visit
      ON visit.institution_id = placement.institution_id AND visit.placement_id = placement.id
    WHERE placement.institution_id = NEW.institution_id AND placement.id = wanted AND visit.visited_on
      NOT BETWEEN placement.starts_on AND coalesce(placement.broken_off_on, placement.ends_on)
  ) OR EXISTS (
    SELECT FROM students_placement placement
    JOIN students_logbookentry entry
      ON entry.institution_id = placement.institution_id AND entry.placement_id = placement.id
    WHERE placement.institution_id = NEW.institution_id AND placement.id = wanted AND entry.week_starts_on
      NOT BETWEEN placement.starts_on - 6 AND coalesce(placement.broken_off_on, placement.ends_on)
  ) THEN
    RAISE EXCEPTION 'a visit or a week of the logbook would lie outside of its placement'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'placement_holds_its_visits';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER placement_holds_its_visits
  AFTER UPDATE OF starts_on, ends_on, broken_off_on ON students_placement
  FOR EACH ROW EXECUTE FUNCTION refuse_outside_placement();
CREATE CONSTRAINT TRIGGER visit_within_placement
  AFTER INSERT OR UPDATE OF visited_on, placement_id ON students_placementvisit
  FOR EACH ROW EXECUTE FUNCTION refuse_outside_placement();
CREATE CONSTRAINT TRIGGER logbook_within_placement
  AFTER INSERT OR UPDATE OF week_starts_on, placement_id ON students_logbookentry
  FOR EACH ROW EXECUTE FUNCTION refuse_outside_placement();
"""
BACKWARD = """
DROP TRIGGER placement_holds_its_visits ON students_placement;
DROP TRIGGER visit_within_placement ON students_placementvisit;
DROP TRIGGER logbook_within_placement ON students_logbookentry;
DROP FUNCTION refuse_outside_placement();
"""


class Migration(migrations.Migration):
    dependencies = [("students", "0005_placements")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

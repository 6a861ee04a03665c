"""The prerequisite graph has no circle: the database refuses the edge that would close one, however it arrives."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION refuse_prerequisite_circle() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE closed boolean;
BEGIN
  -- One change of an institution's graph at a time: two edges at once could close a circle that neither sees.
  PERFORM pg_advisory_xact_lock(hashtextextended('prerequisites:' || NEW.institution_id, 0));
  WITH RECURSIVE before (course_id) AS (
      SELECT NEW.requires_id
    UNION
      SELECT edge.requires_id FROM before JOIN academic_prerequisite edge
        ON edge.institution_id = NEW.institution_id AND edge.course_id = before.course_id
  )
  SELECT EXISTS (SELECT FROM before WHERE course_id = NEW.course_id) INTO closed;
  IF closed THEN
    RAISE EXCEPTION 'this prerequisite closes a circle'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'prerequisite_without_circle';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER prerequisite_without_circle AFTER INSERT OR UPDATE ON academic_prerequisite
  FOR EACH ROW EXECUTE FUNCTION refuse_prerequisite_circle();
"""
BACKWARD = """
DROP TRIGGER prerequisite_without_circle ON academic_prerequisite;
DROP FUNCTION refuse_prerequisite_circle();
"""


class Migration(migrations.Migration):
    dependencies = [("academic", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

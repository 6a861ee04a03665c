"""An occurrence takes its room and people's time whatever writes it."""

from django.db import migrations

from academic.occurrences.making import WRITTEN

CHANGED = """(OLD.institution_id, OLD.meeting_id, OLD.section_id, OLD.room_id, OLD.starts_at, OLD.ends_at, OLD.status)
    IS DISTINCT FROM
    (NEW.institution_id, NEW.meeting_id, NEW.section_id, NEW.room_id, NEW.starts_at, NEW.ends_at, NEW.status)"""
FORWARD = f"""
CREATE TRIGGER occurrences_are_written BEFORE INSERT OR UPDATE ON academic_occurrence
  FOR EACH STATEMENT EXECUTE FUNCTION academic_hours_unsettled();
CREATE TRIGGER occurrence_gives_hours_back BEFORE UPDATE ON academic_occurrence
  FOR EACH ROW WHEN ({CHANGED}) EXECUTE FUNCTION academic_hours_before_occurrence();
CREATE CONSTRAINT TRIGGER occurrence_takes_hours
  AFTER INSERT OR UPDATE OF institution_id, meeting_id, section_id, room_id, starts_at, ends_at, status
  ON academic_occurrence
  DEFERRABLE INITIALLY IMMEDIATE FOR EACH ROW EXECUTE FUNCTION academic_hours_follow_occurrence();
"""
BACKWARD = """
DROP TRIGGER occurrence_takes_hours ON academic_occurrence;
DROP TRIGGER occurrence_gives_hours_back ON academic_occurrence;
DROP TRIGGER occurrences_are_written ON academic_occurrence;
DROP FUNCTION academic_hours_follow_occurrence();
DROP FUNCTION academic_hours_before_occurrence();
DROP FUNCTION academic_hours_unsettled();
"""


class Migration(migrations.Migration):
    dependencies = [("academic", "0051_offers_with_parts")]
    operations = [migrations.RunSQL(WRITTEN.read_text() + FORWARD, BACKWARD)]

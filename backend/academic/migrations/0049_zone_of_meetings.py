"""The time zone of an institution stays while meetings have their hours by it."""

from django.db import migrations

from academic.occurrences.following import ZONES

FORWARD = """
CREATE TRIGGER institution_zone_of_its_meetings AFTER UPDATE OF time_zone ON faculties_institution
  FOR EACH ROW WHEN (OLD.time_zone IS DISTINCT FROM NEW.time_zone)
  EXECUTE FUNCTION academic_refuse_another_zone();
"""
BACKWARD = """
DROP TRIGGER institution_zone_of_its_meetings ON faculties_institution;
DROP FUNCTION academic_refuse_another_zone();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("academic", "0048_seats_given_back"),
        ("faculties", "0009_zone_of_meetings"),
    ]
    operations = [migrations.RunSQL(ZONES.read_text() + FORWARD, BACKWARD)]

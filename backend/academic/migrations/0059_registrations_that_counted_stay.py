"""A registration that counted at the census stays, whoever would delete it."""

from pathlib import Path

from django.db import migrations

KEPT = Path(__file__).parents[1] / "registrations" / "kept.sql"
FORWARD = """
CREATE TRIGGER registrations_that_counted_stay AFTER DELETE ON academic_registration
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION academic_keep_counted();
"""
BACKWARD = """
DROP TRIGGER registrations_that_counted_stay ON academic_registration;
DROP FUNCTION academic_keep_counted();
"""


class Migration(migrations.Migration):
    dependencies = [("academic", "0058_closed_registers")]
    operations = [migrations.RunSQL(KEPT.read_text() + FORWARD, BACKWARD)]

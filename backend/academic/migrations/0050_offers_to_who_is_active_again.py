"""Whoever becomes active again is offered the seats that are free of those waited for."""

from django.db import migrations

from academic.sections import seats

ACTIVE = """
CREATE TRIGGER enrollment_is_offered_seats AFTER UPDATE OF status ON academic_enrollment FOR EACH ROW
WHEN (NEW.status = 'active' AND OLD.status <> 'active')
EXECUTE FUNCTION academic_offer_to_active();
"""
INACTIVE = """
DROP TRIGGER enrollment_is_offered_seats ON academic_enrollment;
DROP FUNCTION academic_offer_to_active();
"""


class Migration(migrations.Migration):
    dependencies = [("academic", "0049_zone_of_meetings")]
    operations = [
        migrations.RunSQL(seats.TEXT.read_text(), migrations.RunSQL.noop),
        migrations.RunSQL(ACTIVE, INACTIVE),
    ]

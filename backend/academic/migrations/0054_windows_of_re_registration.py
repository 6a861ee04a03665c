"""Who continues registers in the window of re-registration, where there is one."""

from django.db import migrations

from academic.calendar.windows import FUNCTIONS
from academic.sections import seats

# It says now for whom a time is.
CHANGED = "DROP FUNCTION IF EXISTS academic_registering(uuid, uuid, uuid);"


class Migration(migrations.Migration):
    dependencies = [("academic", "0053_permits_of_sections")]
    operations = [
        migrations.RunSQL(FUNCTIONS.read_text() + CHANGED + seats.TEXT.read_text(), migrations.RunSQL.noop),
    ]

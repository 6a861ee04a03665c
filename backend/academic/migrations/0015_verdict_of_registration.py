"""The verdict of a registration, as its text stands beside the rules. Who changes the text adds one like this."""

from django.db import migrations

from academic.registrations.verdicts import TEXT

BACKWARD = "DROP FUNCTION academic_register(uuid, jsonb, date)"


class Migration(migrations.Migration):
    dependencies = [("academic", "0014_holds_waivers_and_loads")]
    operations = [migrations.RunSQL(TEXT.read_text(), BACKWARD)]

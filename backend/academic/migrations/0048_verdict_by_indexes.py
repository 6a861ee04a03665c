"""The plan of the verdict looks up by indexes, whatever is known of the tables when it is made."""

from django.db import migrations

from academic.registrations.verdicts import TEXT


class Migration(migrations.Migration):
    dependencies = [("academic", "0047_hours_of_many_sections")]
    operations = [migrations.RunSQL(TEXT.read_text(), migrations.RunSQL.noop)]

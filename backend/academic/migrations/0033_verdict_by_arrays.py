"""The verdict finds enrollments by an index, however many an institution has."""

from django.db import migrations

from academic.registrations.verdicts import TEXT


class Migration(migrations.Migration):
    dependencies = [("academic", "0032_waitlists")]
    operations = [migrations.RunSQL(TEXT.read_text(), migrations.RunSQL.noop)]

"""The verdict finds enrollments by an index, however many an institution has."""

from django.db import migrations

from academic.registrations.verdicts import TEXT


class Migration(migrations.Migration):
    dependencies = [("academic", "0033_consent_to_later_versions")]
    operations = [migrations.RunSQL(TEXT.read_text(), migrations.RunSQL.noop)]

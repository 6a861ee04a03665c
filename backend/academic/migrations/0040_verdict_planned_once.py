"""The verdict of a registration is planned once for each connection, and reads no reservations of others."""

from django.db import migrations

from academic.registrations.verdicts import TEXT


class Migration(migrations.Migration):
    dependencies = [("academic", "0039_windows_near_their_terms")]
    operations = [migrations.RunSQL(TEXT.read_text(), migrations.RunSQL.noop)]

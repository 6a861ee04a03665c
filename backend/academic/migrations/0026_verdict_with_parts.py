"""The verdict of a registration also asks for parts with their whole, and knows cross-listed hours."""

from django.db import migrations

from academic.registrations.verdicts import TEXT


class Migration(migrations.Migration):
    dependencies = [("academic", "0025_availability_of_lecturers")]
    operations = [migrations.RunSQL(TEXT.read_text(), migrations.RunSQL.noop)]

"""Seats of offers that ended are given back by one function of the database, however they ended."""

from django.db import migrations

from academic.sections import seats


class Migration(migrations.Migration):
    dependencies = [("academic", "0047_hours_of_many_sections")]
    operations = [migrations.RunSQL(seats.TEXT.read_text(), migrations.RunSQL.noop)]

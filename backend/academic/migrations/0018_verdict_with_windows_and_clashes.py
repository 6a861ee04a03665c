"""The verdict of a registration also asks for windows, trees of requisites, and clashes of time."""

from django.db import migrations

from academic.registrations.verdicts import TEXT


class Migration(migrations.Migration):
    dependencies = [("academic", "0017_groups_of_courses")]
    operations = [migrations.RunSQL(TEXT.read_text(), migrations.RunSQL.noop)]

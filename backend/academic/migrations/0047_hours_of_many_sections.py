"""Hours are taken for many sections in one statement, as an import of a term does."""

from django.db import migrations

from academic.occurrences.making import TEXT

FOR_ONE = """
DROP FUNCTION IF EXISTS academic_take_rooms(uuid, uuid, uuid);
DROP FUNCTION IF EXISTS academic_take_cohorts(uuid, uuid, uuid);
DROP FUNCTION IF EXISTS academic_take_lecturers(uuid, uuid, uuid);
"""


class Migration(migrations.Migration):
    dependencies = [("academic", "0046_end_of_waiting")]
    operations = [migrations.RunSQL(FOR_ONE + TEXT.read_text(), migrations.RunSQL.noop)]

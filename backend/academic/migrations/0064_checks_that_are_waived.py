"""One function says whether a check is waived, whichever."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("academic", "0063_marks_of_results")]
    operations = [
        migrations.RunSQL("DROP FUNCTION IF EXISTS academic_window_waived(uuid, uuid, uuid)", migrations.RunSQL.noop),
    ]

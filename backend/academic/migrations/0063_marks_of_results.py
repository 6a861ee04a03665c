"""A mark comes with the result that it led to."""

from django.db import migrations, models

# Nobody goes by the mark of what is pending or was left; the audit log has it.
WITHOUT_RESULT = """
UPDATE academic_registration SET result_mark = NULL, version = version + 1, updated_at = now()
WHERE result IN ('pending', 'withdrawn') AND result_mark IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [
        ("academic", "0062_exam_periods"),
        ("faculties", "0009_zone_of_meetings"),
        ("students", "0018_day_where_it_lies"),
    ]

    operations = [
        migrations.RunSQL(WITHOUT_RESULT, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="registration",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("result_mark__isnull", True),
                    models.Q(("result__in", ["pending", "withdrawn"]), _negated=True),
                    _connector="OR",
                ),
                name="registration_mark_of_a_result",
                violation_error_code="mark_without_result",
                violation_error_message="A mark is recorded with the result that it led to.",
            ),
        ),
    ]

"""A program takes some time, and a version asks for some credits."""

from decimal import Decimal

import django.core.validators
from django.db import migrations, models

# No years were none that anybody said.
NOBODY_SAID = "UPDATE academic_program SET duration_years = NULL, version = version + 1 WHERE duration_years <= 0"


class Migration(migrations.Migration):
    dependencies = [
        ("academic", "0060_published_hosts"),
        ("faculties", "0009_zone_of_meetings"),
    ]

    operations = [
        migrations.RunSQL(NOBODY_SAID, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="program",
            name="duration_years",
            field=models.DecimalField(
                blank=True,
                decimal_places=1,
                max_digits=3,
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(Decimal("0.1")),
                    django.core.validators.MaxValueValidator(10),
                ],
            ),
        ),
        migrations.AlterField(
            model_name="programversion",
            name="credits_required",
            field=models.DecimalField(
                blank=True,
                decimal_places=1,
                max_digits=6,
                null=True,
                validators=[django.core.validators.MinValueValidator(Decimal("0.1"))],
            ),
        ),
        migrations.AddConstraint(
            model_name="program",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("duration_years__isnull", True),
                    models.Q(("duration_years__gt", 0), ("duration_years__lte", 10)),
                    _connector="OR",
                ),
                name="program_takes_up_to_10_years",
                violation_error_code="no_such_duration",
                violation_error_message="A program takes more than no years, and at most 10; empty where nobody said.",
            ),
        ),
        migrations.AlterConstraint(
            model_name="programversion",
            name="program_version_credits_positive",
            constraint=models.CheckConstraint(
                condition=models.Q(("credits_required__isnull", True), ("credits_required__gt", 0), _connector="OR"),
                name="program_version_credits_positive",
                violation_error_code="no_credits",
                violation_error_message="A version asks for more than no credits; empty where nobody said.",
            ),
        ),
    ]

"""What another part of the system books may share a room, and then blocks nobody."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("faculties", "0006_real_time_zones"),
    ]

    operations = [
        migrations.AlterField(
            model_name="booking",
            name="status",
            field=models.CharField(
                choices=[("confirmed", "Confirmed"), ("shared", "Shared"), ("canceled", "Canceled")],
                db_default="confirmed",
                default="confirmed",
                editable=False,
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="booking",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "shared"), _negated=True),
                    models.Q(("source", ""), _negated=True),
                    _connector="OR",
                ),
                name="booking_shared_by_its_source",
                violation_error_code="shared_by_hand",
                violation_error_message="Only what another part of the system books shares a room.",
            ),
        ),
    ]

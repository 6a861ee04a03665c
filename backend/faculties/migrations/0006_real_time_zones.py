"""The time zone of an institution is a real one."""

from django.db import migrations, models

import faculties.institutions.models


class Migration(migrations.Migration):
    dependencies = [
        ("faculties", "0005_whole_register"),
    ]

    operations = [
        migrations.AlterField(
            model_name="institution",
            name="time_zone",
            field=models.CharField(
                default="Africa/Harare", max_length=40, validators=[faculties.institutions.models.is_time_zone]
            ),
        ),
    ]

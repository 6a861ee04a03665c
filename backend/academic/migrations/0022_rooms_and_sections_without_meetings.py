"""The rooms of meetings are booked where they are waived too, and a section may be taught without any meeting."""

from django.db import migrations, models

from academic.occurrences.making import TEXT


class Migration(migrations.Migration):
    dependencies = [
        ("faculties", "0007_shared_bookings"),
        ("academic", "0021_reservations_of_seats"),
    ]

    operations = [
        migrations.AddField(
            model_name="section",
            name="without_meetings",
            field=models.BooleanField(
                db_default=False, default=False, help_text="Taught without meetings, such as at a distance."
            ),
        ),
        migrations.RunSQL(TEXT.read_text(), migrations.RunSQL.noop),
    ]

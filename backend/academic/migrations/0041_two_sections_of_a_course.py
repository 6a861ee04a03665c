"""Nobody takes two sections of one course in a term, unless that is waived."""

from django.db import migrations, models

from academic.registrations.verdicts import TEXT

CHOICES = [
    ("window", "registering outside the window"),
    ("same_course", "two sections of one course in a term"),
    ("requisites", "what the course requires"),
    ("load", "the most credits of a term"),
    ("time_clash", "two classes at the same time"),
]


class Migration(migrations.Migration):
    dependencies = [("academic", "0040_verdict_planned_once")]
    operations = [
        migrations.AlterField("waiver", "waives", models.CharField(choices=CHOICES, max_length=11)),
        migrations.RunSQL(TEXT.read_text(), migrations.RunSQL.noop),
    ]

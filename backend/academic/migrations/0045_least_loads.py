"""A limit of load says how many credits of a term are to be taken at least."""

from django.core.validators import MinValueValidator
from django.db import migrations, models
from django.db.models import F, Q

MEANS = "What dropping or withdrawing is that takes a student below the least."
LEAST = models.DecimalField(
    blank=True,
    decimal_places=1,
    help_text="Empty where nothing is asked for.",
    max_digits=5,
    null=True,
    validators=[MinValueValidator(0)],
)
BELOW = models.CharField(
    choices=[("warned", "Warned"), ("refused", "Refused")],
    db_default="warned",
    default="warned",
    help_text=MEANS,
    max_length=7,
)
WAIVED = [
    ("window", "registering outside the window"),
    ("same_course", "two sections of one course in a term"),
    ("requisites", "what the course requires"),
    ("load", "the most or the least credits of a term"),
    ("time_clash", "two classes at the same time"),
]


class Migration(migrations.Migration):
    dependencies = [("academic", "0044_lecturers_are_published")]
    operations = [
        migrations.AddField("loadlimit", "least_credits", LEAST),
        migrations.AddField("loadlimit", "below_least", BELOW),
        migrations.AddConstraint(
            "loadlimit",
            models.CheckConstraint(
                condition=Q(least_credits__isnull=True) | Q(least_credits__gt=0, least_credits__lte=F("most_credits")),
                name="load_limit_least_within_most",
                violation_error_code="least_above_most",
                violation_error_message="The least is more than 0 credits, and at most as many as may be taken.",
            ),
        ),
        migrations.AlterField("waiver", "waives", models.CharField(choices=WAIVED, max_length=11)),
    ]

"""How many hours of teaching a full post has, and what each lecturer teaches against that."""

from decimal import Decimal

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import core.ids
import core.tenancy.constraints
import core.tenancy.fields
from academic.norms.limits import TEXT


class Migration(migrations.Migration):
    dependencies = [
        ("staff", "0003_vacancies"),
        ("academic", "0028_feeds_of_timetables"),
        ("faculties", "0008_travel_times"),
    ]

    operations = [
        migrations.AlterField(
            model_name="meetingwaiver",
            name="waives",
            field=models.CharField(
                choices=[
                    ("room", "the room is free"),
                    ("lecturer", "its lecturers are free"),
                    ("cohort", "its cohorts are free"),
                    ("capacity", "the room has a seat for everybody"),
                    ("features", "the room offers what is needed"),
                    ("campus", "the room is at the campus"),
                    ("travel", "who comes from another campus has the time for it"),
                    ("availability", "its lecturers said that they can, and are not away"),
                    ("load", "its lecturers have hours left by their norm"),
                ],
                max_length=12,
            ),
        ),
        migrations.CreateModel(
            name="TeachingNorm",
            fields=[
                ("id", models.UUIDField(default=core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("version", models.PositiveIntegerField(db_default=1, default=1, editable=False)),
                (
                    "activity",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("teaching", "Teaching"),
                            ("teaching_and_research", "Teaching And Research"),
                            ("research", "Research"),
                            ("other", "Other"),
                        ],
                        help_text="Of a contract; empty: academic, without its own norm.",
                        max_length=25,
                    ),
                ),
                (
                    "per",
                    models.CharField(
                        choices=[("week", "a teaching week"), ("term", "a term")], default="week", max_length=4
                    ),
                ),
                (
                    "hours",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=6,
                        validators=[django.core.validators.MinValueValidator(Decimal("0.01"))],
                    ),
                ),
                (
                    "most_hours",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        help_text="Empty: only told, and never refused.",
                        max_digits=6,
                        null=True,
                    ),
                ),
                (
                    "institution",
                    core.tenancy.fields.InstitutionField(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="faculties.institution",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "abstract": False,
                "constraints": [
                    core.tenancy.constraints.TenantWall(edition=1, name="academic_teachingnorm_wall"),
                    models.UniqueConstraint(
                        fields=("institution", "activity"),
                        name="teaching_norm_once",
                        violation_error_code="norm_set",
                        violation_error_message="There is a norm for this activity already: change that one.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("hours__gt", 0)),
                        name="teaching_norm_positive",
                        violation_error_code="not_positive",
                        violation_error_message="A norm of teaching is more than 0 hours.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("most_hours__isnull", True), ("most_hours__gte", models.F("hours")), _connector="OR"
                        ),
                        name="teaching_norm_most_not_below",
                        violation_error_code="most_below_norm",
                        violation_error_message="The most hours are not below the norm.",
                    ),
                ],
            },
        ),
        migrations.RunSQL(TEXT.read_text(), "DROP FUNCTION academic_teaching_loads(uuid, uuid, integer, uuid[])"),
    ]

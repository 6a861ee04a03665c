"""What lecturers say of their time, and waivers of it and of ways between campuses."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.ids
import core.tenancy.constraints
import core.tenancy.fields
from academic.availability.rules import TEXT


class Migration(migrations.Migration):
    dependencies = [
        ("academic", "0024_parts_and_cross_lists"),
        ("faculties", "0008_travel_times"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
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
                ],
                max_length=12,
            ),
        ),
        migrations.CreateModel(
            name="LecturerAvailability",
            fields=[
                ("id", models.UUIDField(default=core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("version", models.PositiveIntegerField(db_default=1, default=1, editable=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("unavailable", "Unavailable"),
                            ("undesired", "Undesired"),
                            ("preferred", "Preferred"),
                        ],
                        max_length=11,
                    ),
                ),
                (
                    "weekday",
                    models.PositiveSmallIntegerField(blank=True, help_text="1 is Monday, 7 is Sunday.", null=True),
                ),
                ("starts_on", models.DateField(blank=True, null=True)),
                ("ends_on", models.DateField(blank=True, help_text="The last day; both are in it.", null=True)),
                ("starts_at", models.TimeField(blank=True, null=True)),
                ("ends_at", models.TimeField(blank=True, help_text="Empty, as the start: the whole day.", null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
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
                (
                    "term",
                    core.tenancy.fields.TenantForeignKey(
                        blank=True,
                        help_text="Empty: in any.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="academic.term",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "abstract": False,
                "constraints": [
                    core.tenancy.constraints.TenantWall(edition=1, name="academic_lectureravailability_wall"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("weekday__isnull", True),
                            models.Q(("weekday__gte", 1), ("weekday__lte", 7)),
                            _connector="OR",
                        ),
                        name="availability_on_a_weekday",
                        violation_error_code="no_weekday",
                        violation_error_message="A weekday is 1 (Monday) to 7 (Sunday).",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("weekday__isnull", False),
                            models.Q(("ends_on__isnull", False), ("starts_on__isnull", False)),
                            _connector="OR",
                        ),
                        name="availability_on_some_days",
                        violation_error_code="weekday_or_days",
                        violation_error_message="Name a weekday, or a first and a last day.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("starts_on__isnull", True),
                            ("ends_on__isnull", True),
                            ("ends_on__gte", models.F("starts_on")),
                            _connector="OR",
                        ),
                        name="availability_days_in_order",
                        violation_error_code="ends_before_it_starts",
                        violation_error_message="It ends on or after the day it starts.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ends_at__isnull", True), ("starts_at__isnull", True)),
                            models.Q(
                                ("ends_at__gt", models.F("starts_at")),
                                ("ends_at__isnull", False),
                                ("starts_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="availability_hours_in_order",
                        violation_error_code="ends_before_it_starts",
                        violation_error_message="Name a first and a later last hour, or neither.",
                    ),
                    models.UniqueConstraint(
                        fields=(
                            "institution",
                            "account",
                            "kind",
                            "term",
                            "weekday",
                            "starts_on",
                            "ends_on",
                            "starts_at",
                            "ends_at",
                        ),
                        name="availability_once",
                        nulls_distinct=False,
                        violation_error_code="said_already",
                        violation_error_message="This is said already.",
                    ),
                    core.tenancy.constraints.SameInstitution(
                        fields=("term",), name="academic_lectureravailability_term_same"
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="teaching",
            constraint=core.tenancy.constraints.HeldByTrigger(name="teaching_shares_add_up"),
        ),
        migrations.RunSQL(TEXT.read_text(), "DROP FUNCTION academic_words_on(uuid, uuid, timestamptz, timestamptz)"),
    ]

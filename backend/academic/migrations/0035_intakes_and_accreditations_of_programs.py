"""A program plans places and is accredited; it says its award and how it is studied."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

import core.ids
import core.tenancy.constraints
import core.tenancy.fields


class Migration(migrations.Migration):
    dependencies = [
        ("academic", "0034_verdict_by_arrays"),
        ("faculties", "0008_travel_times"),
    ]

    operations = [
        migrations.AddField(
            model_name="program",
            name="award_title",
            field=models.CharField(
                blank=True, help_text="What it leads to, as it stands on the certificate.", max_length=200
            ),
        ),
        migrations.AddField(
            model_name="program",
            name="mode_of_study",
            field=models.CharField(
                blank=True,
                choices=[
                    ("full_time", "Full Time"),
                    ("part_time", "Part Time"),
                    ("block_release", "Block Release"),
                    ("distance", "Distance"),
                ],
                help_text="Empty where nobody said.",
                max_length=13,
            ),
        ),
        migrations.CreateModel(
            name="ProgramAccreditation",
            fields=[
                ("id", models.UUIDField(default=core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("version", models.PositiveIntegerField(db_default=1, default=1, editable=False)),
                ("body", models.CharField(help_text="Who accredits, such as ZIMCHE.", max_length=100)),
                ("number", models.CharField(blank=True, help_text="The number of the certificate.", max_length=50)),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField(blank=True, help_text="Null while no end is set.", null=True)),
                (
                    "status",
                    models.CharField(
                        choices=[("granted", "Granted"), ("conditional", "Conditional"), ("withdrawn", "Withdrawn")],
                        default="granted",
                        max_length=11,
                    ),
                ),
                (
                    "conditions",
                    models.CharField(
                        blank=True, help_text="Of a conditional one; why one was withdrawn.", max_length=1000
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
                    "program",
                    core.tenancy.fields.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="accreditations",
                        to="academic.program",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "abstract": False,
                "indexes": [
                    models.Index(fields=["institution", "program", "id"], name="accreditations_of_program"),
                    models.Index(fields=["institution", "ends_on", "id"], name="accreditations_by_end"),
                ],
                "constraints": [
                    core.tenancy.constraints.TenantWall(edition=1, name="academic_programaccreditation_wall"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_on__isnull", True), ("ends_on__gt", models.F("starts_on")), _connector="OR"
                        ),
                        name="programaccreditation_ends_after_start",
                        violation_error_code="ends_before_start",
                        violation_error_message="An accreditation ends after the day on which it began.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "withdrawn"), _negated=True),
                            ("ends_on__isnull", False),
                            _connector="OR",
                        ),
                        name="programaccreditation_withdrawn_on_a_day",
                        violation_error_code="withdrawn_when",
                        violation_error_message="A withdrawn accreditation ended on some day.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status", "granted"), models.Q(("conditions", ""), _negated=True), _connector="OR"
                        ),
                        name="programaccreditation_conditions_said",
                        violation_error_code="conditions_needed",
                        violation_error_message="Say on which conditions, or why it was withdrawn.",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            ("institution", "="),
                            ("program", "="),
                            (django.db.models.functions.text.Lower("body"), "="),
                            (
                                models.Func(
                                    models.F("starts_on"),
                                    models.F("ends_on"),
                                    function="daterange",
                                    output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                                ),
                                "&&",
                            ),
                        ],
                        name="program_accreditation_one_at_a_time",
                        violation_error_code="accreditations_overlap",
                        violation_error_message=(
                            "This body accredits the program at that time already: end that one first."
                        ),
                    ),
                    core.tenancy.constraints.SameInstitution(
                        fields=("program",), name="academic_programaccreditation_program_same"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProgramIntake",
            fields=[
                ("id", models.UUIDField(default=core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("version", models.PositiveIntegerField(db_default=1, default=1, editable=False)),
                ("starts_on", models.DateField()),
                (
                    "ends_on",
                    models.DateField(blank=True, help_text="The last day; blank where none is known.", null=True),
                ),
                ("places", models.PositiveIntegerField(validators=[django.core.validators.MinValueValidator(1)])),
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
                    "program",
                    core.tenancy.fields.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="intakes", to="academic.program"
                    ),
                ),
                (
                    "term",
                    core.tenancy.fields.TenantForeignKey(
                        blank=True,
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
                    core.tenancy.constraints.TenantWall(edition=1, name="academic_programintake_wall"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_on__isnull", True), ("ends_on__gte", models.F("starts_on")), _connector="OR"
                        ),
                        name="programintake_ends_after_it_starts",
                        violation_error_code="ends_before_it_starts",
                        violation_error_message="It ends on or after the day it starts.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends_on__isnull", False)),
                        name="intake_has_an_end",
                        violation_error_code="end_needed",
                        violation_error_message="An intake ends on some day.",
                    ),
                    models.CheckConstraint(condition=models.Q(("places__gte", 1)), name="intake_has_places"),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            ("institution", "="),
                            ("program", "="),
                            (
                                models.Func(
                                    "starts_on",
                                    "ends_on",
                                    django.contrib.postgres.fields.ranges.RangeBoundary(
                                        inclusive_lower=True, inclusive_upper=True
                                    ),
                                    function="daterange",
                                    output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                                ),
                                "&&",
                            ),
                        ],
                        name="intake_one_at_a_time",
                        violation_error_code="overlaps",
                        violation_error_message=(
                            "This program has an intake on some of these days already: change that one."
                        ),
                    ),
                    core.tenancy.constraints.SameInstitution(
                        fields=("program",), name="academic_programintake_program_same"
                    ),
                    core.tenancy.constraints.SameInstitution(fields=("term",), name="academic_programintake_term_same"),
                ],
            },
        ),
    ]

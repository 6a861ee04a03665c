"""Terms have exceptions of programs, and institutions have holidays."""

import django.db.models.deletion
from django.db import migrations, models

import core.ids
import core.tenancy.constraints
import core.tenancy.fields


class Migration(migrations.Migration):
    dependencies = [
        ("academic", "0007_terms_lie_in_each_other"),
        ("faculties", "0005_whole_register"),
    ]

    operations = [
        migrations.CreateModel(
            name="Holiday",
            fields=[
                ("id", models.UUIDField(default=core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("version", models.PositiveIntegerField(db_default=1, default=1, editable=False)),
                ("name", models.CharField(max_length=100)),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField(help_text="The last day; of one day, the same.")),
                (
                    "is_break",
                    models.BooleanField(
                        default=False, help_text="Whole weeks of it are not counted as teaching weeks."
                    ),
                ),
                ("is_canceled", models.BooleanField(default=False, editable=False)),
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
                "indexes": [models.Index(fields=["institution", "starts_on", "id"], name="holiday_by_start")],
                "constraints": [
                    core.tenancy.constraints.TenantWall(edition=1, name="academic_holiday_wall"),
                    models.UniqueConstraint(
                        fields=("institution", "starts_on", "name"),
                        name="holiday_once",
                        violation_error_code="holiday_there",
                        violation_error_message="This institution has a holiday of this name that starts on this day.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends_on__gte", models.F("starts_on"))),
                        name="holiday_ends_after_it_starts",
                        violation_error_code="ends_before_it_starts",
                        violation_error_message="A holiday ends on or after the day it starts.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TermException",
            fields=[
                ("id", models.UUIDField(default=core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("version", models.PositiveIntegerField(db_default=1, default=1, editable=False)),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField()),
                ("census_on", models.DateField(blank=True, null=True)),
                ("reason", models.CharField(max_length=300)),
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
                        related_name="term_exceptions",
                        to="academic.program",
                    ),
                ),
                (
                    "term",
                    core.tenancy.fields.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="exceptions", to="academic.term"
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "abstract": False,
                "constraints": [
                    core.tenancy.constraints.TenantWall(edition=1, name="academic_termexception_wall"),
                    models.UniqueConstraint(
                        fields=("institution", "term", "program"),
                        name="term_exception_once",
                        violation_error_code="exception_there",
                        violation_error_message="This program has an exception from this term.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends_on__gt", models.F("starts_on"))),
                        name="term_exception_ends_after_it_starts",
                        violation_error_code="ends_before_it_starts",
                        violation_error_message="A term ends after it starts.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("census_on__isnull", True),
                            models.Q(
                                ("census_on__gte", models.F("starts_on")), ("census_on__lte", models.F("ends_on"))
                            ),
                            _connector="OR",
                        ),
                        name="term_exception_census_inside",
                        violation_error_code="census_outside",
                        violation_error_message="The census date lies in the days of the exception.",
                    ),
                    core.tenancy.constraints.SameInstitution(fields=("term",), name="academic_termexception_term_same"),
                    core.tenancy.constraints.SameInstitution(
                        fields=("program",), name="academic_termexception_program_same"
                    ),
                ],
            },
        ),
    ]

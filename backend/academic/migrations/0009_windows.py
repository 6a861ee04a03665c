"""Windows: when something may be done in a term."""

import django.db.models.deletion
from django.db import migrations, models

import core.ids
import core.tenancy.constraints
import core.tenancy.fields


class Migration(migrations.Migration):
    dependencies = [
        ("academic", "0008_exceptions_and_holidays"),
        ("faculties", "0006_real_time_zones"),
    ]

    operations = [
        migrations.CreateModel(
            name="Window",
            fields=[
                ("id", models.UUIDField(default=core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("version", models.PositiveIntegerField(db_default=1, default=1, editable=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("register", "Register"),
                            ("add", "Add"),
                            ("drop", "Drop"),
                            ("withdraw", "Withdraw"),
                            ("results", "Results"),
                            ("re_registration", "Re Registration"),
                        ],
                        max_length=20,
                    ),
                ),
                ("opens_at", models.DateTimeField(blank=True, null=True)),
                ("closes_at", models.DateTimeField(blank=True, null=True)),
                (
                    "opens_after",
                    models.SmallIntegerField(
                        blank=True, help_text="Days from the section's first, which is 0.", null=True
                    ),
                ),
                (
                    "closes_after",
                    models.SmallIntegerField(
                        blank=True, help_text="Days from the section's first, included.", null=True
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "abstract": False,
            },
        ),
        migrations.AddConstraint(
            model_name="section",
            constraint=models.UniqueConstraint(fields=("institution", "id", "term"), name="section_with_its_term"),
        ),
        migrations.AddField(
            model_name="window",
            name="institution",
            field=core.tenancy.fields.InstitutionField(
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="faculties.institution",
            ),
        ),
        migrations.AddField(
            model_name="window",
            name="program",
            field=core.tenancy.fields.TenantForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="windows",
                to="academic.program",
            ),
        ),
        migrations.AddField(
            model_name="window",
            name="section",
            field=core.tenancy.fields.TenantForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="windows",
                to="academic.section",
            ),
        ),
        migrations.AddField(
            model_name="window",
            name="term",
            field=core.tenancy.fields.TenantForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="windows", to="academic.term"
            ),
        ),
        migrations.AddConstraint(
            model_name="window",
            constraint=core.tenancy.constraints.TenantWall(edition=1, name="academic_window_wall"),
        ),
        migrations.AddConstraint(
            model_name="window",
            constraint=models.UniqueConstraint(
                fields=("institution", "term", "kind", "program", "section"),
                name="window_once",
                nulls_distinct=False,
                violation_error_code="window_there",
                violation_error_message="There is a window of this kind for the same: change that one.",
            ),
        ),
        migrations.AddConstraint(
            model_name="window",
            constraint=models.CheckConstraint(
                condition=models.Q(("program__isnull", True), ("section__isnull", True), _connector="OR"),
                name="window_of_one",
                violation_error_code="program_or_section",
                violation_error_message="A window is of a program or of a section, or of the whole term.",
            ),
        ),
        migrations.AddConstraint(
            model_name="window",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("closes_after__isnull", True),
                        ("closes_at__isnull", False),
                        ("opens_after__isnull", True),
                        ("opens_at__isnull", False),
                    ),
                    models.Q(
                        ("closes_after__isnull", False),
                        ("closes_at__isnull", True),
                        ("opens_after__isnull", False),
                        ("opens_at__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="window_of_instants_or_days",
                violation_error_code="instants_or_days",
                violation_error_message="Give opens_at and closes_at, or opens_after and closes_after.",
            ),
        ),
        migrations.AddConstraint(
            model_name="window",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("opens_at__isnull", True),
                    ("closes_at__isnull", True),
                    ("closes_at__gt", models.F("opens_at")),
                    _connector="OR",
                ),
                name="window_closes_after_it_opens",
                violation_error_code="closes_before_it_opens",
                violation_error_message="A window closes after it opens.",
            ),
        ),
        migrations.AddConstraint(
            model_name="window",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("opens_after__isnull", True),
                    ("closes_after__isnull", True),
                    models.Q(
                        ("closes_after__gte", models.F("opens_after")),
                        ("closes_after__lte", 400),
                        ("opens_after__gte", -400),
                    ),
                    _connector="OR",
                ),
                name="window_days_in_order",
                violation_error_code="closes_before_it_opens",
                violation_error_message="It closes on or after its first day; days are at most 400 away.",
            ),
        ),
        migrations.AddConstraint(
            model_name="window",
            constraint=core.tenancy.constraints.SameInstitution(fields=("term",), name="academic_window_term_same"),
        ),
        migrations.AddConstraint(
            model_name="window",
            constraint=core.tenancy.constraints.SameInstitution(
                fields=("program",), name="academic_window_program_same"
            ),
        ),
        migrations.AddConstraint(
            model_name="window",
            constraint=core.tenancy.constraints.SameInstitution(
                fields=("section", "term"), name="academic_window_section_same"
            ),
        ),
    ]

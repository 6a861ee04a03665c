"""Terms become nested days of a kind and a track. Terms that share days today are given tracks that keep them apart."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.db import migrations, models

import core.tenancy.constraints
import core.tenancy.fields

# OULAD's presentations 2013B and 2013J are of the tracks B and J; any other gets a track of its own.
TRACKS = """
UPDATE academic_term SET track = CASE WHEN code ~ '^[0-9]{4}[A-Z]$' THEN right(code, 1) ELSE code END
WHERE EXISTS (
  SELECT FROM academic_term other
  WHERE other.institution_id = academic_term.institution_id AND other.id <> academic_term.id
    AND other.starts_on <= academic_term.ends_on AND other.ends_on >= academic_term.starts_on)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("academic", "0005_transfers"),
        ("faculties", "0005_whole_register"),
    ]

    operations = [
        migrations.AddField(
            model_name="term",
            name="kind",
            field=models.CharField(
                choices=[("year", "Year"), ("term", "Term"), ("sub_term", "Sub Term")],
                db_default="term",
                default="term",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="term",
            name="parent",
            field=core.tenancy.fields.TenantForeignKey(
                blank=True,
                help_text="What it is a part of.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="parts",
                to="academic.term",
            ),
        ),
        migrations.AddField(
            model_name="term",
            name="track",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Which of several calendars of an institution.",
                max_length=20,
            ),
        ),
        migrations.RunSQL(TRACKS, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="term",
            index=models.Index(fields=["institution", "parent"], name="term_by_parent"),
        ),
        migrations.AddConstraint(
            model_name="term",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "year"), _negated=True), ("parent__isnull", True), _connector="OR"
                ),
                name="term_year_is_no_part",
                violation_error_code="kind_not_below",
                violation_error_message="A year is no part of anything.",
            ),
        ),
        migrations.AddConstraint(
            model_name="term",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("institution", "="),
                    ("track", "="),
                    ("kind", "="),
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
                name="term_one_at_a_time",
                violation_error_code="terms_overlap",
                violation_error_message="Two terms of one kind and track share no day.",
            ),
        ),
        migrations.AddConstraint(
            model_name="term",
            constraint=core.tenancy.constraints.SameInstitution(fields=("parent",), name="academic_term_parent_same"),
        ),
    ]

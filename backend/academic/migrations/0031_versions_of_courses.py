"""Courses have versions, and sections the credits of their course on their first day."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import academic.courses.versions.models
import core.ids
import core.tenancy.constraints
import core.tenancy.fields
from academic.courses.versions.queries import SOUND, VERSIONS
from academic.registrations.verdicts import TEXT as VERDICT

EARNED_SO_FAR = """
UPDATE academic_section section SET credits = course.credits FROM academic_course course
WHERE course.institution_id = section.institution_id AND course.id = section.course_id AND section.whole_id IS NULL
"""
TRIGGERS = """
CREATE OR REPLACE TRIGGER course_carried_to_its_version AFTER UPDATE ON academic_course
  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION academic_carry_to_current_version();
CREATE OR REPLACE TRIGGER section_credits_given BEFORE INSERT ON academic_section
  FOR EACH ROW EXECUTE FUNCTION academic_credits_of_section();
CREATE OR REPLACE TRIGGER section_credits_changed BEFORE UPDATE ON academic_section
  FOR EACH ROW WHEN (NEW.credits IS DISTINCT FROM OLD.credits) EXECUTE FUNCTION academic_credits_of_section();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("academic", "0030_approval_of_program_versions"),
        ("faculties", "0007_shared_bookings"),
    ]

    operations = [
        migrations.RunSQL(SOUND.read_text(), migrations.RunSQL.noop),
        migrations.CreateModel(
            name="CourseVersion",
            fields=[
                ("id", models.UUIDField(default=core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("version", models.PositiveIntegerField(db_default=1, default=1, editable=False)),
                ("starts_on", models.DateField(blank=True, help_text="Null: from the beginning.", null=True)),
                ("title", models.CharField(max_length=200)),
                (
                    "credits",
                    models.DecimalField(
                        decimal_places=1, max_digits=5, validators=[django.core.validators.MinValueValidator(0)]
                    ),
                ),
                ("credits_up_to", models.DecimalField(blank=True, decimal_places=1, max_digits=5, null=True)),
                (
                    "level",
                    models.PositiveSmallIntegerField(
                        help_text="Year of study it is meant for.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(10),
                        ],
                    ),
                ),
                ("description", models.TextField(blank=True, help_text="For people; Markdown.", max_length=10000)),
                (
                    "contact_hours",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text="Hours of the whole course by the kind of meeting; what is not said is not planned.",
                    ),
                ),
                (
                    "assessment_plan",
                    models.JSONField(
                        blank=True, default=list, help_text="What makes up the result; empty: not said yet."
                    ),
                ),
                ("is_current", models.BooleanField(default=False, editable=False)),
            ],
            options={
                "ordering": ["id"],
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="section",
            name="credits",
            field=models.DecimalField(
                blank=True,
                decimal_places=1,
                default=0,
                help_text="What passing it earns: the credits of its course on its first day.",
                max_digits=5,
                validators=[django.core.validators.MinValueValidator(0)],
            ),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="section",
            constraint=models.CheckConstraint(
                condition=models.Q(("credits__gte", 0)), name="section_credits_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="section",
            constraint=core.tenancy.constraints.HeldByTrigger(name="section_credits_of_its_course"),
        ),
        migrations.AddField(
            model_name="courseversion",
            name="course",
            field=core.tenancy.fields.TenantForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="academic.course"
            ),
        ),
        migrations.AddField(
            model_name="courseversion",
            name="institution",
            field=core.tenancy.fields.InstitutionField(
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="faculties.institution",
            ),
        ),
        migrations.AddConstraint(
            model_name="courseversion",
            constraint=core.tenancy.constraints.TenantWall(edition=1, name="academic_courseversion_wall"),
        ),
        migrations.AddConstraint(
            model_name="courseversion",
            constraint=models.UniqueConstraint(
                fields=("institution", "course", "starts_on"),
                name="course_version_once",
                nulls_distinct=False,
                violation_error_code="version_taken",
                violation_error_message="This course has a version from this day on: change that one.",
            ),
        ),
        migrations.AddConstraint(
            model_name="courseversion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_current", True)),
                fields=("institution", "course"),
                name="course_version_current_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="courseversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("credits__gte", 0)), name="course_version_credits_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="courseversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("credits_up_to__isnull", True), ("credits_up_to__gt", models.F("credits")), _connector="OR"
                ),
                name="course_version_credits_from_less_to_more",
                violation_error_code="not_more_than_credits",
                violation_error_message="Up to how many credits is more than `credits`, or empty.",
            ),
        ),
        migrations.AddConstraint(
            model_name="courseversion",
            constraint=models.CheckConstraint(
                condition=academic.courses.versions.models.IsSound(
                    models.F("contact_hours"), function="academic_hours_are_sound"
                ),
                name="course_version_hours_sound",
                violation_error_code="hours_unsound",
                violation_error_message="Contact hours are numbers above 0, each for a kind of meeting.",
            ),
        ),
        migrations.AddConstraint(
            model_name="courseversion",
            constraint=models.CheckConstraint(
                condition=academic.courses.versions.models.IsSound(
                    models.F("assessment_plan"), function="academic_plan_is_sound"
                ),
                name="course_version_plan_sound",
                violation_error_code="plan_unsound",
                violation_error_message="The weights of a plan are above 0 and sum to 100, and no code is there twice.",
            ),
        ),
        migrations.AddConstraint(
            model_name="courseversion",
            constraint=core.tenancy.constraints.SameInstitution(
                fields=("course",), name="academic_courseversion_course_same"
            ),
        ),
        migrations.RunSQL(EARNED_SO_FAR, migrations.RunSQL.noop),
        migrations.RunSQL(VERSIONS.read_text() + TRIGGERS, migrations.RunSQL.noop),
        migrations.RunSQL(VERDICT.read_text(), migrations.RunSQL.noop),
    ]

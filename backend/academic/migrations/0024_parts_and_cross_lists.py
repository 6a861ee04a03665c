"""Sections belong together: parts of a whole, and sections that meet with another one and share its seats."""

import django.db.models.deletion
import django.db.models.functions.comparison
from django.db import migrations, models

import core.tenancy.constraints
import core.tenancy.fields
from academic.occurrences.making import TEXT as HOURS
from academic.sections.together import TEXT as TOGETHER

TRIGGERS = """
CREATE CONSTRAINT TRIGGER section_in_one_step AFTER INSERT OR UPDATE OF whole_id, meets_with_id ON academic_section
  FOR EACH ROW WHEN (NEW.whole_id IS NOT NULL OR NEW.meets_with_id IS NOT NULL)
  EXECUTE FUNCTION academic_refuse_sections_in_steps();
CREATE CONSTRAINT TRIGGER meeting_where_its_section_meets AFTER INSERT OR UPDATE OF section_id ON academic_meeting
  FOR EACH ROW EXECUTE FUNCTION academic_refuse_meeting_elsewhere();
CREATE CONSTRAINT TRIGGER section_seats_within_combined
  AFTER INSERT OR UPDATE OF seats_taken, meets_with_id, combined_capacity ON academic_section
  FOR EACH ROW WHEN (NEW.meets_with_id IS NOT NULL OR NEW.combined_capacity IS NOT NULL)
  EXECUTE FUNCTION academic_refuse_too_many_together();
"""
BACKWARD = """
DROP TRIGGER section_seats_within_combined ON academic_section;
DROP TRIGGER meeting_where_its_section_meets ON academic_meeting;
DROP TRIGGER section_in_one_step ON academic_section;
DROP FUNCTION academic_refuse_too_many_together();
DROP FUNCTION academic_refuse_meeting_elsewhere();
DROP FUNCTION academic_refuse_sections_in_steps();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("academic", "0023_catalog_of_courses"),
        ("faculties", "0006_real_time_zones"),
    ]

    operations = [
        migrations.AddField(
            model_name="section",
            name="combined_capacity",
            field=models.PositiveIntegerField(
                blank=True, help_text="Seats for all sections that meet as this one together.", null=True
            ),
        ),
        migrations.AddField(
            model_name="section",
            name="kind",
            field=models.CharField(
                choices=[
                    ("lecture", "Lecture"),
                    ("tutorial", "Tutorial"),
                    ("seminar", "Seminar"),
                    ("lab", "Lab"),
                    ("practical", "Practical"),
                    ("exam", "Exam"),
                    ("other", "Other"),
                ],
                db_default="lecture",
                default="lecture",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="section",
            name="meets_with",
            field=core.tenancy.fields.TenantForeignKey(
                blank=True,
                help_text="The section with whose meetings it is cross-listed.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="met_by",
                to="academic.section",
            ),
        ),
        migrations.AddField(
            model_name="section",
            name="whole",
            field=core.tenancy.fields.TenantForeignKey(
                blank=True,
                help_text="What it is a part of.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="parts",
                to="academic.section",
            ),
        ),
        migrations.AddField(
            model_name="section",
            name="meets_as",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.db.models.functions.comparison.Coalesce("meets_with", "id"),
                output_field=models.UUIDField(),
            ),
        ),
        migrations.AddIndex(
            model_name="section",
            index=models.Index(fields=["institution", "meets_as"], name="section_by_meetings"),
        ),
        migrations.AddConstraint(
            model_name="section",
            constraint=models.CheckConstraint(
                condition=models.Q(("combined_capacity__isnull", True), ("meets_with__isnull", True), _connector="OR"),
                name="section_combined_where_they_meet",
                violation_error_code="meets_elsewhere",
                violation_error_message="The section with which this one meets has the seats of both together.",
            ),
        ),
        migrations.AddConstraint(
            model_name="section",
            constraint=core.tenancy.constraints.HeldByTrigger(name="section_in_one_step"),
        ),
        migrations.AddConstraint(
            model_name="section",
            constraint=core.tenancy.constraints.HeldByTrigger(name="section_meets_in_one_place"),
        ),
        migrations.AddConstraint(
            model_name="section",
            constraint=core.tenancy.constraints.HeldByTrigger(name="section_seats_within_combined"),
        ),
        migrations.AddConstraint(
            model_name="section",
            constraint=models.UniqueConstraint(
                fields=("institution", "id", "course", "term"), name="section_with_its_course"
            ),
        ),
        migrations.AddConstraint(
            model_name="section",
            constraint=core.tenancy.constraints.SameInstitution(
                fields=("whole", "course", "term"), name="academic_section_whole_same"
            ),
        ),
        migrations.AddConstraint(
            model_name="section",
            constraint=core.tenancy.constraints.SameInstitution(
                fields=("meets_with", "term"), name="academic_section_meets_with_same"
            ),
        ),
        migrations.RunSQL(TOGETHER.read_text() + HOURS.read_text() + TRIGGERS, BACKWARD),
    ]

"""Who teaches has a role and a share, which add up; hours follow whoever is written to teach or to come."""

from decimal import Decimal

from django.conf import settings
from django.db import migrations, models

from academic.occurrences.making import TEXT as HOURS
from academic.sections.rules import TEXT as SHARES

TRIGGERS = """
CREATE CONSTRAINT TRIGGER teaching_shares_add_up
  AFTER INSERT OR DELETE OR UPDATE OF share, attends, section_id ON academic_teaching
  FOR EACH ROW EXECUTE FUNCTION academic_refuse_wrong_shares();
CREATE CONSTRAINT TRIGGER teaching_takes_hours
  AFTER INSERT OR DELETE OR UPDATE OF account_id, attends, section_id ON academic_teaching
  DEFERRABLE INITIALLY IMMEDIATE FOR EACH ROW EXECUTE FUNCTION academic_hours_follow_teaching();
CREATE CONSTRAINT TRIGGER cohort_takes_hours
  AFTER INSERT OR DELETE OR UPDATE ON academic_sectioncohort
  DEFERRABLE INITIALLY IMMEDIATE FOR EACH ROW EXECUTE FUNCTION academic_hours_follow_cohort();
"""
BACKWARD = """
DROP TRIGGER cohort_takes_hours ON academic_sectioncohort;
DROP TRIGGER teaching_takes_hours ON academic_teaching;
DROP TRIGGER teaching_shares_add_up ON academic_teaching;
DROP FUNCTION academic_hours_follow_cohort();
DROP FUNCTION academic_hours_follow_teaching();
DROP FUNCTION academic_take_rooms;
DROP FUNCTION academic_take_cohorts;
DROP FUNCTION academic_take_lecturers;
DROP FUNCTION academic_refuse_wrong_shares();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("academic", "0019_requisites_of_a_registration"),
        ("faculties", "0006_real_time_zones"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="teaching",
            name="attends",
            field=models.BooleanField(
                db_default=True, default=True, help_text="Whether they are in the room. Not said: by the role."
            ),
        ),
        migrations.AddField(
            model_name="teaching",
            name="role",
            field=models.CharField(
                choices=[
                    ("lecturer", "Lecturer"),
                    ("coordinator", "Coordinator"),
                    ("tutor", "Tutor"),
                    ("demonstrator", "Demonstrator"),
                    ("examiner", "Examiner"),
                ],
                db_default="lecturer",
                default="lecturer",
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="teaching",
            name="share",
            field=models.DecimalField(
                blank=True,
                decimal_places=4,
                help_text="Their part of the hours, above 0 and at most 1; empty where nobody said.",
                max_digits=5,
                null=True,
            ),
        ),
        migrations.AddConstraint(
            model_name="teaching",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("share__isnull", True), models.Q(("share__gt", 0), ("share__lte", Decimal("1"))), _connector="OR"
                ),
                name="teaching_share_of_the_whole",
                violation_error_code="no_such_share",
                violation_error_message="A share of the teaching is above 0 and at most 1.",
            ),
        ),
        migrations.AddConstraint(
            model_name="teaching",
            constraint=models.CheckConstraint(
                condition=models.Q(("share__isnull", True), ("attends", True), _connector="OR"),
                name="teaching_share_with_hours",
                violation_error_code="share_without_hours",
                violation_error_message="Only who is in the room, `attends`, has a share of the hours.",
            ),
        ),
        migrations.RunSQL(SHARES.read_text() + HOURS.read_text() + TRIGGERS, BACKWARD),
    ]

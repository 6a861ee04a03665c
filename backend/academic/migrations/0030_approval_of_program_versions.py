"""A version of a program moves from draft to closed, and what was submitted stays as it was, whoever writes."""

import django.db.models.deletion
from django.db import migrations, models

import core.ids
import core.tenancy.constraints
import core.tenancy.fields
from academic.programs.moves import TEXT

HELD = (
    ("programversion", "version_moved_by_a_move"),
    ("programversion", "version_as_submitted"),
    ("versionmove", "version_move_from_where_it_stands"),
    ("versionmove", "version_approved_by_another"),
    ("versionmove", "version_closed_without_students"),
    ("enrollment", "enrollment_in_a_version_that_takes"),
)
FORWARD = """
CREATE TRIGGER version_moved AFTER INSERT ON academic_versionmove
  FOR EACH ROW EXECUTE FUNCTION academic_move_version();
CREATE TRIGGER version_moves_append_only BEFORE UPDATE OR DELETE ON academic_versionmove
  FOR EACH STATEMENT EXECUTE FUNCTION academic_refuse_to_alter_moves();
CREATE TRIGGER version_moved_by_a_move BEFORE UPDATE OF status ON academic_programversion
  FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status AND pg_trigger_depth() = 0)
  EXECUTE FUNCTION academic_refuse_bare_move();
CREATE TRIGGER version_as_submitted
  AFTER UPDATE OF program_id, catalog_year, credits_required ON academic_programversion
  FOR EACH ROW WHEN (
    (OLD.program_id, OLD.catalog_year, OLD.credits_required)
    IS DISTINCT FROM (NEW.program_id, NEW.catalog_year, NEW.credits_required))
  EXECUTE FUNCTION academic_refuse_frozen_version();
CREATE TRIGGER course_as_submitted AFTER INSERT OR UPDATE OR DELETE ON academic_programcourse
  FOR EACH ROW EXECUTE FUNCTION academic_refuse_frozen();
CREATE TRIGGER group_as_submitted AFTER INSERT OR UPDATE OR DELETE ON academic_coursegroup
  FOR EACH ROW EXECUTE FUNCTION academic_refuse_frozen();
CREATE TRIGGER enrollment_in_a_version_that_takes AFTER INSERT ON academic_enrollment
  REFERENCING NEW TABLE AS enrolled FOR EACH STATEMENT EXECUTE FUNCTION academic_refuse_enrollments();
CREATE TRIGGER enrollment_stays_in_a_version_that_takes AFTER UPDATE ON academic_enrollment
  REFERENCING NEW TABLE AS enrolled FOR EACH STATEMENT EXECUTE FUNCTION academic_refuse_enrollments();
"""
BACKWARD = """
DROP TRIGGER enrollment_stays_in_a_version_that_takes ON academic_enrollment;
DROP TRIGGER enrollment_in_a_version_that_takes ON academic_enrollment;
DROP TRIGGER group_as_submitted ON academic_coursegroup;
DROP TRIGGER course_as_submitted ON academic_programcourse;
DROP TRIGGER version_as_submitted ON academic_programversion;
DROP TRIGGER version_moved_by_a_move ON academic_programversion;
DROP TRIGGER version_moves_append_only ON academic_versionmove;
DROP TRIGGER version_moved ON academic_versionmove;
DROP FUNCTION academic_refuse_enrollments();
DROP FUNCTION academic_refuse_frozen_version();
DROP FUNCTION academic_refuse_frozen();
DROP FUNCTION academic_is_frozen(uuid, uuid);
DROP FUNCTION academic_refuse_bare_move();
DROP FUNCTION academic_refuse_to_alter_moves();
DROP FUNCTION academic_move_version();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("academic", "0029_norms_of_teaching"),
        ("faculties", "0007_shared_bookings"),
    ]

    operations = [
        migrations.AddField(
            model_name="programversion",
            name="status",
            field=models.CharField(
                choices=[
                    ("draft", "Draft"),
                    ("submitted", "Submitted"),
                    ("approved", "Approved"),
                    ("active", "Active"),
                    ("teach_out", "taught out"),
                    ("closed", "Closed"),
                ],
                default="active",
                editable=False,
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            name="VersionMove",
            fields=[
                ("id", models.UUIDField(default=core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("version", models.PositiveIntegerField(db_default=1, default=1, editable=False)),
                (
                    "from_status",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("submitted", "Submitted"),
                            ("approved", "Approved"),
                            ("active", "Active"),
                            ("teach_out", "taught out"),
                            ("closed", "Closed"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "to_status",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("submitted", "Submitted"),
                            ("approved", "Approved"),
                            ("active", "Active"),
                            ("teach_out", "taught out"),
                            ("closed", "Closed"),
                        ],
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("moved_by", models.UUIDField(editable=False, help_text="The account that did it.", null=True)),
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
                    "program_version",
                    core.tenancy.fields.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="moves", to="academic.programversion"
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "abstract": False,
                "indexes": [models.Index(fields=["institution", "program_version", "id"], name="version_moves")],
                "constraints": [
                    core.tenancy.constraints.TenantWall(edition=1, name="academic_versionmove_wall"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("from_status", "draft"), ("to_status__in", ("submitted",))),
                            models.Q(("from_status", "submitted"), ("to_status__in", ("approved", "draft"))),
                            models.Q(("from_status", "approved"), ("to_status__in", ("active", "draft"))),
                            models.Q(("from_status", "active"), ("to_status__in", ("teach_out",))),
                            models.Q(("from_status", "teach_out"), ("to_status__in", ("closed",))),
                            _connector="OR",
                        ),
                        name="version_move_allowed",
                        violation_error_code="move_not_allowed",
                        violation_error_message="This status does not follow that one.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("to_status", "draft"), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="version_sent_back_with_a_reason",
                        violation_error_code="reason_needed",
                        violation_error_message="Say what is to be changed in a version that becomes a draft again.",
                    ),
                    core.tenancy.constraints.SameInstitution(
                        fields=("program_version",), name="academic_versionmove_program_version_same"
                    ),
                ],
            },
        ),
        *(
            migrations.AddConstraint(model_name=model, constraint=core.tenancy.constraints.HeldByTrigger(name=name))
            for model, name in HELD
        ),
        migrations.RunSQL(TEXT.read_text(), migrations.RunSQL.noop),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]

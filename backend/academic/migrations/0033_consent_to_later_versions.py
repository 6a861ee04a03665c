"""A student comes under a later version of a program by consent, whoever writes."""

import django.db.models.deletion
from django.db import migrations, models

import core.ids
import core.tenancy.constraints
import core.tenancy.fields
from academic.enrollments.consents import TEXT

FORWARD = """
CREATE TRIGGER version_changed_by_consent AFTER UPDATE OF program_version_id ON academic_enrollment
  FOR EACH ROW WHEN (OLD.program_version_id IS DISTINCT FROM NEW.program_version_id)
  EXECUTE FUNCTION academic_refuse_without_consent();
"""
BACKWARD = """
DROP TRIGGER version_changed_by_consent ON academic_enrollment;
DROP FUNCTION academic_refuse_without_consent();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("academic", "0032_waitlists"),
        ("faculties", "0008_travel_times"),
        ("students", "0017_outreach_canceled"),
    ]

    operations = [
        migrations.CreateModel(
            name="VersionConsent",
            fields=[
                ("id", models.UUIDField(default=core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("version", models.PositiveIntegerField(db_default=1, default=1, editable=False)),
                (
                    "how",
                    models.CharField(
                        choices=[("in_system", "by the student, signed in"), ("in_writing", "in writing")],
                        editable=False,
                        max_length=10,
                    ),
                ),
                ("agreed_on", models.DateField()),
                (
                    "document",
                    models.CharField(
                        blank=True, help_text="Where what was signed is kept, such as a file number.", max_length=100
                    ),
                ),
                ("changed_on", models.DateField(editable=False, null=True)),
            ],
            options={
                "ordering": ["id"],
                "abstract": False,
            },
        ),
        migrations.AddConstraint(
            model_name="enrollment",
            constraint=core.tenancy.constraints.HeldByTrigger(name="version_changed_by_consent"),
        ),
        migrations.AddField(
            model_name="versionconsent",
            name="enrollment",
            field=core.tenancy.fields.TenantForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="consents", to="academic.enrollment"
            ),
        ),
        migrations.AddField(
            model_name="versionconsent",
            name="from_version",
            field=core.tenancy.fields.TenantForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="academic.programversion",
            ),
        ),
        migrations.AddField(
            model_name="versionconsent",
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
            model_name="versionconsent",
            name="to_version",
            field=core.tenancy.fields.TenantForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="academic.programversion"
            ),
        ),
        migrations.AddIndex(
            model_name="versionconsent",
            index=models.Index(fields=["institution", "enrollment", "id"], name="version_consents"),
        ),
        migrations.AddConstraint(
            model_name="versionconsent",
            constraint=core.tenancy.constraints.TenantWall(edition=1, name="academic_versionconsent_wall"),
        ),
        migrations.AddConstraint(
            model_name="versionconsent",
            constraint=models.UniqueConstraint(
                fields=("institution", "enrollment", "to_version"),
                name="version_consent_once",
                violation_error_code="already_agreed",
                violation_error_message="This student has agreed to this version.",
            ),
        ),
        migrations.AddConstraint(
            model_name="versionconsent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("how", "in_writing"), models.Q(("document", ""), _negated=True)),
                    models.Q(("document", ""), ("how", "in_system")),
                    _connector="OR",
                ),
                name="version_consent_in_writing_is_kept",
                violation_error_code="document_needed",
                violation_error_message="What was agreed in writing is kept somewhere: name the document.",
            ),
        ),
        migrations.AddConstraint(
            model_name="versionconsent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("changed_on__isnull", True), ("changed_on__gte", models.F("agreed_on")), _connector="OR"
                ),
                name="version_changes_after_consent",
                violation_error_code="before_consent",
                violation_error_message="A version changes on the day on which the student agreed, or later.",
            ),
        ),
        migrations.AddConstraint(
            model_name="versionconsent",
            constraint=core.tenancy.constraints.SameInstitution(
                fields=("enrollment",), name="academic_versionconsent_enrollment_same"
            ),
        ),
        migrations.AddConstraint(
            model_name="versionconsent",
            constraint=core.tenancy.constraints.SameInstitution(
                fields=("from_version",), name="academic_versionconsent_from_version_same"
            ),
        ),
        migrations.AddConstraint(
            model_name="versionconsent",
            constraint=core.tenancy.constraints.SameInstitution(
                fields=("to_version",), name="academic_versionconsent_to_version_same"
            ),
        ),
        migrations.RunSQL(TEXT.read_text(), migrations.RunSQL.noop),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]

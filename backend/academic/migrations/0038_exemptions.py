"""Courses count as earned that were not passed here, and a program version says how much of it."""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.ids
import core.tenancy.constraints
import core.tenancy.fields
from academic.exemptions.rules import LIMIT

TRIGGER = """
CREATE OR REPLACE TRIGGER exemption_within_the_limit
  AFTER INSERT OR UPDATE OF credits, enrollment_id, withdrawn_on ON academic_exemption
  FOR EACH ROW WHEN (NEW.withdrawn_on IS NULL) EXECUTE FUNCTION academic_refuse_too_many_from_elsewhere();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("academic", "0037_seats_of_all_together"),
        ("faculties", "0008_travel_times"),
        ("students", "0017_outreach_canceled"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Exemption",
            fields=[
                ("id", models.UUIDField(default=core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("version", models.PositiveIntegerField(db_default=1, default=1, editable=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("transfer", "passed at another institution"),
                            ("prior_learning", "learned before, and assessed"),
                            ("exemption", "not needed"),
                            ("advanced_standing", "entered at a later stage"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "credits",
                    models.DecimalField(
                        decimal_places=1,
                        help_text="Those of the course, or fewer.",
                        max_digits=5,
                        validators=[django.core.validators.MinValueValidator(0)],
                    ),
                ),
                (
                    "equivalent_mark",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        help_text="What requisites that ask for a mark go by; empty: they are not met by it.",
                        max_digits=5,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(100),
                        ],
                    ),
                ),
                ("reason", models.CharField(max_length=300)),
                (
                    "evidence",
                    models.CharField(
                        blank=True,
                        help_text="Where the proof lies: the number of a document or the name of a file.",
                        max_length=300,
                    ),
                ),
                ("granted_on", models.DateField()),
                ("withdrawn_on", models.DateField(blank=True, editable=False, null=True)),
                ("withdrawal_reason", models.CharField(blank=True, editable=False, max_length=300)),
            ],
            options={
                "ordering": ["id"],
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="programversion",
            name="most_credits_from_elsewhere",
            field=models.DecimalField(
                blank=True,
                decimal_places=1,
                help_text="How many credits may count that were not earned here; empty: any number.",
                max_digits=6,
                null=True,
                validators=[django.core.validators.MinValueValidator(0)],
            ),
        ),
        migrations.AlterField(
            model_name="transferredcredit",
            name="ended_on",
            field=models.DateField(help_text="The last day of what was passed, or the day of an exemption."),
        ),
        migrations.AddConstraint(
            model_name="programversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("most_credits_from_elsewhere__isnull", True),
                    ("most_credits_from_elsewhere__gte", 0),
                    _connector="OR",
                ),
                name="program_version_elsewhere_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="transferredcredit",
            constraint=models.UniqueConstraint(
                fields=("institution", "id", "student"), name="transferred_credit_of_its_student"
            ),
        ),
        migrations.AddField(
            model_name="exemption",
            name="course",
            field=core.tenancy.fields.TenantForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="exemptions", to="academic.course"
            ),
        ),
        migrations.AddField(
            model_name="exemption",
            name="enrollment",
            field=core.tenancy.fields.TenantForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="exemptions", to="academic.enrollment"
            ),
        ),
        migrations.AddField(
            model_name="exemption",
            name="granted_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="exemption",
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
            model_name="exemption",
            name="student",
            field=core.tenancy.fields.TenantForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="exemptions", to="students.student"
            ),
        ),
        migrations.AddField(
            model_name="exemption",
            name="transferred_credit",
            field=core.tenancy.fields.TenantForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="exemptions",
                to="academic.transferredcredit",
            ),
        ),
        migrations.AddIndex(
            model_name="exemption",
            index=models.Index(fields=["institution", "enrollment", "id"], name="exemption_by_enrollment"),
        ),
        migrations.AddIndex(
            model_name="exemption",
            index=models.Index(fields=["institution", "course", "id"], name="exemption_by_course"),
        ),
        migrations.AddConstraint(
            model_name="exemption",
            constraint=core.tenancy.constraints.TenantWall(edition=1, name="academic_exemption_wall"),
        ),
        migrations.AddConstraint(
            model_name="exemption",
            constraint=models.UniqueConstraint(
                condition=models.Q(("withdrawn_on__isnull", True)),
                fields=("institution", "student", "course"),
                name="exemption_once",
                violation_error_code="already_exempt",
                violation_error_message="This course counts as earned already, and credits are earned once.",
            ),
        ),
        migrations.AddConstraint(
            model_name="exemption",
            constraint=models.UniqueConstraint(
                condition=models.Q(("withdrawn_on__isnull", True)),
                fields=("institution", "transferred_credit"),
                name="exemption_of_a_credit_once",
                violation_error_code="already_recognized",
                violation_error_message="This credit is recognized already: withdraw that exemption first.",
            ),
        ),
        migrations.AddConstraint(
            model_name="exemption",
            constraint=models.CheckConstraint(
                condition=models.Q(("credits__gte", 0)), name="exemption_credits_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="exemption",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("equivalent_mark__isnull", True),
                    models.Q(("equivalent_mark__gte", 0), ("equivalent_mark__lte", 100)),
                    _connector="OR",
                ),
                name="exemption_mark_in_percent",
            ),
        ),
        migrations.AddConstraint(
            model_name="exemption",
            constraint=models.CheckConstraint(
                condition=models.Q(("transferred_credit__isnull", True), ("kind", "transfer"), _connector="OR"),
                name="exemption_of_a_credit_is_a_transfer",
                violation_error_code="not_a_transfer",
                violation_error_message="What recognizes a transferred credit is of the kind transfer.",
            ),
        ),
        migrations.AddConstraint(
            model_name="exemption",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("withdrawal_reason", ""), ("withdrawn_on__isnull", True)),
                    ("withdrawn_on__gte", models.F("granted_on")),
                    _connector="OR",
                ),
                name="exemption_withdrawn_after_granted",
                violation_error_code="withdrawn_before_granted",
                violation_error_message="An exemption is withdrawn on or after the day it was granted.",
            ),
        ),
        migrations.AddConstraint(
            model_name="exemption",
            constraint=core.tenancy.constraints.HeldByTrigger(name="exemption_within_the_limit"),
        ),
        migrations.AddConstraint(
            model_name="exemption",
            constraint=core.tenancy.constraints.SameInstitution(
                fields=("enrollment", "student"), name="academic_exemption_enrollment_same"
            ),
        ),
        migrations.AddConstraint(
            model_name="exemption",
            constraint=core.tenancy.constraints.SameInstitution(
                fields=("student",), name="academic_exemption_student_same"
            ),
        ),
        migrations.AddConstraint(
            model_name="exemption",
            constraint=core.tenancy.constraints.SameInstitution(
                fields=("course",), name="academic_exemption_course_same"
            ),
        ),
        migrations.AddConstraint(
            model_name="exemption",
            constraint=core.tenancy.constraints.SameInstitution(
                fields=("transferred_credit", "student"), name="academic_exemption_transferred_credit_same"
            ),
        ),
        migrations.RunSQL(LIMIT.read_text() + TRIGGER, migrations.RunSQL.noop),
    ]

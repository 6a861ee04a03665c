"""Registers of attendance, of classes that were held and of those who come to them."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import core.ids
import core.secrets.fields
import core.tenancy.constraints
import core.tenancy.fields
from academic.attendance.rules import TEXT as HELD

TRIGGERS = """
CREATE CONSTRAINT TRIGGER attendance_register_of_what_was_held
  AFTER INSERT OR UPDATE OF occurrence_id ON academic_attendanceregister
  FOR EACH ROW EXECUTE FUNCTION academic_refuse_register_of_nothing();
CREATE TRIGGER attendance_of_who_comes AFTER INSERT ON academic_attendance
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION academic_refuse_strangers_in_class();
"""
BACKWARD = """
DROP TRIGGER attendance_of_who_comes ON academic_attendance;
DROP TRIGGER attendance_register_of_what_was_held ON academic_attendanceregister;
DROP FUNCTION academic_refuse_strangers_in_class();
DROP FUNCTION academic_refuse_register_of_nothing();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("academic", "0035_intakes_and_accreditations_of_programs"),
        ("faculties", "0008_travel_times"),
        ("students", "0017_outreach_canceled"),
    ]

    operations = [
        migrations.CreateModel(
            name="AttendanceRegister",
            fields=[
                ("id", models.UUIDField(default=core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("version", models.PositiveIntegerField(db_default=1, default=1, editable=False)),
                (
                    "status",
                    models.CharField(
                        choices=[("open", "Open"), ("closed", "Closed")], default="open", editable=False, max_length=6
                    ),
                ),
                ("closed_at", models.DateTimeField(editable=False, null=True)),
                ("closed_by", models.UUIDField(editable=False, help_text="The account that closed it.", null=True)),
                ("reopened_because", models.CharField(blank=True, editable=False, max_length=300)),
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
                    "occurrence",
                    core.tenancy.fields.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="registers", to="academic.occurrence"
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Attendance",
            fields=[
                ("id", models.UUIDField(default=core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("version", models.PositiveIntegerField(db_default=1, default=1, editable=False)),
                (
                    "status",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("present", "Present"),
                            ("late", "Late"),
                            ("absent", "Absent"),
                            ("excused", "Excused"),
                        ],
                        max_length=7,
                    ),
                ),
                (
                    "reason",
                    core.secrets.fields.Encrypted(
                        models.CharField(max_length=300), blank=True, null=True, person="student_id"
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
                    "registration",
                    core.tenancy.fields.TenantForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attendance",
                        to="academic.registration",
                    ),
                ),
                (
                    "student",
                    core.tenancy.fields.TenantForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attendance",
                        to="students.student",
                    ),
                ),
                (
                    "register",
                    core.tenancy.fields.TenantForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="marks",
                        to="academic.attendanceregister",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "attendance",
                "ordering": ["id"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="AttendancePolicy",
            fields=[
                ("id", models.UUIDField(default=core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("version", models.PositiveIntegerField(db_default=1, default=1, editable=False)),
                (
                    "least_percent",
                    models.PositiveSmallIntegerField(
                        default=75,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(100),
                        ],
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
            ],
            options={
                "verbose_name_plural": "attendance policies",
                "ordering": ["id"],
                "abstract": False,
                "constraints": [
                    core.tenancy.constraints.TenantWall(edition=1, name="academic_attendancepolicy_wall"),
                    models.UniqueConstraint(
                        fields=("institution",),
                        name="attendance_policy_once",
                        violation_error_code="policy_there",
                        violation_error_message="This institution has a policy of attendance: change that one.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("least_percent__gte", 1), ("least_percent__lte", 100)),
                        name="attendance_policy_percent",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="attendanceregister",
            constraint=core.tenancy.constraints.TenantWall(edition=1, name="academic_attendanceregister_wall"),
        ),
        migrations.AddConstraint(
            model_name="attendanceregister",
            constraint=models.UniqueConstraint(
                fields=("institution", "occurrence"),
                name="attendance_register_once",
                violation_error_code="register_open",
                violation_error_message="There is a register of this class already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="attendanceregister",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", True), ("status", "open")),
                    models.Q(("closed_at__isnull", False), ("status", "closed")),
                    _connector="OR",
                ),
                name="attendance_register_closed_some_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="attendanceregister",
            constraint=core.tenancy.constraints.HeldByTrigger(name="attendance_register_of_what_was_held"),
        ),
        migrations.AddConstraint(
            model_name="attendanceregister",
            constraint=core.tenancy.constraints.SameInstitution(
                fields=("occurrence",), name="academic_attendanceregister_occurrence_same"
            ),
        ),
        migrations.AddIndex(
            model_name="attendance",
            index=models.Index(fields=["institution", "registration", "id"], name="attendance_by_registration"),
        ),
        migrations.AddConstraint(
            model_name="attendance",
            constraint=core.tenancy.constraints.TenantWall(edition=1, name="academic_attendance_wall"),
        ),
        migrations.AddConstraint(
            model_name="attendance",
            constraint=models.UniqueConstraint(
                fields=("institution", "register", "registration"),
                name="attendance_once",
                violation_error_code="already_there",
                violation_error_message="This student is in this register already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="attendance",
            constraint=core.tenancy.constraints.HeldByTrigger(name="attendance_of_who_comes"),
        ),
        migrations.AddConstraint(
            model_name="attendance",
            constraint=core.tenancy.constraints.SameInstitution(
                fields=("register",), name="academic_attendance_register_same"
            ),
        ),
        migrations.AddConstraint(
            model_name="attendance",
            constraint=core.tenancy.constraints.SameInstitution(
                fields=("registration",), name="academic_attendance_registration_same"
            ),
        ),
        migrations.AddConstraint(
            model_name="attendance",
            constraint=core.tenancy.constraints.SameInstitution(
                fields=("student",), name="academic_attendance_student_same"
            ),
        ),
        migrations.RunSQL(HELD.read_text() + TRIGGERS, BACKWARD),
    ]

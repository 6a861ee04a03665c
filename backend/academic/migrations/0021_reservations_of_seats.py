"""Seats of a section are reserved for groups of students, and the verdict of a registration keeps them for these."""

import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

import core.ids
import core.tenancy.constraints
import core.tenancy.fields
from academic.registrations.verdicts import TEXT
from academic.sections import seats

BACKWARD = """
DROP FUNCTION academic_end_due(uuid, uuid[]);
DROP FUNCTION academic_reservation_of(uuid, uuid, uuid);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("academic", "0020_roles_and_shares_of_teaching"),
        ("faculties", "0006_real_time_zones"),
        ("students", "0017_outreach_canceled"),
    ]

    operations = [
        migrations.CreateModel(
            name="SeatReservation",
            fields=[
                ("id", models.UUIDField(default=core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("version", models.PositiveIntegerField(db_default=1, default=1, editable=False)),
                (
                    "year_of_study",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(10),
                        ],
                    ),
                ),
                ("seats", models.PositiveIntegerField(validators=[django.core.validators.MinValueValidator(1)])),
                ("seats_taken", models.PositiveIntegerField(default=0, editable=False)),
                ("until", models.DateTimeField(help_text="From then on its free seats are for all.")),
                ("ended_at", models.DateTimeField(editable=False, null=True)),
            ],
            options={
                "ordering": ["id"],
                "abstract": False,
            },
        ),
        migrations.RemoveConstraint(
            model_name="section",
            name="section_seats_within_capacity",
        ),
        migrations.AddField(
            model_name="section",
            name="seats_reserved",
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AddConstraint(
            model_name="section",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("capacity__isnull", True),
                    (
                        "capacity__gte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("seats_taken"), "+", models.F("seats_reserved")
                        ),
                    ),
                    _connector="OR",
                ),
                name="section_seats_within_capacity",
                violation_error_code="full",
                violation_error_message="This section has no seat left.",
            ),
        ),
        migrations.AddField(
            model_name="seatreservation",
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
            model_name="seatreservation",
            name="program",
            field=core.tenancy.fields.TenantForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="academic.program",
            ),
        ),
        migrations.AddField(
            model_name="seatreservation",
            name="program_version",
            field=core.tenancy.fields.TenantForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="academic.programversion",
            ),
        ),
        migrations.AddField(
            model_name="seatreservation",
            name="section",
            field=core.tenancy.fields.TenantForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="reservations", to="academic.section"
            ),
        ),
        migrations.AddField(
            model_name="registration",
            name="reservation",
            field=core.tenancy.fields.TenantForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="registrations",
                to="academic.seatreservation",
            ),
        ),
        migrations.AddIndex(
            model_name="registration",
            index=models.Index(
                condition=models.Q(("reservation__isnull", False)),
                fields=["institution", "reservation"],
                name="registration_by_reservation",
            ),
        ),
        migrations.AddConstraint(
            model_name="registration",
            constraint=models.CheckConstraint(
                condition=models.Q(("status", "registered"), ("reservation__isnull", True), _connector="OR"),
                name="registration_withdrawn_gives_back",
            ),
        ),
        migrations.AddConstraint(
            model_name="registration",
            constraint=core.tenancy.constraints.SameInstitution(
                fields=("reservation", "section"), name="academic_registration_reservation_same"
            ),
        ),
        migrations.AddIndex(
            model_name="seatreservation",
            index=models.Index(fields=["institution", "section", "id"], name="reservation_by_section"),
        ),
        migrations.AddConstraint(
            model_name="seatreservation",
            constraint=core.tenancy.constraints.TenantWall(edition=1, name="academic_seatreservation_wall"),
        ),
        migrations.AddConstraint(
            model_name="seatreservation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("program__isnull", False),
                    ("program_version__isnull", False),
                    ("year_of_study__isnull", False),
                    _connector="OR",
                ),
                name="reservation_for_somebody",
                violation_error_code="for_nobody",
                violation_error_message="Say for whom: a program, a version of one, or a year of study.",
            ),
        ),
        migrations.AddConstraint(
            model_name="seatreservation",
            constraint=models.CheckConstraint(
                condition=models.Q(("program__isnull", True), ("program_version__isnull", True), _connector="OR"),
                name="reservation_program_or_version",
                violation_error_code="program_or_version",
                violation_error_message="Give the program or one version of it: a version says which program it is of.",
            ),
        ),
        migrations.AddConstraint(
            model_name="seatreservation",
            constraint=models.CheckConstraint(
                condition=models.Q(("seats__gte", models.F("seats_taken")), ("seats__gte", 1)),
                name="reservation_seats_within",
                violation_error_code="too_few_seats",
                violation_error_message="A reservation has as many seats as are taken of it, and at least one.",
            ),
        ),
        migrations.AddConstraint(
            model_name="seatreservation",
            constraint=models.UniqueConstraint(
                fields=("institution", "id", "section"), name="reservation_with_its_section"
            ),
        ),
        migrations.AddConstraint(
            model_name="seatreservation",
            constraint=core.tenancy.constraints.SameInstitution(
                fields=("section",), name="academic_seatreservation_section_same"
            ),
        ),
        migrations.AddConstraint(
            model_name="seatreservation",
            constraint=core.tenancy.constraints.SameInstitution(
                fields=("program",), name="academic_seatreservation_program_same"
            ),
        ),
        migrations.AddConstraint(
            model_name="seatreservation",
            constraint=core.tenancy.constraints.SameInstitution(
                fields=("program_version",), name="academic_seatreservation_program_version_same"
            ),
        ),
        migrations.RunSQL(seats.TEXT.read_text(), BACKWARD),
        migrations.RunSQL(TEXT.read_text(), migrations.RunSQL.noop),
    ]

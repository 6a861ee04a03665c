"""Who waits for a seat, and what is offered to them: the database offers each seat that is freed to the next."""

import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

import core.ids
import core.tenancy.constraints
import core.tenancy.fields
from academic.registrations.verdicts import TEXT
from academic.sections import seats

# Where a seat was freed, or may be: what is taken, reserved or offered became less, or the whole changed.
FREED = """
CREATE TRIGGER section_offers_seats AFTER UPDATE ON academic_section FOR EACH ROW
WHEN (NEW.seats_taken + NEW.seats_offered < OLD.seats_taken + OLD.seats_offered
  OR NEW.seats_taken + NEW.seats_offered + NEW.seats_reserved < OLD.seats_taken + OLD.seats_offered + OLD.seats_reserved
  OR NEW.capacity IS DISTINCT FROM OLD.capacity OR NEW.status <> OLD.status)
EXECUTE FUNCTION academic_offer_seats()
"""
UNFREED = """
DROP TRIGGER section_offers_seats ON academic_section;
DROP FUNCTION academic_offer_seats();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("academic", "0031_versions_of_courses"),
        ("faculties", "0007_shared_bookings"),
        ("students", "0017_outreach_canceled"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="WaitlistEntry",
            fields=[
                ("id", models.UUIDField(default=core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("version", models.PositiveIntegerField(db_default=1, default=1, editable=False)),
                (
                    "priority",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "before all others"),
                            (1, "failed before, and to be taken again"),
                            (2, "compulsory in the student's program by now"),
                            (3, "any other"),
                        ],
                        default=3,
                    ),
                ),
                (
                    "priority_reason",
                    models.CharField(blank=True, help_text="Why the registry set it by hand.", max_length=300),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("offered", "Offered"),
                            ("accepted", "Accepted"),
                            ("expired", "the offer was not accepted in time"),
                            ("left", "left while waiting"),
                            ("refused", "said no to the offer"),
                        ],
                        default="waiting",
                        editable=False,
                        max_length=8,
                    ),
                ),
                ("offered_at", models.DateTimeField(editable=False, null=True)),
                ("expires_at", models.DateTimeField(editable=False, null=True)),
                ("told_at", models.DateTimeField(editable=False, null=True)),
            ],
            options={
                "verbose_name_plural": "waitlist entries",
                "ordering": ["id"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="WaitlistPolicy",
            fields=[
                ("id", models.UUIDField(default=core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("version", models.PositiveIntegerField(db_default=1, default=1, editable=False)),
                (
                    "offer_hours",
                    models.PositiveSmallIntegerField(
                        default=48,
                        help_text="How long an offer lasts.",
                        validators=[django.core.validators.MinValueValidator(1)],
                    ),
                ),
                (
                    "most_waiting",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="How many may wait for one section; empty where any number may.",
                        null=True,
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "abstract": False,
            },
        ),
        migrations.RemoveConstraint(
            model_name="seatreservation",
            name="reservation_seats_within",
        ),
        migrations.RemoveConstraint(
            model_name="section",
            name="section_seats_within_capacity",
        ),
        migrations.AddField(
            model_name="seatreservation",
            name="seats_offered",
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AddField(
            model_name="section",
            name="seats_offered",
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AddConstraint(
            model_name="seatreservation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "seats__gte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("seats_taken"), "+", models.F("seats_offered")
                        ),
                    ),
                    ("seats__gte", 1),
                ),
                name="reservation_seats_within",
                violation_error_code="too_few_seats",
                violation_error_message="A reservation has the seats taken and offered of it, and at least one.",
            ),
        ),
        migrations.AddConstraint(
            model_name="section",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("capacity__isnull", True),
                    (
                        "capacity__gte",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                models.F("seats_taken"), "+", models.F("seats_reserved")
                            ),
                            "+",
                            models.F("seats_offered"),
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
            model_name="waitlistentry",
            name="enrollment",
            field=core.tenancy.fields.TenantForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="waitlist_entries", to="academic.enrollment"
            ),
        ),
        migrations.AddField(
            model_name="waitlistentry",
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
            model_name="waitlistentry",
            name="priority_set_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="waitlistentry",
            name="reservation",
            field=core.tenancy.fields.TenantForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="offers",
                to="academic.seatreservation",
            ),
        ),
        migrations.AddField(
            model_name="waitlistentry",
            name="section",
            field=core.tenancy.fields.TenantForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="waitlist_entries", to="academic.section"
            ),
        ),
        migrations.AddField(
            model_name="waitlistentry",
            name="student",
            field=core.tenancy.fields.TenantForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="waitlist_entries", to="students.student"
            ),
        ),
        migrations.AddField(
            model_name="waitlistpolicy",
            name="institution",
            field=core.tenancy.fields.InstitutionField(
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="faculties.institution",
            ),
        ),
        migrations.AddIndex(
            model_name="waitlistentry",
            index=models.Index(
                condition=models.Q(("status", "waiting")),
                fields=["institution", "section", "priority", "created_at", "id"],
                name="waitlist_in_order",
            ),
        ),
        migrations.AddIndex(
            model_name="waitlistentry",
            index=models.Index(
                condition=models.Q(("status", "offered")),
                fields=["institution", "expires_at"],
                name="waitlist_by_expiry",
            ),
        ),
        migrations.AddIndex(
            model_name="waitlistentry",
            index=models.Index(
                condition=models.Q(("reservation__isnull", False)),
                fields=["institution", "reservation"],
                name="waitlist_by_reservation",
            ),
        ),
        migrations.AddIndex(
            model_name="waitlistentry",
            index=models.Index(fields=["institution", "student", "id"], name="waitlist_by_student"),
        ),
        migrations.AddIndex(
            model_name="waitlistentry",
            index=models.Index(fields=["institution", "section", "id"], name="waitlist_by_section"),
        ),
        migrations.AddConstraint(
            model_name="waitlistentry",
            constraint=core.tenancy.constraints.TenantWall(edition=1, name="academic_waitlistentry_wall"),
        ),
        migrations.AddConstraint(
            model_name="waitlistentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ["waiting", "offered"])),
                fields=("institution", "student", "section"),
                name="waitlist_entry_open_once",
                violation_error_code="already_waiting",
                violation_error_message="This student is on the waitlist of this section.",
            ),
        ),
        migrations.AddConstraint(
            model_name="waitlistentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("expires_at__isnull", True),
                        ("offered_at__isnull", True),
                        ("status__in", ["waiting", "left", "accepted"]),
                    ),
                    models.Q(
                        ("expires_at__gt", models.F("offered_at")),
                        ("status__in", ["offered", "expired", "refused", "accepted"]),
                        ("expires_at__isnull", False),
                        ("offered_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="waitlist_entry_offered_for_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="waitlistentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("told_at__isnull", True), ("offered_at__isnull", False), _connector="OR"),
                name="waitlist_entry_told_of_an_offer",
            ),
        ),
        migrations.AddConstraint(
            model_name="waitlistentry",
            constraint=core.tenancy.constraints.SameInstitution(
                fields=("enrollment", "student"), name="academic_waitlistentry_enrollment_same"
            ),
        ),
        migrations.AddConstraint(
            model_name="waitlistentry",
            constraint=core.tenancy.constraints.SameInstitution(
                fields=("student",), name="academic_waitlistentry_student_same"
            ),
        ),
        migrations.AddConstraint(
            model_name="waitlistentry",
            constraint=core.tenancy.constraints.SameInstitution(
                fields=("section",), name="academic_waitlistentry_section_same"
            ),
        ),
        migrations.AddConstraint(
            model_name="waitlistentry",
            constraint=core.tenancy.constraints.SameInstitution(
                fields=("reservation", "section"), name="academic_waitlistentry_reservation_same"
            ),
        ),
        migrations.AddConstraint(
            model_name="waitlistpolicy",
            constraint=core.tenancy.constraints.TenantWall(edition=1, name="academic_waitlistpolicy_wall"),
        ),
        migrations.AddConstraint(
            model_name="waitlistpolicy",
            constraint=models.UniqueConstraint(
                fields=("institution",),
                name="waitlist_policy_once",
                violation_error_code="policy_set",
                violation_error_message="This institution has a policy for its waitlists: change that one.",
            ),
        ),
        migrations.AddConstraint(
            model_name="waitlistpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(("offer_hours__gte", 1)),
                name="waitlist_offer_lasts",
                violation_error_code="too_short",
                violation_error_message="An offer lasts an hour or longer.",
            ),
        ),
        migrations.RunSQL(seats.TEXT.read_text(), migrations.RunSQL.noop),
        migrations.RunSQL(FREED, UNFREED),
        migrations.RunSQL(TEXT.read_text(), migrations.RunSQL.noop),
    ]

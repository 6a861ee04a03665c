"""How long the way from one campus to another takes, and back."""

import django.db.models.deletion
from django.db import migrations, models

import core.ids
import core.tenancy.constraints
import core.tenancy.fields

FORWARD = """
CREATE FUNCTION faculties_minutes_between(place uuid, here uuid, there uuid) RETURNS integer LANGUAGE sql STABLE AS $$
  SELECT coalesce((
    SELECT way.minutes FROM faculties_traveltime way WHERE way.institution_id = place
      AND (way.origin_id, way.destination_id) IN ((here, there), (there, here))
    ORDER BY way.origin_id = here DESC LIMIT 1
  ), 0)
$$;
"""
BACKWARD = "DROP FUNCTION faculties_minutes_between(uuid, uuid, uuid)"


class Migration(migrations.Migration):
    dependencies = [
        ("faculties", "0007_shared_bookings"),
    ]

    operations = [
        migrations.CreateModel(
            name="TravelTime",
            fields=[
                ("id", models.UUIDField(default=core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("version", models.PositiveIntegerField(db_default=1, default=1, editable=False)),
                ("minutes", models.PositiveSmallIntegerField(help_text="From door to door.")),
                (
                    "destination",
                    core.tenancy.fields.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="faculties.campus"
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
                    "origin",
                    core.tenancy.fields.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="faculties.campus"
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "abstract": False,
                "constraints": [
                    core.tenancy.constraints.TenantWall(edition=1, name="faculties_traveltime_wall"),
                    models.UniqueConstraint(
                        fields=("institution", "origin", "destination"),
                        name="travel_time_once",
                        violation_error_code="way_known",
                        violation_error_message="The time of this way is known: change that one.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("origin", models.F("destination")), _negated=True),
                        name="travel_time_elsewhere",
                        violation_error_code="same_campus",
                        violation_error_message="A way leads from one campus to another: within one it takes no time.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("minutes__gte", 1), ("minutes__lte", 1440)),
                        name="travel_time_within_a_day",
                        violation_error_code="minutes_out_of_range",
                        violation_error_message="A way takes 1 to 1440 minutes.",
                    ),
                    core.tenancy.constraints.SameInstitution(
                        fields=("origin",), name="faculties_traveltime_origin_same"
                    ),
                    core.tenancy.constraints.SameInstitution(
                        fields=("destination",), name="faculties_traveltime_destination_same"
                    ),
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]

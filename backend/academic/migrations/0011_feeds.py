"""Secret links by which calendar programs fetch."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.ids
import core.tenancy.constraints
import core.tenancy.fields


class Migration(migrations.Migration):
    dependencies = [
        ("academic", "0010_window_that_holds"),
        ("faculties", "0006_real_time_zones"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Feed",
            fields=[
                ("id", models.UUIDField(default=core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("version", models.PositiveIntegerField(db_default=1, default=1, editable=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[("calendar", "the calendar of the institution")], default="calendar", max_length=20
                    ),
                ),
                ("digest", models.BinaryField(max_length=32)),
                ("revoked_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "account",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                "ordering": ["id"],
                "abstract": False,
                "indexes": [models.Index(fields=["account"], name="feed_by_account")],
                "constraints": [
                    core.tenancy.constraints.TenantWall(edition=1, name="academic_feed_wall"),
                    models.UniqueConstraint(fields=("institution", "digest"), name="feed_token_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("revoked_at__isnull", True)),
                        fields=("institution", "account", "kind"),
                        name="feed_once",
                        violation_error_code="feed_there",
                        violation_error_message="You have a link to this. If it is lost, revoke it and make another.",
                    ),
                ],
            },
        ),
    ]

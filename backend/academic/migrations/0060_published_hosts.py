"""Which sections meet together is published too: a change of it is one."""

import django.db.models.deletion
from django.db import migrations, models

import core.ids
import core.tenancy.constraints
import core.tenancy.fields

# What was published so far was read by whoever meets in it.
KNOWN = """
INSERT INTO academic_publishedhost (id, institution_id, section_id, host_id, publication_id, is_over, created_at,
  updated_at, version)
SELECT uuidv7(), section.institution_id, section.id, section.meets_as, hour.publication_id, false, now(), now(), 1
FROM academic_section section
CROSS JOIN LATERAL (
  SELECT publication_id FROM academic_publishedhour
  WHERE institution_id = section.institution_id AND section_id = section.meets_as ORDER BY id LIMIT 1
) hour
WHERE section.meets_as <> section.id"""


class Migration(migrations.Migration):
    dependencies = [
        ("academic", "0059_registrations_that_counted_stay"),
        ("faculties", "0009_zone_of_meetings"),
    ]

    operations = [
        migrations.CreateModel(
            name="PublishedHost",
            fields=[
                ("id", models.UUIDField(default=core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("version", models.PositiveIntegerField(db_default=1, default=1, editable=False)),
                ("is_over", models.BooleanField(editable=False)),
                (
                    "host",
                    core.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="academic.section",
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
                    "publication",
                    core.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="hosts",
                        to="academic.timetablepublication",
                    ),
                ),
                (
                    "section",
                    core.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="published_hosts",
                        to="academic.section",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "abstract": False,
                "indexes": [
                    models.Index(fields=["institution", "host"], name="published_host_by_host"),
                    models.Index(fields=["institution", "publication"], name="published_host_by_pub"),
                ],
                "constraints": [
                    core.tenancy.constraints.TenantWall(edition=1, name="academic_publishedhost_wall"),
                    models.UniqueConstraint(fields=("institution", "section", "host"), name="published_host_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("is_over", False)),
                        fields=("institution", "section"),
                        name="published_host_of_section",
                    ),
                    core.tenancy.constraints.SameInstitution(
                        fields=("section",), name="academic_publishedhost_section_same"
                    ),
                    core.tenancy.constraints.SameInstitution(fields=("host",), name="academic_publishedhost_host_same"),
                    core.tenancy.constraints.SameInstitution(
                        fields=("publication",), name="academic_publishedhost_publication_same"
                    ),
                ],
            },
        ),
        migrations.RunSQL(KNOWN, migrations.RunSQL.noop),
    ]

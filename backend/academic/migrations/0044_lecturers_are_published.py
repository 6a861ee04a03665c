"""Who teaches is published too: a change of lecturer is one."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.ids
import core.tenancy.constraints
import core.tenancy.fields

# What was published so far was read with whoever teaches.
KNOWN = """
INSERT INTO academic_publishedteaching (id, institution_id, section_id, account_id, publication_id, is_over, created_at,
  updated_at, version)
SELECT DISTINCT ON (taught.institution_id, taught.meets_as, teaching.account_id) uuidv7(), taught.institution_id,
  taught.meets_as, teaching.account_id, hour.publication_id, false, now(), now(), 1
FROM academic_section taught
JOIN academic_teaching teaching ON teaching.institution_id = taught.institution_id
  AND teaching.section_id = taught.id AND teaching.attends
JOIN academic_publishedhour hour ON hour.institution_id = taught.institution_id AND hour.section_id = taught.meets_as"""


class Migration(migrations.Migration):
    dependencies = [
        ("academic", "0043_left_sections"),
        ("faculties", "0008_travel_times"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="timetablepublication",
            name="hours_lecturer_changed",
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AlterField(
            model_name="publishedhour",
            name="last_change",
            field=models.CharField(
                choices=[
                    ("new", "New"),
                    ("moved", "Moved"),
                    ("room_changed", "Room Changed"),
                    ("lecturer_changed", "Lecturer Changed"),
                    ("canceled", "Canceled"),
                ],
                editable=False,
                max_length=16,
            ),
        ),
        migrations.CreateModel(
            name="PublishedTeaching",
            fields=[
                ("id", models.UUIDField(default=core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("version", models.PositiveIntegerField(db_default=1, default=1, editable=False)),
                ("is_over", models.BooleanField(editable=False)),
                (
                    "account",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
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
                (
                    "publication",
                    core.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="teachings",
                        to="academic.timetablepublication",
                    ),
                ),
                (
                    "section",
                    core.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="published_teachings",
                        to="academic.section",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "abstract": False,
                "indexes": [models.Index(fields=["institution", "publication"], name="published_teaching_by_pub")],
                "constraints": [
                    core.tenancy.constraints.TenantWall(edition=1, name="academic_publishedteaching_wall"),
                    models.UniqueConstraint(
                        fields=("institution", "section", "account"), name="published_teaching_once"
                    ),
                    core.tenancy.constraints.SameInstitution(
                        fields=("section",), name="academic_publishedteaching_section_same"
                    ),
                    core.tenancy.constraints.SameInstitution(
                        fields=("publication",), name="academic_publishedteaching_publication_same"
                    ),
                ],
            },
        ),
        migrations.RunSQL(KNOWN, migrations.RunSQL.noop),
    ]

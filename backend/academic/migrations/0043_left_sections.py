"""Who left a section, so that calendar programs are told that its classes are canceled."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.ids
import core.tenancy.constraints
import core.tenancy.fields
from academic.feeds.models import TEXT

FORWARD = """
CREATE TRIGGER section_left AFTER DELETE ON academic_registration
  FOR EACH ROW EXECUTE FUNCTION academic_section_left();
CREATE TRIGGER section_left AFTER DELETE ON academic_teaching
  FOR EACH ROW WHEN (OLD.attends) EXECUTE FUNCTION academic_section_left();
CREATE TRIGGER section_left_by_role AFTER UPDATE OF attends ON academic_teaching
  FOR EACH ROW WHEN (OLD.attends AND NOT NEW.attends) EXECUTE FUNCTION academic_section_left();
"""
BACKWARD = """
DROP TRIGGER section_left_by_role ON academic_teaching;
DROP TRIGGER section_left ON academic_teaching;
DROP TRIGGER section_left ON academic_registration;
DROP FUNCTION academic_section_left();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("academic", "0042_one_index_of_published_hours"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="LeftSection",
            fields=[
                ("id", models.UUIDField(default=core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("version", models.PositiveIntegerField(db_default=1, default=1, editable=False)),
                ("changes", models.PositiveIntegerField(editable=False)),
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
                (
                    "section",
                    core.tenancy.fields.TenantForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="academic.section",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "abstract": False,
                "constraints": [
                    core.tenancy.constraints.TenantWall(edition=1, name="academic_leftsection_wall"),
                    models.UniqueConstraint(fields=("institution", "account", "section"), name="section_left_once"),
                    core.tenancy.constraints.SameInstitution(
                        fields=("section",), name="academic_leftsection_section_same"
                    ),
                ],
            },
        ),
        migrations.RunSQL(TEXT.read_text() + FORWARD, BACKWARD),
    ]

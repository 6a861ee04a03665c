"""A permit may be for one section of its course, and says who gave it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.tenancy.constraints
import core.tenancy.fields


class Migration(migrations.Migration):
    dependencies = [
        ("academic", "0052_hours_of_whatever_writes"),
        ("faculties", "0009_zone_of_meetings"),
        ("students", "0017_outreach_canceled"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="section",
            constraint=models.UniqueConstraint(fields=("institution", "id", "course"), name="section_of_its_course"),
        ),
        migrations.RemoveConstraint(
            model_name="coursepermit",
            name="permit_once",
        ),
        migrations.AddField(
            model_name="coursepermit",
            name="given_by",
            field=models.ForeignKey(
                editable=False,
                help_text="The account that gave it.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="coursepermit",
            name="section",
            field=core.tenancy.fields.TenantForeignKey(
                blank=True,
                help_text="The section for which it is; empty: every section of the course.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="permits",
                to="academic.section",
            ),
        ),
        migrations.AddIndex(
            model_name="coursepermit",
            index=models.Index(
                condition=models.Q(("section__isnull", False)),
                fields=["institution", "section", "id"],
                name="permit_by_section",
            ),
        ),
        migrations.AddConstraint(
            model_name="coursepermit",
            constraint=models.UniqueConstraint(
                fields=("institution", "student", "course", "section", "who", "starts_on"),
                name="permit_once",
                nulls_distinct=False,
                violation_error_code="already_permitted",
                violation_error_message="This student has this permission from this day on.",
            ),
        ),
        migrations.AddConstraint(
            model_name="coursepermit",
            constraint=core.tenancy.constraints.SameInstitution(
                fields=("section", "course"), name="academic_coursepermit_section_same"
            ),
        ),
    ]

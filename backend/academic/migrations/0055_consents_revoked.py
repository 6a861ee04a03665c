"""A consent to a later version may be revoked until it is carried out, and is given for one step."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("academic", "0054_windows_of_re_registration"),
        ("faculties", "0009_zone_of_meetings"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="versionconsent",
            name="version_consent_once",
        ),
        migrations.AddField(
            model_name="versionconsent",
            name="revoked_because",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=300),
        ),
        migrations.AddField(
            model_name="versionconsent",
            name="revoked_on",
            field=models.DateField(editable=False, null=True),
        ),
        migrations.AddConstraint(
            model_name="versionconsent",
            constraint=models.UniqueConstraint(
                condition=models.Q(("revoked_on__isnull", True)),
                fields=("institution", "enrollment", "from_version", "to_version"),
                name="version_consent_once",
                violation_error_code="already_agreed",
                violation_error_message="This student has agreed to this version.",
            ),
        ),
        migrations.AddConstraint(
            model_name="versionconsent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("revoked_on__isnull", True),
                    models.Q(("changed_on__isnull", True), ("revoked_on__gte", models.F("agreed_on"))),
                    _connector="OR",
                ),
                name="version_consent_revoked_before_it_is_carried_out",
                violation_error_code="carried_out",
                violation_error_message="The student came under that version by this consent: no way leads back.",
            ),
        ),
        migrations.AddConstraint(
            model_name="versionconsent",
            constraint=models.CheckConstraint(
                condition=models.Q(("revoked_on__isnull", False), ("revoked_because", ""), _connector="OR"),
                name="version_consent_revoked_for_a_reason",
            ),
        ),
    ]

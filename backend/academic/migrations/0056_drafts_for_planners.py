"""Who changes meetings in a role that an institution composed goes on seeing what is planned; shipped roles follow."""

from django.db import migrations

KEEP = """
  INSERT INTO users_rolepermission (role_id, permission, over)
  SELECT role_id, 'academic.view_timetable_draft', over FROM users_rolepermission
  WHERE permission = 'academic.change_meeting'
  ON CONFLICT (role_id, permission) DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [
        ("academic", "0055_consents_revoked"),
        ("users", "0001_initial"),
    ]

    operations = [migrations.RunSQL(KEEP, migrations.RunSQL.noop)]

"""Data keys come in generations; a person has a key that can be destroyed, and can't be made again."""

from django.db import migrations, models

FORWARD = """
CREATE FUNCTION only_destroy_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.person IS DISTINCT FROM NEW.person OR OLD.salt IS NULL OR NEW.salt IS NOT NULL THEN
    RAISE EXCEPTION 'the key of a person is destroyed, and nothing else' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER person_key_only_destroyed BEFORE UPDATE ON core_personkey
  FOR EACH ROW EXECUTE FUNCTION only_destroy_key();
"""
BACKWARD = """
DROP TRIGGER person_key_only_destroyed ON core_personkey;
DROP FUNCTION only_destroy_key();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0003_audit_ledger"),
    ]

    operations = [
        migrations.CreateModel(
            name="PersonKey",
            fields=[
                ("person", models.UUIDField(primary_key=True, serialize=False)),
                ("salt", models.BinaryField(max_length=32, null=True)),
                ("destroyed_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="datakey",
            name="data_key_once",
        ),
        migrations.AddField(
            model_name="datakey",
            name="generation",
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.AddConstraint(
            model_name="datakey",
            constraint=models.UniqueConstraint(
                fields=("institution_id", "generation"), name="data_key_generation_once", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="personkey",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("destroyed_at__isnull", True), ("salt__isnull", False)),
                    models.Q(("destroyed_at__isnull", False), ("salt__isnull", True)),
                    _connector="OR",
                ),
                name="person_key_kept_or_destroyed",
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]

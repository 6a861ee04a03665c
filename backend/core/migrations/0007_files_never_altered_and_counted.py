"""A stored file is never altered but by a scanner's word, and the bytes of each institution are counted."""

import django.db.models.deletion
from django.db import migrations, models

import core.ids
import core.tenancy.constraints
import core.tenancy.fields

JUDGED_BEFORE = "UPDATE core_storedfile SET scanned_at = created_at WHERE verdict <> 'unscanned'"
# A column that comes later is never altered either, unless it is named here.
FORWARD = """
CREATE FUNCTION refuse_to_alter_stored_file() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  free CONSTANT text[] := '{verdict,scanned_at,updated_at,version}';
BEGIN
  IF to_jsonb(NEW) - free IS DISTINCT FROM to_jsonb(OLD) - free THEN
    RAISE EXCEPTION 'a stored file is replaced, never altered' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF OLD.verdict = 'infected' AND NEW.verdict <> 'infected' THEN
    RAISE EXCEPTION 'an infected file stays infected' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER stored_file_never_altered BEFORE UPDATE ON core_storedfile
  FOR EACH ROW EXECUTE FUNCTION refuse_to_alter_stored_file();

INSERT INTO core_storedbytes (id, institution_id, bytes, created_at, updated_at)
  SELECT gen_random_uuid(), institution_id, sum(size), now(), now() FROM core_storedfile GROUP BY institution_id;
CREATE FUNCTION count_stored_bytes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO core_storedbytes AS kept (id, institution_id, bytes, created_at, updated_at)
      VALUES (gen_random_uuid(), NEW.institution_id, NEW.size, now(), now())
      ON CONFLICT (institution_id) DO UPDATE SET bytes = kept.bytes + excluded.bytes, updated_at = now();
  ELSE
    UPDATE core_storedbytes SET bytes = bytes - OLD.size, updated_at = now()
      WHERE institution_id = OLD.institution_id;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER stored_file_bytes_counted AFTER INSERT OR DELETE ON core_storedfile
  FOR EACH ROW EXECUTE FUNCTION count_stored_bytes();
"""
BACKWARD = """
DROP TRIGGER stored_file_bytes_counted ON core_storedfile;
DROP FUNCTION count_stored_bytes();
DROP TRIGGER stored_file_never_altered ON core_storedfile;
DROP FUNCTION refuse_to_alter_stored_file();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0006_stored_files"),
        ("faculties", "0002_logos"),
    ]

    operations = [
        migrations.CreateModel(
            name="StoredBytes",
            fields=[
                ("id", models.UUIDField(default=core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("version", models.PositiveIntegerField(db_default=1, default=1, editable=False)),
                ("bytes", models.PositiveBigIntegerField(default=0, editable=False)),
            ],
            options={
                "ordering": ["id"],
                "abstract": False,
            },
        ),
        migrations.RemoveConstraint(
            model_name="storedfile",
            name="stored_file_is_not_infected",
        ),
        migrations.AddField(
            model_name="storedfile",
            name="scanned_at",
            field=models.DateTimeField(editable=False, help_text="When a scanner was last asked about it.", null=True),
        ),
        migrations.RunSQL(JUDGED_BEFORE, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="storedfile",
            constraint=models.CheckConstraint(
                condition=models.Q(("verdict", "unscanned"), ("scanned_at__isnull", False), _connector="OR"),
                name="stored_file_judged_at_some_time",
            ),
        ),
        migrations.AddField(
            model_name="storedbytes",
            name="institution",
            field=core.tenancy.fields.InstitutionField(
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="faculties.institution",
            ),
        ),
        migrations.AddConstraint(
            model_name="storedbytes",
            constraint=core.tenancy.constraints.TenantWall(edition=1, name="core_storedbytes_wall"),
        ),
        migrations.AddConstraint(
            model_name="storedbytes",
            constraint=models.UniqueConstraint(fields=("institution",), name="stored_bytes_once"),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]

"""The audit log gets a time of its own, blocks over it, and indexes for what auditors ask."""

from django.db import migrations, models

import core.texts

# The time of the log is the database's count of transactions. After a restored dump the owner raises what is added.
FORWARD = """
CREATE FUNCTION audit_time(counted xid8) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS 'SELECT counted::text::bigint + 0'
"""
BACKWARD = "DROP FUNCTION audit_time(xid8)"

GUARD = """
CREATE TRIGGER audit_written_now BEFORE INSERT ON core_auditentry FOR EACH ROW
  WHEN (NEW.transaction IS DISTINCT FROM audit_time(pg_current_xact_id())) EXECUTE FUNCTION refuse_to_alter_audit();
CREATE TRIGGER block_append_only BEFORE UPDATE OR DELETE ON core_block
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_alter_audit();
CREATE TRIGGER block_never_emptied BEFORE TRUNCATE ON core_block
  FOR EACH STATEMENT WHEN (current_setting('tesc.maintenance', true) IS DISTINCT FROM 'on')
  EXECUTE FUNCTION refuse_to_alter_audit();
"""
UNGUARD = """
DROP TRIGGER block_never_emptied ON core_block;
DROP TRIGGER block_append_only ON core_block;
DROP TRIGGER audit_written_now ON core_auditentry;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0002_audit_append_only"),
    ]

    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.CreateModel(
            name="Block",
            fields=[
                ("id", models.PositiveBigIntegerField(primary_key=True, serialize=False)),
                ("since", models.BigIntegerField(unique=True)),
                ("until", models.BigIntegerField()),
                ("count", models.PositiveBigIntegerField()),
                ("root", models.CharField(max_length=64)),
                ("previous", models.CharField(max_length=64, unique=True)),
                ("sealed_at", models.DateTimeField()),
                ("hash", models.CharField(max_length=64)),
                ("key", models.CharField(max_length=16)),
                ("signature", models.CharField(max_length=128)),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.AlterModelOptions(
            name="auditentry", options={"ordering": ["id"], "verbose_name_plural": "audit entries"}
        ),
        migrations.RemoveIndex(
            model_name="auditentry",
            name="audit_by_transaction",
        ),
        migrations.AddField(
            model_name="auditentry",
            name="actor_text",
            field=core.texts.FoldedField(sources=("actor_name",)),
        ),
        migrations.AddField(
            model_name="auditentry",
            name="person_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AlterField(
            model_name="auditentry",
            name="rule",
            field=models.CharField(db_collation="C", max_length=100),
        ),
        migrations.AlterField(
            model_name="auditentry",
            name="transaction",
            field=models.BigIntegerField(
                db_default=models.Func(
                    models.Func(function="pg_current_xact_id", output_field=models.TextField()), function="audit_time"
                ),
                editable=False,
            ),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["transaction", "id"], name="audit_by_transaction"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["at", "id"], name="audit_by_time"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["rule", "id"], name="audit_by_rule"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["actor_text", "id"], name="audit_by_actor_text"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(
                condition=models.Q(("person_id__isnull", False)), fields=["person_id", "id"], name="audit_by_person"
            ),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(
                condition=models.Q(("session_id__isnull", False)), fields=["session_id", "id"], name="audit_by_session"
            ),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(
                condition=models.Q(("code", ""), _negated=True), fields=["code", "id"], name="audit_by_code"
            ),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["request_id", "id"], name="audit_by_request"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(
                condition=models.Q(("address__isnull", False)), fields=["address", "id"], name="audit_by_address"
            ),
        ),
        migrations.AddConstraint(
            model_name="block",
            constraint=models.CheckConstraint(
                condition=models.Q(("until__gt", models.F("since"))), name="block_ends_after_it_begins"
            ),
        ),
        migrations.RunSQL(GUARD, UNGUARD),
    ]

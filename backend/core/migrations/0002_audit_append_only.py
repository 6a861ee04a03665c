"""The audit log is appended to, and never altered: not by the application, whatever it is made to run."""

from django.db import migrations

# The owner's own maintenance may empty it (that is how tests begin anew); altering a row it may not either.
FORWARD = """
CREATE FUNCTION refuse_to_alter_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON core_auditentry
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_alter_audit();
CREATE TRIGGER audit_never_emptied BEFORE TRUNCATE ON core_auditentry
  FOR EACH STATEMENT WHEN (current_setting('tesc.maintenance', true) IS DISTINCT FROM 'on')
  EXECUTE FUNCTION refuse_to_alter_audit();
"""
BACKWARD = """
DROP TRIGGER audit_never_emptied ON core_auditentry;
DROP TRIGGER audit_append_only ON core_auditentry;
DROP FUNCTION refuse_to_alter_audit();
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

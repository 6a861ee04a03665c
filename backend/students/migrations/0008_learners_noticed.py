"""National ids are indexed anew, alike in every institution; whoever's row changes is noted for the register."""

from typing import Any

from django.db import migrations

BATCH = 500

FORWARD = """
CREATE FUNCTION note_learners() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    INSERT INTO students_learnertocount (index)
    SELECT DISTINCT index
    FROM old_rows JOIN new_rows USING (id)
      CROSS JOIN LATERAL (VALUES (old_rows.national_id_index), (new_rows.national_id_index)) AS both_rows (index)
    WHERE index IS NOT NULL
      AND (old_rows.national_id_index, old_rows.status) IS DISTINCT FROM (new_rows.national_id_index, new_rows.status);
  ELSIF TG_OP = 'INSERT' THEN
    INSERT INTO students_learnertocount (index)
    SELECT national_id_index FROM new_rows WHERE national_id_index IS NOT NULL;
  ELSE
    INSERT INTO students_learnertocount (index)
    SELECT national_id_index FROM old_rows WHERE national_id_index IS NOT NULL;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER note_learners_entered AFTER INSERT ON students_student
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION note_learners();
CREATE TRIGGER note_learners_changed AFTER UPDATE ON students_student
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION note_learners();
CREATE TRIGGER note_learners_removed AFTER DELETE ON students_student
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION note_learners();
"""
BACKWARD = """
DROP TRIGGER note_learners_entered ON students_student;
DROP TRIGGER note_learners_changed ON students_student;
DROP TRIGGER note_learners_removed ON students_student;
DROP FUNCTION note_learners();
"""


def index_anew(apps: Any, schema_editor: Any) -> None:
    """The digest of each national id, as the field makes it by now; the trigger notes whoever gets another one."""
    model = apps.get_model("students", "Student")
    field, last = model._meta.get_field("national_id_index"), None
    while True:
        rows = model.objects.filter(national_id__isnull=False).order_by("pk")
        batch = list((rows.filter(pk__gt=last) if last else rows)[:BATCH])
        if not batch:
            return
        for row in batch:
            row.national_id_index = field.digest(row.national_id, row.institution_id)
        model.objects.bulk_update(batch, ["national_id_index"])
        last = batch[-1].pk


class Migration(migrations.Migration):
    dependencies = [("students", "0007_register_of_learners"), ("core", "0004_keys_of_persons")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD), migrations.RunPython(index_anew, index_anew)]

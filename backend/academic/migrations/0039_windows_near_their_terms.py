"""Windows and exceptions lie near the days of their term: the database refuses others, whoever writes."""

from django.db import migrations

import core.tenancy.constraints
from academic.calendar.windows import TEXT

WRITTEN = {
    "academic_window": "INSERT OR UPDATE",
    "academic_termexception": "INSERT OR UPDATE OR DELETE",
    "academic_term": "UPDATE OF starts_on, ends_on",
    "academic_section": "UPDATE OF starts_on",
}
FORWARD = "".join(
    f"""
CREATE CONSTRAINT TRIGGER calendar_near_its_term AFTER {what} ON {table} DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION academic_refuse_far_from_term();"""
    for table, what in WRITTEN.items()
)
BACKWARD = (
    "".join(f"DROP TRIGGER calendar_near_its_term ON {table};" for table in WRITTEN)
    + "DROP FUNCTION academic_refuse_far_from_term(); DROP FUNCTION academic_window_lies_outside(uuid, uuid);"
)


class Migration(migrations.Migration):
    dependencies = [("academic", "0038_exemptions")]

    operations = [
        migrations.RunSQL(TEXT.read_text() + FORWARD, BACKWARD),
        migrations.AddConstraint(
            model_name="window",
            constraint=core.tenancy.constraints.HeldByTrigger(name="window_near_its_term"),
        ),
        migrations.AddConstraint(
            model_name="termexception",
            constraint=core.tenancy.constraints.HeldByTrigger(name="term_exception_near_its_term"),
        ),
    ]

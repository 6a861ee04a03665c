"""A closed register says of everybody whether they were there, and is marked no more, whoever writes."""

from django.db import migrations

import core.tenancy.constraints
from academic.attendance.rules import TEXT as HELD

TRIGGERS = """
CREATE TRIGGER attendance_of_open_registers AFTER INSERT ON academic_attendance
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION academic_refuse_marks_of_closed();
CREATE TRIGGER attendance_of_open_registers_changed AFTER UPDATE ON academic_attendance
  REFERENCING OLD TABLE AS replaced NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION academic_refuse_marks_of_closed();
CREATE TRIGGER attendance_register_all_marked AFTER INSERT OR UPDATE OF status ON academic_attendanceregister
  FOR EACH ROW WHEN (NEW.status = 'closed') EXECUTE FUNCTION academic_refuse_unmarked();
"""
BACKWARD = """
DROP TRIGGER attendance_register_all_marked ON academic_attendanceregister;
DROP TRIGGER attendance_of_open_registers_changed ON academic_attendance;
DROP TRIGGER attendance_of_open_registers ON academic_attendance;
DROP FUNCTION academic_refuse_unmarked();
DROP FUNCTION academic_refuse_marks_of_closed();
"""


class Migration(migrations.Migration):
    dependencies = [("academic", "0057_parts_held_with_an_offer")]
    operations = [
        migrations.AddConstraint(
            "attendance", core.tenancy.constraints.HeldByTrigger(name="attendance_of_open_registers")
        ),
        migrations.AddConstraint(
            "attendanceregister", core.tenancy.constraints.HeldByTrigger(name="attendance_register_all_marked")
        ),
        migrations.RunSQL(HELD.read_text() + TRIGGERS, BACKWARD),
    ]

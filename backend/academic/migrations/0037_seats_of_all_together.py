"""The verdict counts the seats of all who meet together, and what is offered of them."""

from django.db import migrations

from academic.registrations.verdicts import TEXT
from academic.sections import seats, together

# Both look at what is offered and at the seats of all together now.
COUNTED = """
DROP TRIGGER section_seats_within_combined ON academic_section;
CREATE CONSTRAINT TRIGGER section_seats_within_combined
  AFTER INSERT OR UPDATE OF seats_taken, seats_offered, meets_with_id, combined_capacity ON academic_section
  FOR EACH ROW WHEN (NEW.meets_with_id IS NOT NULL OR NEW.combined_capacity IS NOT NULL)
  EXECUTE FUNCTION academic_refuse_too_many_together();
CREATE OR REPLACE TRIGGER section_offers_seats AFTER UPDATE ON academic_section FOR EACH ROW
WHEN (NEW.seats_taken + NEW.seats_offered < OLD.seats_taken + OLD.seats_offered
  OR NEW.seats_taken + NEW.seats_offered + NEW.seats_reserved < OLD.seats_taken + OLD.seats_offered + OLD.seats_reserved
  OR NEW.capacity IS DISTINCT FROM OLD.capacity OR NEW.combined_capacity IS DISTINCT FROM OLD.combined_capacity
  OR NEW.status <> OLD.status)
EXECUTE FUNCTION academic_offer_seats();
"""


class Migration(migrations.Migration):
    dependencies = [("academic", "0036_attendance")]
    operations = [
        migrations.RunSQL(together.TEXT.read_text(), migrations.RunSQL.noop),
        migrations.RunSQL(seats.TEXT.read_text(), migrations.RunSQL.noop),
        migrations.RunSQL(COUNTED, migrations.RunSQL.noop),
        migrations.RunSQL(TEXT.read_text(), migrations.RunSQL.noop),
    ]

"""Days of the calendar lie between 1900 and 2200, a term lasts two years at most, a part of a term has a whole, and a
section shares a day with its term.

Rows with days beyond these years, of which no feed could be made, come back to the ends of them; their triggers are off
meanwhile, as what lies in one another comes along. A part without a whole was treated as a term: it becomes one, on a
track of its own. Longer terms, and sections beside their terms, stay until their days are written again.
"""

import datetime

from django.db import migrations, models

import core.tenancy.constraints
from academic.calendar.windows import DAYS

BRING_BACK = """
ALTER TABLE {table} DISABLE TRIGGER USER;
UPDATE {table} own SET starts_on = first, ends_on = last, {census} version = version + 1
FROM (
  SELECT id, least(greatest(starts_on, '1900-01-01'), '2200-12-30') AS first,
    least(greatest(ends_on, '1900-01-02'), '2200-12-31') AS last
  FROM {table} WHERE starts_on < '1900-01-01' OR ends_on > '2200-12-31'
) brought WHERE own.id = brought.id;
{besides}
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE {table} ENABLE TRIGGER USER;
"""
CENSUS = "census_on = least(greatest(census_on, first), last),"
ORPHANS = """
UPDATE academic_term SET kind = 'term', track = code, version = version + 1
WHERE kind = 'sub_term' AND parent_id IS NULL;
"""
BROUGHT = "".join(
    BRING_BACK.format(table=table, census=census, besides=besides)
    for table, census, besides in (
        ("academic_term", CENSUS, ORPHANS),
        ("academic_termexception", CENSUS, ""),
        ("academic_holiday", "", ""),
        ("academic_section", "", ""),
    )
)
TRIGGERS = """
CREATE CONSTRAINT TRIGGER term_of_two_years AFTER INSERT OR UPDATE OF starts_on, ends_on ON academic_term
  FOR EACH ROW EXECUTE FUNCTION academic_refuse_long_term();
CREATE CONSTRAINT TRIGGER section_in_its_term AFTER INSERT ON academic_section
  FOR EACH ROW EXECUTE FUNCTION academic_refuse_section_beside_its_term();
CREATE CONSTRAINT TRIGGER section_stays_in_its_term AFTER UPDATE ON academic_section
  FOR EACH ROW
  WHEN ((OLD.starts_on, OLD.ends_on, OLD.term_id) IS DISTINCT FROM (NEW.starts_on, NEW.ends_on, NEW.term_id))
  EXECUTE FUNCTION academic_refuse_section_beside_its_term();
"""
BACKWARD = """
DROP TRIGGER section_stays_in_its_term ON academic_section;
DROP TRIGGER section_in_its_term ON academic_section;
DROP TRIGGER term_of_two_years ON academic_term;
DROP FUNCTION academic_refuse_section_beside_its_term();
DROP FUNCTION academic_refuse_long_term();
"""
FIRST_DAY, LAST_DAY = datetime.date(1900, 1, 1), datetime.date(2200, 12, 31)


def in_the_calendar(what: str) -> list[migrations.AddConstraint]:
    words = {
        "violation_error_code": "beyond_the_calendar",
        "violation_error_message": "Days of the calendar lie from 1900-01-01 to 2200-12-31.",
    }
    first, last = models.Q(starts_on__gte=FIRST_DAY), models.Q(ends_on__lte=LAST_DAY)
    checks = [
        models.CheckConstraint(condition=first, name=f"{what}_not_before_1900", **words),
        models.CheckConstraint(condition=last, name=f"{what}_not_after_2200", **words),
    ]
    return [migrations.AddConstraint(what.replace("_", ""), check) for check in checks]


class Migration(migrations.Migration):
    dependencies = [("academic", "0064_checks_that_are_waived")]

    operations = [
        migrations.RunSQL(BROUGHT, migrations.RunSQL.noop),
        *(one for what in ("holiday", "section", "term", "term_exception") for one in in_the_calendar(what)),
        migrations.AddConstraint(
            "term",
            models.CheckConstraint(
                condition=~models.Q(kind="sub_term") | models.Q(parent__isnull=False),
                name="term_part_of_a_whole",
                violation_error_code="whole_needed",
                violation_error_message="A part of a term names its whole: give `parent`.",
            ),
        ),
        migrations.AddConstraint("term", core.tenancy.constraints.HeldByTrigger(name="term_of_two_years")),
        migrations.AddConstraint("section", core.tenancy.constraints.HeldByTrigger(name="section_in_its_term")),
        migrations.RunSQL(DAYS.read_text() + TRIGGERS, BACKWARD),
    ]

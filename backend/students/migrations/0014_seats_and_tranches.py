"""Awards within the seats, tranches within the award, and what was paid stays, however any of it arrives."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION refuse_full_scholarship() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE touched uuid[];
BEGIN
  IF TG_TABLE_NAME = 'students_scholarship' THEN
    SELECT array_agg(id) INTO touched FROM changed;
  ELSE
    SELECT array_agg(DISTINCT scholarship_id) INTO touched FROM changed WHERE status <> 'ended';
    -- One change of a scholarship's awards at a time: two at once would not see each other.
    PERFORM FROM students_scholarship WHERE id = ANY (touched) ORDER BY id FOR NO KEY UPDATE;
  END IF;
  IF EXISTS (
    SELECT FROM students_scholarship scholarship WHERE id = ANY (touched) AND seats < (
      SELECT count(*) FROM students_award award
      WHERE award.institution_id = scholarship.institution_id AND award.scholarship_id = scholarship.id
        AND award.status <> 'ended')
  ) THEN
    RAISE EXCEPTION 'a scholarship would have more awards than seats'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'scholarship_seats';
  END IF;
  RETURN NULL;
END $$;
-- Once for each statement: a file of awards is one.
CREATE TRIGGER scholarship_seats AFTER UPDATE ON students_scholarship
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refuse_full_scholarship();
CREATE TRIGGER award_takes_seat AFTER INSERT ON students_award
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refuse_full_scholarship();
CREATE TRIGGER award_keeps_seat AFTER UPDATE ON students_award
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refuse_full_scholarship();

CREATE FUNCTION refuse_tranches_above_award() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wanted uuid;
BEGIN
  IF TG_TABLE_NAME = 'students_award' THEN
    wanted := NEW.id;
  ELSE
    wanted := NEW.award_id;
    PERFORM FROM students_award WHERE institution_id = NEW.institution_id AND id = wanted FOR NO KEY UPDATE;
    IF NEW.reverses_id IS NOT NULL AND NOT EXISTS (
      SELECT FROM students_tranche own WHERE own.institution_id = NEW.institution_id AND own.id = NEW.reverses_id
        AND own.amount = -NEW.amount AND own.paid_on IS NOT NULL
    ) THEN
      RAISE EXCEPTION 'a reversal takes back what was paid, all of it'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'tranche_reverses_all';
    END IF;
  END IF;
  IF (SELECT sum(amount) FROM students_tranche WHERE institution_id = NEW.institution_id AND award_id = wanted)
    > (SELECT amount FROM students_award WHERE institution_id = NEW.institution_id AND id = wanted)
  THEN
    RAISE EXCEPTION 'the tranches would come to more than the award'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'tranches_within_award';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER tranches_within_award AFTER INSERT OR UPDATE OF amount, award_id, reverses_id
  ON students_tranche FOR EACH ROW EXECUTE FUNCTION refuse_tranches_above_award();
CREATE CONSTRAINT TRIGGER award_above_its_tranches AFTER UPDATE OF amount
  ON students_award FOR EACH ROW EXECUTE FUNCTION refuse_tranches_above_award();

CREATE FUNCTION refuse_change_of_paid() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a tranche that was paid stays: reverse it'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'tranche_paid_stays';
END $$;
CREATE TRIGGER tranche_paid_stays BEFORE UPDATE ON students_tranche FOR EACH ROW
  WHEN (OLD.paid_on IS NOT NULL AND (OLD.award_id, OLD.due_on, OLD.amount, OLD.paid_on, OLD.reverses_id)
    IS DISTINCT FROM (NEW.award_id, NEW.due_on, NEW.amount, NEW.paid_on, NEW.reverses_id))
  EXECUTE FUNCTION refuse_change_of_paid();
CREATE TRIGGER tranche_paid_is_not_removed BEFORE DELETE ON students_tranche FOR EACH ROW
  WHEN (OLD.paid_on IS NOT NULL) EXECUTE FUNCTION refuse_change_of_paid();
"""
BACKWARD = """
DROP TRIGGER scholarship_seats ON students_scholarship;
DROP TRIGGER award_takes_seat ON students_award;
DROP TRIGGER award_keeps_seat ON students_award;
DROP FUNCTION refuse_full_scholarship();
DROP TRIGGER tranches_within_award ON students_tranche;
DROP TRIGGER award_above_its_tranches ON students_award;
DROP FUNCTION refuse_tranches_above_award();
DROP TRIGGER tranche_paid_stays ON students_tranche;
DROP TRIGGER tranche_paid_is_not_removed ON students_tranche;
DROP FUNCTION refuse_change_of_paid();
"""


class Migration(migrations.Migration):
    dependencies = [("students", "0013_scholarships")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

"""A part of a term lies within its whole, and a section in no year: the database refuses others, whoever writes."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION kinds_below(kind text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE kind WHEN 'year' THEN '{term,sub_term}' WHEN 'term' THEN '{sub_term}' ELSE '{}' END::text[]
$$;
CREATE FUNCTION refuse_term_outside_its_whole() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- One change of an institution's terms at a time: a whole could shrink while a part of it is added.
  PERFORM pg_advisory_xact_lock(hashtextextended('terms:' || NEW.institution_id, 0));
  IF EXISTS (
    SELECT FROM academic_term part JOIN academic_term whole
      ON whole.institution_id = part.institution_id AND whole.id = part.parent_id
    WHERE part.institution_id = NEW.institution_id AND NEW.id IN (part.id, whole.id)
      AND (part.kind <> ALL (kinds_below(whole.kind))
        OR part.starts_on < whole.starts_on OR part.ends_on > whole.ends_on)
  ) THEN
    RAISE EXCEPTION 'a part of a term is of a lower kind and lies within its days'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'term_within_its_whole';
  END IF;
  IF NEW.kind = 'year' AND EXISTS (
    SELECT FROM academic_section WHERE institution_id = NEW.institution_id AND term_id = NEW.id
  ) THEN
    RAISE EXCEPTION 'a section is offered in a year'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'section_in_no_year';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER term_within_its_whole AFTER INSERT OR UPDATE ON academic_term
  FOR EACH ROW EXECUTE FUNCTION refuse_term_outside_its_whole();

CREATE FUNCTION refuse_section_in_a_year() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM academic_term
    WHERE institution_id = NEW.institution_id AND id = NEW.term_id AND kind = 'year'
  ) THEN
    RAISE EXCEPTION 'a section is offered in a year'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'section_in_no_year';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER section_in_no_year AFTER INSERT OR UPDATE OF term_id ON academic_section
  FOR EACH ROW EXECUTE FUNCTION refuse_section_in_a_year();
"""
BACKWARD = """
DROP TRIGGER section_in_no_year ON academic_section;
DROP FUNCTION refuse_section_in_a_year();
DROP TRIGGER term_within_its_whole ON academic_term;
DROP FUNCTION refuse_term_outside_its_whole();
DROP FUNCTION kinds_below(text);
"""


class Migration(migrations.Migration):
    dependencies = [("academic", "0006_nested_terms")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

"""This file holds how reference tables are watched: a trigger gives a table a new version with every change.

A model is a reference if it says `is_reference = True`: few rows, read with many others, changed seldom.
"""

from django.apps import apps
from django.db import connection
from django.db.models import Model

from core.lists.models import ReferenceVersion

VERSIONS = ReferenceVersion._meta.db_table

# A random number, not a counter: a version that was rolled back is never given again.
# SECURITY DEFINER: the application changes a version by changing a row of the table, and in no other way.
FUNCTION = f"""
CREATE OR REPLACE FUNCTION reference_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  fresh bigint := floor(random() * 9007199254740991);
  part bigint;
BEGIN
  SELECT id INTO part FROM {VERSIONS} WHERE reference = TG_TABLE_NAME LIMIT 1 FOR UPDATE SKIP LOCKED;
  IF part IS NULL THEN
    INSERT INTO {VERSIONS} (reference, version) VALUES (TG_TABLE_NAME, fresh);
  ELSE
    UPDATE {VERSIONS} SET version = fresh WHERE id = part;
  END IF;
  RETURN NULL;
END $$"""  # noqa: S608 (our own names)


def watch_references() -> None:
    """Put the trigger on every reference table; run by the owner after each migration, and safe to run again."""
    with connection.cursor() as cursor:
        cursor.execute(FUNCTION)
        for model in apps.get_models():
            if is_reference(model):
                table = connection.ops.quote_name(model._meta.db_table)
                cursor.execute(
                    f"CREATE OR REPLACE TRIGGER reference_changed AFTER INSERT OR UPDATE OR DELETE ON {table}"
                    " FOR EACH STATEMENT EXECUTE FUNCTION reference_changed()"
                )


def is_reference(model: type[Model]) -> bool:
    return getattr(model, "is_reference", False) and not model._meta.proxy

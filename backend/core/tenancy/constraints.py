"""This file holds the two walls between institutions, as constraint objects that migrations understand.

They are subclasses of BaseConstraint, so makemigrations writes ordinary AddConstraint operations, and sqlmigrate shows
their SQL. The fields in `core.tenancy.fields` add them to a model; nobody lists them by hand.
"""

from copy import copy
from typing import Any

from django.core.exceptions import ValidationError
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Columns, Statement, Table
from django.db.models import Model
from django.db.models.constraints import BaseConstraint

NATIONAL_ROLE = "tesc_national"
# A sub-select, so that PostgreSQL evaluates it once for a statement and can still walk an index.
REACHED = "(SELECT string_to_array(current_setting('tesc.institutions', true), ','))::uuid[]"


class DatabaseConstraint(BaseConstraint):
    """A constraint that only the database checks; it is created at the end of a migration."""

    def constraint_sql(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> None:
        # Called inside CREATE TABLE: wait until the table, and the tables it points to, exist.
        if sql := self.create_sql(model, schema_editor):
            schema_editor.deferred_sql.append(sql)

    def validate(self, model: type[Model], instance: Model, exclude: Any = None, using: str = "default") -> None:
        """Nothing to check in Python."""

    def __eq__(self, other: object) -> bool:
        return self.deconstruct() == other.deconstruct() if type(other) is type(self) else NotImplemented

    __hash__ = BaseConstraint.__hash__


class HeldByTrigger(DatabaseConstraint):
    """What a trigger of a migration refuses under this name, with the words for whoever is refused.

    For limits that no constraint of PostgreSQL can say: those between rows, or between tables.
    """

    def deconstruct(self) -> tuple[str, tuple, dict[str, Any]]:
        path, args, _ = super().deconstruct()
        return path, args, {"name": self.name}

    def clone(self) -> "HeldByTrigger":
        return copy(self)  # a migration need not know the words, a model does

    def create_sql(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> str:
        return ""

    def remove_sql(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> str:
        return ""


class SameInstitution(DatabaseConstraint):
    """FOREIGN KEY (institution_id, x_id) REFERENCES parent (institution_id, id): no row points out of its institution.

    A null x_id is not checked (MATCH SIMPLE), a set one fully. Further fields must have the same value in the parent:
    `("enrollment", "student")` says that the enrollment is one of this very student; the parent then needs the key
    (institution, id, student).
    """

    default_violation_error_message = "There is no such row in this institution."

    def __init__(self, *, fields: tuple[str, ...], name: str) -> None:
        super().__init__(name=name, violation_error_code="does_not_exist")
        self.fields = tuple(fields)

    def deconstruct(self) -> tuple[str, tuple, dict[str, Any]]:
        path, args, _ = super().deconstruct()
        return path, args, {"name": self.name, "fields": self.fields}

    def create_sql(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> str:
        # Deferred: at the end of the migration the parent's key (institution_id, id) exists, whatever the order.
        quote, table = schema_editor.quote_name, model._meta.db_table
        mine = [model._meta.get_field(name) for name in self.fields]
        parent = mine[0].remote_field.model._meta
        theirs = [parent.pk, *(parent.get_field(field.name) for field in mine[1:])]
        schema_editor.deferred_sql.append(
            Statement(
                "ALTER TABLE %(table)s ADD CONSTRAINT %(name)s FOREIGN KEY (%(columns)s)"
                " REFERENCES %(to_table)s (%(to_columns)s) DEFERRABLE INITIALLY DEFERRED",
                table=Table(table, quote),
                name=quote(self.name),
                columns=Columns(table, ["institution_id", *(field.column for field in mine)], quote),
                to_table=Table(parent.db_table, quote),
                to_columns=Columns(parent.db_table, ["institution_id", *(field.column for field in theirs)], quote),
            )
        )
        return ""  # Django executes what it gets here too, where a column has a default of the database

    def remove_sql(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> str | None:
        quote = schema_editor.quote_name
        waiting = [
            statement
            for statement in schema_editor.deferred_sql
            if not (isinstance(statement, Statement) and statement.parts.get("name") == quote(self.name))
        ]
        if len(waiting) < len(schema_editor.deferred_sql):
            schema_editor.deferred_sql[:] = waiting
            return None
        return f"ALTER TABLE {quote(model._meta.db_table)} DROP CONSTRAINT {quote(self.name)}"

    def validate(self, model: type[Model], instance: Model, exclude: Any = None, using: str = "default") -> None:
        """A parent that is absent, out of reach, or of another institution gets one and the same message."""
        field = model._meta.get_field(self.fields[0])
        if getattr(instance, field.attname) is None or (exclude and field.name in exclude):
            return
        try:
            parent = getattr(instance, field.name)
        except field.remote_field.model.DoesNotExist:
            parent = None
        alike = ["institution_id", *(model._meta.get_field(name).attname for name in self.fields[1:])]
        if parent is None or any(getattr(parent, name) != getattr(instance, name) for name in alike):
            refusal = ValidationError(self.get_violation_error_message(), code=self.violation_error_code)
            raise ValidationError({field.name: refusal})


class Mirrored(DatabaseConstraint):
    """Each row has a counterpart in the institution that it names, which names this one and says the same.

    For what two institutions share and see one side of each: a key that only such a counterpart satisfies, checked at
    the end of the transaction, so that no rule can write one side and forget the other. It tells whoever writes no more
    than that both agree. `fields` are what both say, a random id that they share among them.
    """

    def __init__(self, *, other: str, fields: tuple[str, ...], name: str) -> None:
        super().__init__(name=name)
        self.other, self.fields = other, tuple(fields)

    def deconstruct(self) -> tuple[str, tuple, dict[str, Any]]:
        path, args, _ = super().deconstruct()
        return path, args, {"name": self.name, "other": self.other, "fields": self.fields}

    def create_sql(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> str:
        quote, table = schema_editor.quote_name, schema_editor.quote_name(model._meta.db_table)
        other, *said = (str(model._meta.get_field(name).column) for name in (self.other, *self.fields))
        mine, theirs = (
            ", ".join(map(quote, [*sides, *said])) for sides in (("institution_id", other), (other, "institution_id"))
        )
        return (
            f"ALTER TABLE {table} ADD CONSTRAINT {quote(f'{self.name}_key')} UNIQUE ({mine}),"
            f" ADD CONSTRAINT {quote(self.name)} FOREIGN KEY ({mine}) REFERENCES {table} ({theirs})"
            " DEFERRABLE INITIALLY DEFERRED"
        )

    def remove_sql(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> str:
        quote = schema_editor.quote_name
        return (
            f"ALTER TABLE {quote(model._meta.db_table)} DROP CONSTRAINT {quote(self.name)},"
            f" DROP CONSTRAINT {quote(f'{self.name}_key')}"
        )


class TenantWall(DatabaseConstraint):
    """Row-level security, forced: a connection sees and writes the rows of the institutions it declared, and no others.

    `tenant` is the wall. `national` lets the read-only national role see all. `maintenance` lets the owner's own
    log-in see all while it migrates: under FORCE alone it sees no rows, and would validate wrong data as right.
    The key (institution_id, id) stays when the wall goes, because foreign keys of other tables hang on it.
    Raise `edition` when the policy text changes, so that a migration is written.
    """

    def __init__(self, *, name: str, edition: int = 1) -> None:
        super().__init__(name=name)
        self.edition = edition

    def deconstruct(self) -> tuple[str, tuple, dict[str, Any]]:
        path, args, _ = super().deconstruct()
        return path, args, {"name": self.name, "edition": self.edition}

    def create_sql(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> str:
        return raise_wall_sql(schema_editor.quote_name(model._meta.db_table))

    def remove_sql(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> str:
        table = schema_editor.quote_name(model._meta.db_table)
        return (
            f"DROP POLICY tenant ON {table}; DROP POLICY national ON {table}; DROP POLICY maintenance ON {table}; "
            f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY"
        )


def raise_wall_sql(table: str) -> str:
    """The SQL that puts the wall on one (quoted) table."""
    inside = f"institution_id = ANY ({REACHED})"
    return f"""
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = '{table}'::regclass AND contype = 'u'
                 AND pg_get_constraintdef(oid) = 'UNIQUE (institution_id, id)') THEN
    ALTER TABLE {table} ADD UNIQUE (institution_id, id);
  END IF;
  EXECUTE format($p$CREATE POLICY maintenance ON {table} TO CURRENT_USER
    USING (current_setting('tesc.maintenance', true) = 'on' AND session_user = %1$L)
    WITH CHECK (current_setting('tesc.maintenance', true) = 'on' AND session_user = %1$L)$p$, session_user);
END $$;
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON {table} USING ({inside}) WITH CHECK ({inside});
CREATE POLICY national ON {table} FOR SELECT TO {NATIONAL_ROLE} USING (true)"""

"""This file holds the constraint that a column holds the code of a field of study."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from academic.fields.models import FieldOfStudy
from core.tenancy.constraints import DatabaseConstraint


class KnownField(DatabaseConstraint):
    """FOREIGN KEY to the code of a field of study: the column stays the code, as files and people write it."""

    default_violation_error_message = "There is no such field: give a code of ISCED-F 2013, such as 0613."

    def __init__(self, *, column: str, name: str) -> None:
        super().__init__(name=name, violation_error_code="unknown_field_of_study")
        self.column = column

    def deconstruct(self) -> tuple[str, tuple, dict[str, Any]]:
        path, args, _ = super().deconstruct()
        return path, args, {"name": self.name, "column": self.column}

    def create_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> str:
        quote = schema_editor.quote_name
        return (
            f"ALTER TABLE {quote(model._meta.db_table)} ADD CONSTRAINT {quote(self.name)} FOREIGN KEY"
            f" ({quote(self.column)}) REFERENCES {quote(FieldOfStudy._meta.db_table)} (code)"
        )

    def remove_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> str:
        quote = schema_editor.quote_name
        return f"ALTER TABLE {quote(model._meta.db_table)} DROP CONSTRAINT {quote(self.name)}"

    def validate(
        self, model: type[models.Model], instance: models.Model, exclude: Any = None, using: str = "default"
    ) -> None:
        code = getattr(instance, self.column)
        if code is not None and not FieldOfStudy.objects.filter(code=code).exists():
            refusal = ValidationError(self.get_violation_error_message(), code=self.violation_error_code)
            raise ValidationError({self.column: refusal})

"""This file holds encrypted columns, and the blind indexes that let them be searched for equality."""

from typing import Any

from django.core.exceptions import FieldError
from django.db import models
from django.db.models.lookups import IsNull

from core.secrets.digests import blind_index
from core.secrets.sealing import seal, unseal


class Sealed(bytes):
    """A value as the database holds it."""


class UnsealOnAccess:
    """Decrypts a column when it is first read, because only then the row that it is bound to is known."""

    def __init__(self, field: "Encrypted") -> None:
        self.field = field

    def __get__(self, row: models.Model | None, owner: type[models.Model]) -> Any:
        if row is None:
            return self
        name = self.field.attname
        if name not in row.__dict__:
            row.refresh_from_db(fields=[name])
        value = row.__dict__[name]
        if isinstance(value, Sealed):
            value = row.__dict__[name] = self.field.opened(value, row)
        return value

    def __set__(self, row: models.Model, value: Any) -> None:
        row.__dict__[self.field.attname] = value


class Encrypted(models.Field):
    """A column that is encrypted at rest and reads as the field it wraps: `Encrypted(models.DateField(), null=True)`.

    It can be filtered by `isnull` alone; look for a value through a `BlindIndex`.
    """

    sensitive = True

    def __init__(self, plain: models.Field, **options: Any) -> None:
        self.plain = plain
        super().__init__(**options)

    def deconstruct(self) -> tuple[str, str, list, dict[str, Any]]:
        name, path, args, options = super().deconstruct()
        return name, path, [self.plain, *args], options

    def get_internal_type(self) -> str:
        return "BinaryField"

    def contribute_to_class(self, cls: type[models.Model], name: str, **options: Any) -> None:
        super().contribute_to_class(cls, name, **options)
        self.plain.set_attributes_from_name(name)
        setattr(cls, self.attname, UnsealOnAccess(self))

    @property
    def address(self) -> str:
        return f"{self.model._meta.db_table}.{self.column}"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Sealed | None:
        return None if value is None else Sealed(bytes(value))

    def opened(self, value: Sealed, row: models.Model) -> Any:
        text = unseal(value, self.address, row.pk, getattr(row, "institution_id", None)).decode()
        return self.plain.to_python(text)

    def pre_save(self, row: models.Model, add: bool) -> Sealed | None:
        value = row.__dict__.get(self.attname)
        if value is None or isinstance(value, Sealed):
            return value
        plain = self.plain.value_to_string(PlainRow(self.plain.attname, self.plain.to_python(value)))
        return Sealed(seal(plain.encode(), self.address, row.pk, getattr(row, "institution_id", None)))

    def get_prep_value(self, value: Any) -> Any:
        if value is None or isinstance(value, Sealed):
            return value
        raise FieldError(f"{self.name} is encrypted: look for it through its blind index.")

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        value = value if prepared else self.get_prep_value(value)
        return None if value is None else connection.Database.Binary(value)

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise FieldError(f"{self.name} is encrypted: it can't be filtered by {lookup_name}.")
        return IsNull

    def to_python(self, value: Any) -> Any:
        return self.plain.to_python(value)

    def validate(self, value: Any, row: models.Model) -> None:
        super().validate(value, row)
        if value not in self.empty_values:
            self.plain.validate(value, row)

    def run_validators(self, value: Any) -> None:
        self.plain.run_validators(value)


class PlainRow:
    """What `value_to_string` of the wrapped field reads from."""

    def __init__(self, name: str, value: Any) -> None:
        setattr(self, name, value)


class BlindIndex(models.BinaryField):
    """The keyed digest of an encrypted column: `Student.objects.filter(national_id_index=blind_index(...))`."""

    derived = True

    def __init__(self, *, source: str, **options: Any) -> None:
        self.source = source
        super().__init__(**{"null": True, "editable": False, "max_length": 16, **options})

    def deconstruct(self) -> tuple[str, str, list, dict[str, Any]]:
        name, path, args, options = super().deconstruct()
        for given in ("null", "editable", "max_length"):
            options.pop(given, None)
        return name, path, args, {**options, "source": self.source}

    def pre_save(self, row: models.Model, add: bool) -> bytes | None:
        if isinstance(row.__dict__.get(self.source), Sealed):
            return super().pre_save(row, add)  # untouched since it was read
        value = getattr(row, self.source)
        index = self.digest(value, getattr(row, "institution_id", None)) if value else None
        setattr(row, self.attname, index)
        return index

    def digest(self, value: Any, institution: Any) -> bytes:
        """What this column holds for a value of its source in an institution."""
        return blind_index(f"{self.model._meta.db_table}.{self.source}", institution, str(value))

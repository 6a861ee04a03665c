"""This file holds encrypted columns, and the blind indexes that let them be searched for equality."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.core.exceptions import FieldError
from django.db import models
from django.db.models.lookups import IsNull

from core.secrets.digests import BLIND_INDEX_BYTES, blind_index
from core.secrets.normalizing import normalized
from core.secrets.persons import Erased
from core.secrets.sealing import seal_for_person, sealer, unseal


class Sealed(bytes):
    """A value as the database holds it."""


class OpenedWhenRead:
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

    The wrapped field checks values, and must read what `str` makes of them. The column can be filtered by `isnull`
    alone: look for a value through a `BlindIndex`. It is written through a row or through `sealer`, never by `update`.

    `person="id"` names the column with the id of the person whom the value is about: it is sealed under that person's
    own key, and reads as None once that key was destroyed (`core.secrets.persons.is_erased` says whether it was).
    """

    sensitive = True
    descriptor_class = OpenedWhenRead

    def __init__(self, plain: models.Field, *, person: str | None = None, **options: Any) -> None:
        self.plain, self.person = plain, person
        super().__init__(**options)

    def deconstruct(self) -> tuple[str, str, list, dict[str, Any]]:
        name, path, args, options = super().deconstruct()
        return name, path, [self.plain, *args], {**options, "person": self.person} if self.person else options

    def get_internal_type(self) -> str:
        return "BinaryField"

    @property
    def empty_strings_allowed(self) -> bool:
        return self.plain.empty_strings_allowed

    def contribute_to_class(self, cls: type[models.Model], name: str, **options: Any) -> None:
        super().contribute_to_class(cls, name, **options)
        self.plain.set_attributes_from_name(name)

    @property
    def address(self) -> str:
        """The part of what a value is bound to that is the same for the whole column."""
        return f"{self.model._meta.db_table}.{self.column}"

    def sealer(self, institution: UUID | None) -> Callable[[Any, UUID], bytes | None]:
        """`(value, row id) -> what the column holds`, for one institution: the quick way for many rows.

        A column under keys of persons has `new_person_sealer` for that.
        """
        if self.person:
            raise FieldError(f"{self.name} is sealed under keys of persons: use new_person_sealer.")
        seal, to_python = sealer(self.address, institution), self.plain.to_python

        def sealed(value: Any, row: UUID) -> bytes | None:
            return None if value is None else seal(str(to_python(value)).encode(), row)

        return sealed

    def opened(self, value: Sealed, row: models.Model) -> Any:
        """The plain value; None where the key of the person was destroyed."""
        try:
            return self.plain.to_python(
                unseal(value, self.address, row.pk, institution_of(row), self.person_of(row)).decode()
            )
        except Erased:
            return None

    def person_of(self, row: models.Model) -> UUID | None:
        return getattr(row, self.person) if self.person else None

    def sealed_in(self, row: models.Model, value: Any) -> bytes:
        """What the column of a row holds for a value."""
        plain, person = str(self.plain.to_python(value)).encode(), self.person_of(row)
        if person is None:
            return sealer(self.address, institution_of(row))(plain, row.pk)
        return seal_for_person(plain, self.address, row.pk, institution_of(row), person)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Sealed | None:
        return None if value is None else Sealed(value)

    def pre_save(self, row: models.Model, add: bool) -> Sealed | None:
        value = row.__dict__.get(self.attname)
        if value is None:
            return None
        if isinstance(value, Sealed):
            self.opened(value, row)  # a row that was copied or moved would hold what nobody can open
            return value
        return Sealed(self.sealed_in(row, value))

    def get_prep_value(self, value: Any) -> Any:
        if value is None or isinstance(value, Sealed):
            return value
        raise FieldError(f"{self.name} is encrypted: write it through a row, look for it through its blind index.")

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        value = value if prepared else self.get_prep_value(value)
        return None if value is None else connection.Database.Binary(value)

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise FieldError(f"{self.name} is encrypted: it can't be filtered by {lookup_name}, only by isnull.")
        return IsNull

    def to_python(self, value: Any) -> Any:
        return self.plain.to_python(value)

    def validate(self, value: Any, row: models.Model) -> None:
        super().validate(value, row)
        if value not in self.empty_values:
            self.plain.validate(value, row)

    def run_validators(self, value: Any) -> None:
        self.plain.run_validators(value)


class BlindIndex(models.BinaryField):
    """The keyed digest of an encrypted column, null where that is empty.

    `Student.objects.filter(national_id_index=Student._meta.get_field("national_id_index").digest(value, institution))`
    finds the rows whose national id is the value, however it is written.

    `national=True` gives a value the same digest in every institution, so that whoever reads the nation finds one
    person in several. The digest itself is shown to nobody.
    """

    derived = True

    def __init__(self, *, source: str, national: bool = False, **options: Any) -> None:
        self.source, self.national = source, national
        super().__init__(**{"null": True, "editable": False, "max_length": BLIND_INDEX_BYTES, **options})

    def deconstruct(self) -> tuple[str, str, list, dict[str, Any]]:
        name, path, args, options = super().deconstruct()
        for given in ("null", "editable", "max_length"):
            options.pop(given, None)
        return name, path, args, {**options, "source": self.source, **({"national": True} if self.national else {})}

    def pre_save(self, row: models.Model, add: bool) -> bytes | None:
        if isinstance(row.__dict__.get(self.source), Sealed):
            return super().pre_save(row, add)  # nobody looked at the source, so nobody changed it
        index = self.digest(getattr(row, self.source), institution_of(row))
        setattr(row, self.attname, index)
        return index

    def digest(self, value: Any, institution: UUID | None) -> bytes | None:
        """What this column holds for a value of its source in an institution."""
        text = "" if value is None else str(value)
        if not normalized(text):
            return None
        place = None if self.national else institution
        return blind_index(f"{self.model._meta.db_table}.{self.source}", place, text)


def institution_of(row: models.Model) -> UUID | None:
    return getattr(row, "institution_id", None)

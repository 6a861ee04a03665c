"""This file holds what a serializer shows, as columns to select and a function from rows to dicts.

A field that has no column stops the start: a list is never silently slow.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured
from django.db import models
from django.db.models import F
from django.db.models.expressions import Expression, Func
from django.db.models.functions import Cast
from rest_framework import ISO_8601, serializers
from rest_framework.settings import api_settings

Build = Callable[[Sequence[tuple], Sequence[Mapping]], list[dict[str, Any]]]

AS_KEPT = (
    serializers.CharField,
    serializers.IntegerField,
    serializers.BooleanField,
    serializers.FloatField,
    serializers.DateField,
    serializers.DateTimeField,
    serializers.TimeField,
    serializers.ChoiceField,
)


class Column(NamedTuple):
    """One readable field: its name, and what is selected for it."""

    name: str
    expression: Expression | F


def columns_of(serializer: serializers.ModelSerializer) -> list[Column]:
    model = serializer.Meta.model
    return [column(model, name, field) for name, field in serializer.fields.items() if not field.write_only]


def column(model: type[models.Model], name: str, field: serializers.Field) -> Column:
    source = str(field.source)
    kept, path = kept_as(model, source), F(source.replace(".", "__"))
    if isinstance(field, serializers.PrimaryKeyRelatedField) and isinstance(kept, models.ForeignKey):
        return Column(name, key_of(F(source.replace(".", "__") + "_id"), kept.target_field))
    if isinstance(field, serializers.UUIDField) and field.uuid_format == "hex_verbose":
        return Column(name, Cast(path, models.TextField()))
    if isinstance(field, serializers.DecimalField) and is_printed_as_kept(field, kept):
        return Column(name, Cast(path, models.TextField()))
    if isinstance(field, serializers.IPAddressField):
        return Column(name, Func(path, function="HOST", output_field=models.TextField()))
    plain, kept_plain = elements_of(field, kept)
    if isinstance(plain, AS_KEPT) and is_printed_alike(plain, kept_plain):
        return Column(name, path)
    kind = type(field).__name__
    raise ImproperlyConfigured(f"{name} of {model._meta.label}: a {kind} has no column that a list can show.")


def kept_as(model: type[models.Model], source: str) -> models.Field:
    """The model's field behind a serializer's; every step to it is a relation that is never empty."""
    *steps, last = source.split(".")
    here: Any = model
    try:
        for step in steps:
            relation = here._meta.get_field(step)
            if relation.null:
                # DRF leaves the field out of such a row; SQL would say null.
                raise ImproperlyConfigured(f"{source} of {model._meta.label}: {step} may be empty.")
            here = relation.related_model
        return here._meta.get_field(last)
    except FieldDoesNotExist as error:
        raise ImproperlyConfigured(f"{model._meta.label} has no column {last}: a list can't show it.") from error


def elements_of(field: serializers.Field, kept: models.Field) -> tuple[serializers.Field, models.Field]:
    """What both are lists of; themselves where they are none."""
    if isinstance(field, serializers.ListField) and isinstance(kept, ArrayField):
        return field.child, kept.base_field
    return field, kept


def key_of(path: F, key: models.Field) -> Expression | F:
    # Text is made faster by PostgreSQL than a UUID object by Python.
    return Cast(path, models.TextField()) if isinstance(key, models.UUIDField) else path


def is_printed_as_kept(field: serializers.DecimalField, kept: models.Field) -> bool:
    """Whether DRF prints the very text that numeric(p, s) keeps."""
    to_string = getattr(field, "coerce_to_string", api_settings.COERCE_DECIMAL_TO_STRING)
    plain = not (field.localize or getattr(field, "normalize_output", False))
    return to_string and plain and field.decimal_places == getattr(kept, "decimal_places", None)


def is_printed_alike(field: serializers.Field, kept: models.Field) -> bool:
    """Whether orjson prints what the database keeps as DRF would: text that is text, and instants as ISO 8601 says."""
    if hasattr(kept, "from_db_value"):
        return False  # encrypted, or otherwise not what it seems
    if isinstance(field, serializers.CharField):
        return isinstance(kept, models.CharField | models.TextField)
    return getattr(field, "format", None) in (None, ISO_8601)


def builder(columns: Sequence[Column], shown: frozenset[str], tables: Sequence[str], width: int) -> Build:
    """A function from rows of `width` values, which begin with these columns, to the dicts of the answer.

    Only the names in `shown` appear; those in `tables` are looked up in the mappings that the function is given.
    It is generated as one comprehension, half again as fast as any other way. Names come from code alone.
    """
    values = [f"value{slot}" if column.name in shown else "_" for slot, column in enumerate(columns)]
    parts = [
        f"{name!r}: " + (f"tables[{tables.index(name)}][{value}]" if name in tables else value)
        for (name, _), value in zip(columns, values, strict=True)
        if name in shown
    ]
    values += ["_"] * (width - len(columns))
    return eval(f"lambda rows, tables: [{{{', '.join(parts)}}} for {', '.join(values)}, in rows]")  # noqa: S307

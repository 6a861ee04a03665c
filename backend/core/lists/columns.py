"""This file holds what a serializer shows, as columns to select and a function from rows to dicts.

A field that has no column stops the start: a list is never silently slow.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured
from django.db import models
from django.db.models import F
from django.db.models.expressions import Expression, Func, RawSQL
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
    """One readable field: its name, and what is selected for it. JSON goes into the answer as it comes."""

    name: str
    expression: Expression | F
    is_json: bool = False


def columns_of(serializer: serializers.ModelSerializer) -> list[Column]:
    model = serializer.Meta.model
    return [column(model, name, field) for name, field in serializer.fields.items() if not field.write_only]


def column(model: type[models.Model], name: str, field: serializers.Field, below: str = "") -> Column:
    """What is selected for a field, which stands `below` a path of relations."""
    source = f"{below}{field.source}"
    if isinstance(field, serializers.ModelSerializer):
        inner = json_of(model, field, f"{source}.")
        return Column(name, inner if below else Cast(inner, models.TextField()), is_json=True)
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
    if below and isinstance(plain, serializers.DateTimeField):
        raise ImproperlyConfigured(f"{source} of {model._meta.label}: inside JSON an instant is printed otherwise.")
    if isinstance(plain, AS_KEPT) and is_printed_alike(plain, kept_plain):
        return Column(name, path)
    kind = type(field).__name__
    raise ImproperlyConfigured(f"{name} of {model._meta.label}: a {kind} has no column that a list can show.")


def json_of(model: type[models.Model], serializer: serializers.ModelSerializer, below: str) -> Func:
    """A row that another one points to, as JSON with the fields in the order of its serializer."""
    inner = [column(model, name, field, below) for name, field in serializer.fields.items() if not field.write_only]
    # Names come from code alone.
    pairs = [part for one in inner for part in (RawSQL(f"'{one.name}'", ()), one.expression)]  # noqa: S611
    return Func(*pairs, function="JSON_BUILD_OBJECT", output_field=models.JSONField())


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
        f"{column.name!r}: " + looked_up(column, value, tables)
        for column, value in zip(columns, values, strict=True)
        if column.name in shown
    ]
    values += ["_"] * (width - len(columns))
    made = f"lambda rows, tables: [{{{', '.join(parts)}}} for {', '.join(values)}, in rows]"
    return eval(made, {"Fragment": orjson.Fragment})  # noqa: S307


def looked_up(column: Column, value: str, tables: Sequence[str]) -> str:
    """How the code that is generated gets at what is shown."""
    if column.name in tables:
        return f"tables[{tables.index(column.name)}][{value}]"
    return f"Fragment({value})" if column.is_json else value

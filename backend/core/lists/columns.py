"""This file holds what a serializer shows, as columns to select and a function from rows to dicts.

A field that has no column stops the start: a list is never silently slow.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured
from django.db import connection, models
from django.db.models import F
from django.db.models.expressions import Expression, Func
from django.db.models.functions import Cast
from rest_framework import ISO_8601, serializers
from rest_framework.settings import api_settings

Row = tuple
Build = Callable[[Sequence[Row], Sequence[Mapping]], list[dict[str, Any]]]

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
    """One readable field: its name, what is selected for it, and how the model turns that into a value, if it does."""

    name: str
    expression: Expression | F
    convert: Callable[[Any], Any] | None = None


def columns_of(serializer: serializers.Serializer) -> list[Column]:
    model = serializer.Meta.model
    return [column(model, name, field) for name, field in serializer.fields.items() if not field.write_only]


def column(model: type[models.Model], name: str, field: serializers.Field) -> Column:
    kept = kept_as(model, field)
    path = F(field.source.replace(".", "__"))
    if isinstance(field, serializers.PrimaryKeyRelatedField) and isinstance(kept, models.ForeignKey):
        return Column(name, key_of(F(f"{path.name}_id"), kept.target_field))
    if isinstance(field, serializers.UUIDField) and field.uuid_format == "hex_verbose":
        return Column(name, Cast(path, models.TextField()))
    if isinstance(field, serializers.DecimalField) and is_printed_as_kept(field, kept):
        return Column(name, Cast(path, models.TextField()))
    if isinstance(field, serializers.IPAddressField):
        return Column(name, Func(path, function="HOST", output_field=models.TextField()))
    if isinstance(field, AS_KEPT) and has_no_format(field) and is_text(kept) >= isinstance(field, serializers.CharField):
        return Column(name, path, converter(kept))
    raise ImproperlyConfigured(f"{name} of the list of {model._meta.label}: a {type(field).__name__} has no column here.")


def kept_as(model: type[models.Model], field: serializers.Field) -> models.Field:
    """The model's field behind a serializer's; every step to it is a relation that is never empty."""
    *steps, last = field.source.split(".")
    try:
        for step in steps:
            relation = model._meta.get_field(step)
            if relation.null:
                # DRF leaves the field out of such a row; SQL would say null.
                raise ImproperlyConfigured(f"{field.source} of {model._meta.label}: {step} may be empty.")
            model = relation.related_model
        return model._meta.get_field(last)
    except FieldDoesNotExist as error:
        raise ImproperlyConfigured(f"{field.source} is no column of {model._meta.label}: a list can't show it.") from error


def key_of(path: F, key: models.Field) -> Expression | F:
    # Text is made faster by PostgreSQL than a UUID object by Python.
    return Cast(path, models.TextField()) if isinstance(key, models.UUIDField) else path


def is_printed_as_kept(field: serializers.DecimalField, kept: models.Field) -> bool:
    """Whether DRF prints the very text that numeric(p, s) keeps."""
    to_string = getattr(field, "coerce_to_string", api_settings.COERCE_DECIMAL_TO_STRING)
    plain = not (field.localize or getattr(field, "normalize_output", False))
    return to_string and plain and field.decimal_places == getattr(kept, "decimal_places", None)


def is_text(kept: models.Field) -> bool:
    """Whether a value is text already: DRF makes text of others in ways of its own."""
    return isinstance(kept, models.CharField | models.TextField) or hasattr(kept, "from_db_value")


def has_no_format(field: serializers.Field) -> bool:
    """Whether instants and days are printed as ISO 8601 says, as orjson does."""
    return getattr(field, "format", None) is None or field.format == ISO_8601


def converter(kept: models.Field) -> Callable[[Any], Any] | None:
    """What the model does to a value from the database, such as decrypting it."""
    given = getattr(kept, "from_db_value", None)
    return partial(given, expression=None, connection=connection) if given else None


def builder(columns: Sequence[Column], shown: frozenset[str], tables: Sequence[str], width: int) -> Build:
    """A function from rows of `width` values, which begin with these columns, to the dicts of the answer.

    Only the names in `shown` appear; those in `tables` are looked up in the mappings that the function is given.
    It is generated as one comprehension, half again as fast as any other way. Names come from code, never from a request.
    """
    converts: dict[str, Callable] = {}
    names, parts = [], []
    for slot, (name, _, convert) in enumerate(columns):
        value = f"c{slot}" if name in shown else "_"
        names.append(value)
        if value == "_":
            continue
        if name in tables:
            value = f"tables[{tables.index(name)}][{value}]"
        elif convert:
            converts[f"convert{slot}"] = convert
            value = f"convert{slot}({value})"
        parts.append(f"{name!r}: {value}")
    names += ["_"] * (width - len(columns))
    source = f"lambda rows, tables: [{{{', '.join(parts)}}} for {', '.join(names)}, in rows]"
    return eval(source, converts)  # noqa: S307


def readable(serializer: serializers.Serializer) -> Iterator[tuple[str, serializers.Field]]:
    return ((name, field) for name, field in serializer.fields.items() if not field.write_only)

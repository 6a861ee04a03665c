"""This file holds what may be asked of a list, read once from its viewset; a mistake there stops the start."""

from functools import cache, cached_property
from typing import Any, NamedTuple

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured
from django.db import models
from django.db.models import F
from django.db.models.expressions import Expression

from core.lists.columns import Column, columns_of
from core.lists.references import Ref
from core.lists.statements import LOOKUPS, shown_as_text

ISNULL = "isnull"


class Filter:
    """One parameter that narrows a list: a path of the model, a lookup, and the field that judges values."""

    __slots__ = ("field", "lookup", "path")

    def __init__(self, model: type[models.Model], path: str, lookup: str) -> None:
        field = field_at(model, path)
        if lookup != ISNULL and lookup not in LOOKUPS:
            raise ImproperlyConfigured(f"{path} of {model._meta.label}: there is no lookup {lookup}.")
        if (lookup == "contains") != isinstance(field, ArrayField):
            raise ImproperlyConfigured(f"{path} of {model._meta.label}: a list is asked for what it contains, alone.")
        self.path = path.removesuffix(field.name) + field.attname
        one = field.base_field if isinstance(field, ArrayField) else field
        self.lookup, self.field = lookup, getattr(one, "target_field", one)


class Key(NamedTuple):
    """One part of an order: what is sorted by, and the field that types its values."""

    expression: Expression | F
    field: models.Field

    @property
    def shown(self) -> Expression | F:
        return shown_as_text(self.expression, self.field)


class Declaration:
    """What a viewset says about its list, by the names that a client uses."""

    def __init__(self, view: Any) -> None:
        self.queryset: Any = view.queryset.select_related(None).prefetch_related(None).order_by()
        self.model = self.queryset.model
        self.permission: str = view.view_permission
        self.search_fields: tuple[str, ...] = tuple(view.search_fields)
        serializer = view.serializer_class()
        self.columns: list[Column] = columns_of(serializer)
        self.fields = tuple(column.name for column in self.columns)
        if guarded := sorted(set(self.fields) & set(view.field_permissions)):
            raise ImproperlyConfigured(f"The list of {self.model._meta.label} would show {', '.join(guarded)}.")
        self.references: dict[str, Ref] = {
            name: field for name, field in serializer.fields.items() if isinstance(field, Ref) and not field.write_only
        }
        for reference in self.references.values():
            columns_of(reference.serializer())  # refuses what it can't show
        self.filters = {
            path if lookup == "exact" else f"{path}__{lookup}": Filter(self.model, path, lookup)
            for path, lookups in view.filters.items()
            for lookup in lookups
        }
        self.orders = {name: self._keys(name, by) for name, by in {"id": "id", **view.orders}.items()}

    def _keys(self, name: str, by: str | Expression) -> tuple[Key, ...]:
        """The parts of an order; the last is the id, so that no two rows are alike."""
        parts = [F(part) if isinstance(part, str) else part for part in dict.fromkeys([by, "id"])]
        rows = self.queryset.annotate(**{f"key{slot}": part for slot, part in enumerate(parts)})
        keys = tuple(Key(part, rows.query.annotations[f"key{slot}"].output_field) for slot, part in enumerate(parts))
        if isinstance(by, str) and may_be_empty(self.model, by):
            # (a, id) > (x, y) is null where a is, and such rows would never be shown.
            raise ImproperlyConfigured(
                f"{self.model._meta.label} may have no {name}: order by Coalesce(...), and index that."
            )
        return keys

    @cached_property
    def watched(self) -> tuple[str, ...]:
        """The reference tables that are kept in memory."""
        return tuple(dict.fromkeys(reference.table for reference in self.references.values() if reference.is_cached))

    @property
    def orderings(self) -> list[str]:
        return [sign + name for name in self.orders for sign in ("", "-")]


@cache
def declaration_of(view: type) -> Declaration:
    return Declaration(view)


def field_at(model: type[models.Model], path: str) -> models.Field:
    """The field at the end of a path such as `program__level`."""
    *steps, last = path.split("__")
    here: Any = model
    try:
        for step in steps:
            here = here._meta.get_field(step).related_model
        return here._meta.get_field(last)
    except (FieldDoesNotExist, AttributeError) as error:
        label = model._meta.label
        raise ImproperlyConfigured(f"{path} is no column of {label}: a list can't be asked for it.") from error


def may_be_empty(model: type[models.Model], path: str) -> bool:
    steps = path.split("__")
    return any(field_at(model, "__".join(steps[:count])).null for count in range(1, len(steps) + 1))

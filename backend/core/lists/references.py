"""This file holds references to other rows: an id in lists, an object with `?expand=`, a visible row in writes."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson
from django.core.exceptions import ValidationError
from django.db.models import F, Model, QuerySet
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from core.actor import Actor, Reach
from core.http.envelope import OPTIONS
from core.lists.access import Access
from core.lists.columns import builder, columns_of, key_of
from core.lists.statements import AnyOf, Hole, Statement, as_array, compiled
from core.lists.triggers import is_reference
from core.tenancy.scope import reading

LARGEST_TABLE = 20_000
IDS = "ids"
NATION = "nation"
KEEPER = Access(Actor("core.lists", reaches={NATION: Reach(nation=True)}), NATION)


class Ref(serializers.PrimaryKeyRelatedField):
    """A reference to one row of another resource.

    In a list it is the id, or with `?expand=` the row as `serializer` shows it. That is shown to everyone who may see
    the row that refers to it, whatever they may see of the other resource: so `serializer` shows names, not secrets.
    A reference table (`is_reference` on its model) is kept in memory while its version stays the same, over all
    institutions, since only ids from visible rows are looked up in it; of any other table, or with `cached=False`, or
    above LARGEST_TABLE rows, the needed rows are fetched by a second statement. So are those that show rows that they
    point to themselves: the version of a table tells nothing of others.

    In a write it takes the id of a row that the actor sees by `view_permission`; absent and out of reach are refused
    with the same words.
    """

    default_error_messages = {"does_not_exist": gettext_lazy("There is no such row, or none that you may see.")}

    def __init__(
        self,
        serializer: type[serializers.ModelSerializer],
        *,
        view_permission: str,
        cached: bool = True,
        **options: Any,
    ) -> None:
        self.serializer, self.view_permission = serializer, view_permission
        self.model: type[Model] = serializer.Meta.model
        is_flat = not any(isinstance(one, serializers.BaseSerializer) for one in serializer._declared_fields.values())
        self.is_cached = cached and is_flat and is_reference(self.model)
        super().__init__(**options)

    def get_queryset(self) -> Any:
        if self.read_only:
            return None
        rows: Any = self.model._default_manager
        return rows.visible_to(self.context["actor"], self.view_permission)

    def to_internal_value(self, data: Any) -> Model:
        try:
            key = self.model._meta.pk.to_python(data) if isinstance(data, str) else None
        except ValidationError:
            key = None
        with reading(self.context["actor"], self.view_permission, self.model):
            row = self.get_queryset().filter(pk=key).first() if key is not None else None
        if row is None:
            self.fail("does_not_exist")
        return row

    @property
    def table(self) -> str:
        return self.model._meta.db_table


class Table(dict[Any, orjson.Fragment]):
    """id -> JSON of one kind of reference, at a version. A table that is too large is left empty."""

    version: int


# One for each process. A row is never looked up but by an id out of a visible row.
_tables: dict[type[serializers.ModelSerializer], Table] = {}


def table_at(reference: Ref, version: int | None) -> Table | None:
    """The whole table, not older than this version; None where it is not kept.

    The version was read before the rows, so that they may be newer than it says, and never older. No version means
    that no trigger watches the table.
    """
    if version is None:
        return None
    table = _tables.get(reference.serializer)
    if table is None or table.version != version:
        rows = KEEPER.rows(all_rows(reference.serializer), reference.model)
        table = Table(shown(reference.serializer, rows) if len(rows) <= LARGEST_TABLE else {})
        table.version = version
        _tables[reference.serializer] = table
    return table or None


def table_of(reference: Ref, ids: set, access: Access) -> Mapping[Any, orjson.Fragment | None]:
    """The rows of these ids. One that went meanwhile is null."""
    wanted = {IDS: as_array([str(one) for one in ids if one is not None])}
    found = access.rows(rows_among(reference.serializer, scoped=access.is_scoped), reference.model, wanted)
    return {**dict.fromkeys(ids), **shown(reference.serializer, found)}


def shown(serializer: type[serializers.ModelSerializer], rows: Sequence[tuple]) -> dict[Any, orjson.Fragment | None]:
    columns = columns_of(serializer())
    build = builder(columns, frozenset(column.name for column in columns), (), len(columns) + 1)
    objects = build(rows, ())
    table = {
        row[-1]: orjson.Fragment(orjson.dumps(one, option=OPTIONS)) for row, one in zip(rows, objects, strict=True)
    }
    return {None: None, **table}


@lru_cache(maxsize=256)
def all_rows(serializer: type[serializers.ModelSerializer]) -> Statement:
    return compiled(selected(serializer), limit=LARGEST_TABLE + 1, prepare=False)


@lru_cache(maxsize=256)
def rows_among(serializer: type[serializers.ModelSerializer], *, scoped: bool) -> Statement:
    key = key_field(serializer)
    among = AnyOf(F(key.attname), Hole(IDS, key, many=True))
    return compiled(selected(serializer).filter(among), scoped=scoped)


def selected(serializer: type[serializers.ModelSerializer]) -> QuerySet:
    """The columns, then the key."""
    columns = columns_of(serializer())
    names = {f"shown{slot}": column.expression for slot, column in enumerate(columns)}
    key = key_field(serializer)
    rows = key.model._base_manager.order_by().annotate(**names, shown_key=key_of(F(key.attname), key))
    return rows.values_list(*names, "shown_key")


def key_field(serializer: type[serializers.ModelSerializer]) -> Any:
    model: Any = serializer.Meta.model
    return model._meta.pk

"""This file holds how a queryset with holes becomes one SQL text: `$1`, `$2`, ... for values, constants written out.

Constants are literals, so that a prepared plan can use partial and expression indexes; a value is always sent as text
and cast in SQL to the type of its column, so that a statement has one signature and one plan.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from django.core.exceptions import EmptyResultSet, ImproperlyConfigured
from django.db import connection, models
from django.db.models import F, QuerySet, lookups
from django.db.models.expressions import Expression, Func
from psycopg.sql import Literal

from core.lists.fetching import fetch
from core.lists.models import ReferenceVersion

SCOPE = "scope"
WHOLE = "page.*"
SET_SCOPE = f"WITH {SCOPE} AS MATERIALIZED (SELECT set_config('tesc.institutions', $1, true) AS institutions)"
VERSIONS = ReferenceVersion._meta.db_table


class Statement(NamedTuple):
    """SQL, and the names of its values in order. No SQL means that no row can match, whatever the values."""

    sql: str | None
    holes: tuple[str, ...]
    prepare: bool | None = None

    def rows(self, values: Mapping[str, str]) -> list[tuple]:
        return fetch(self.sql, [values[name] for name in self.holes], prepare=self.prepare) if self.sql else []


class Hole(Expression):
    """Where a value of a column's type goes in, or an array of them."""

    def __init__(self, name: str, field: models.Field, *, many: bool = False) -> None:
        super().__init__(output_field=field)
        # Without the length: a cast to varchar(3) would cut the value.
        self.name, self.type = name, str(field.db_type(connection)).partition("(")[0] + "[]" * many

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return "%s", [self]


class AnyOf(models.Lookup):
    """`column = ANY (array)`: one SQL text, however many values."""

    prepare_rhs = False
    template = "{} = ANY ({})"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        (left, first), (right, second) = (
            self.process_lhs(compiler, connection),
            self.process_rhs(compiler, connection),
        )
        return self.template.format(left, right), [*first, *second]


class HoldsAll(AnyOf):
    """`array column @> array`: the column holds all of these."""

    template = "{} @> {}"


class StartsWith(AnyOf):
    """`column ^@ text`, which is leakproof and walks an index of a COLLATE "C" column; LIKE does neither."""

    template = "{} ^@ {}"


class LikeAll(AnyOf):
    """`text LIKE ALL (patterns)`."""

    template = "{} LIKE ALL ({})"


class Words(Func):
    """A folded text with a blank before each of its words, the parts of a double name included."""

    template = "(' ' || translate(%(expressions)s, '-', ' '))"
    output_field = models.TextField()


class Together(Func):
    """(a, b), for comparing rows."""

    template = "(%(expressions)s)"
    output_field = models.BooleanField()


class AfterScope(Func):
    """True once the scope is set. It makes every row of the list depend on that."""

    template = f"{SCOPE}.institutions IS NOT NULL"
    output_field = models.BooleanField()


LOOKUPS: dict[str, type[models.Lookup]] = {
    "exact": lookups.Exact,
    "in": AnyOf,
    "gt": lookups.GreaterThan,
    "gte": lookups.GreaterThanOrEqual,
    "lt": lookups.LessThan,
    "lte": lookups.LessThanOrEqual,
    "startswith": StartsWith,
    "contains": HoldsAll,
}
MANY = ("in", "contains")  # those that take several values


def compiled(
    queryset: QuerySet,
    stand_ins: Mapping[UUID, str] | None = None,
    *,
    scoped: bool = False,
    limit: int | None = None,
    shown: str = WHOLE,
    prepare: bool | None = None,
    unseen: bool = False,
) -> Statement:
    """The statement of a queryset.

    stand_ins  ids in the queryset that stand for values, by the name of the value
    scoped     the statement itself tells PostgreSQL which institutions it reaches, before it reads the first row
    limit      how many rows, a literal, since the planner counts on it
    shown      what is selected from the queryset, named `page`
    unseen     the planner sees no value, so that PostgreSQL finds its first plan as good as one for these values, and
               plans no more: for a statement with many tables, which takes longer to plan than to run
    """
    holes = [SCOPE] if scoped else []

    def hole(name: str, kind: str) -> str:
        if name not in holes:
            holes.append(name)
        value = f"${holes.index(name) + 1}::{kind}"
        return f"(SELECT {value})::{kind}" if unseen else value

    try:
        sql = filled((queryset.filter(AfterScope()) if scoped else queryset)[:limit], hole, stand_ins or {})
    except EmptyResultSet:
        return Statement(None, ())
    if scoped:
        sql = f"{SET_SCOPE} SELECT {shown} FROM {SCOPE} CROSS JOIN LATERAL ({sql}) page"  # noqa: S608
    elif shown != WHOLE:
        sql = f"SELECT {shown} FROM ({sql}) page"  # noqa: S608 (text of the ORM, and our own words)
    return Statement(sql, tuple(holes), prepare)


def with_versions(tables: Iterable[str]) -> str:
    """The rows, each with the versions of these reference tables, as old as the rows themselves."""
    version = f"(SELECT bit_xor(version) FROM {VERSIONS} WHERE reference = "  # noqa: S608
    return ", ".join([WHOLE, *(f"{version}{literal(table)})" for table in tables)])


def filled(queryset: QuerySet, hole: Callable[[str, str], str], stand_ins: Mapping[UUID, str]) -> str:
    sql, parameters = queryset.query.sql_with_params()
    waiting = iter(parameters)

    def put(match: re.Match) -> str:
        if match[0] == "%%":
            return "%"
        value = next(waiting)
        if isinstance(value, Hole):
            return hole(value.name, value.type)
        if isinstance(value, UUID) and value in stand_ins:
            return hole(stand_ins[value], "uuid")
        return literal(value)

    return re.sub("%%|%s", put, sql)


def literal(value: Any) -> str:
    if isinstance(value, date):
        # A statement is compiled once and kept: the day of its first use would stay in it.
        raise ImproperlyConfigured("A list can't hold a date as a constant: use Now() or TruncDate(Now()).")
    return Literal(value).as_string(None)


def as_text(field: models.Field, value: Any) -> str:
    """A value as PostgreSQL reads it."""
    value = field.get_prep_value(value)
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    return value.isoformat() if isinstance(value, date) else str(value)


def as_array(texts: list[str]) -> str:
    quoted = (text.replace("\\", "\\\\").replace('"', '\\"') for text in texts)
    return "{" + ",".join(f'"{text}"' for text in quoted) + "}"


def shown_as_text(expression: Expression | F, field: models.Field) -> Expression | F:
    """Text as it is; anything else as PostgreSQL writes it, which it reads again without loss."""
    is_text = isinstance(field, models.CharField | models.TextField)
    return expression if is_text else models.functions.Cast(expression, models.TextField())

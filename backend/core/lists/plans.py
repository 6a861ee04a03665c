"""This file holds the statement of each shape of request, compiled once and kept."""

from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import F, Q, QuerySet, TextField, Value, lookups
from django.db.models.expressions import OrderBy

from core.lists.columns import Build, builder
from core.lists.cursors import PREVIOUS
from core.lists.declarations import ISNULL, Declaration, declaration_of, field_at
from core.lists.places import Place, stand_in
from core.lists.questions import SEARCH, SEARCH_AS_GIVEN, SEARCH_WORD, SEARCH_WORDS, Question, key_name
from core.lists.statements import (
    LOOKUPS,
    MANY,
    WHOLE,
    Hole,
    LikeAll,
    StartsWith,
    Statement,
    Together,
    Words,
    compiled,
    with_versions,
)
from core.texts import FoldedField, WordField

# What is read is one of these, one more than shown, and the page is cut out of it: so statements are few.
PAGES = (10, 50, 200)


class Plan(NamedTuple):
    """One statement; `keys` says which values of a row are its place in the order."""

    statement: Statement
    keys: tuple[int, ...]
    width: int


def plan_of(view: type, place: Place, question: Question) -> Plan:
    size = next(size for size in PAGES if question.limit <= size)
    given, searched, ordering, way = question[:4]
    return _plan(view, place, given, searched, ordering, way, size, bool(question.expand))


@lru_cache(maxsize=1024)
def _plan(
    view: type,
    place: Place,
    given: tuple[str, ...],
    searched: bool,
    ordering: str,
    way: str | None,
    size: int,
    expands: bool,
) -> Plan:
    """All columns are selected, whatever `?fields=` says: sets of fields are many, and cut when rows become dicts."""
    declared = declaration_of(view)
    rows, stand_ins = narrowed(declared, place, given, searched)
    keys = declared.orders[ordering.removeprefix("-")]
    descending = ordering.startswith("-") != (way == PREVIOUS)
    if way:
        beyond = lookups.LessThan if descending else lookups.GreaterThan
        holes = [Hole(key_name(slot), key.field) for slot, key in enumerate(keys)]
        rows = rows.filter(beyond(Together(*(key.expression for key in keys)), Together(*holes)))
    selected = [column.expression for column in declared.columns]
    selected += [key.shown for key in keys if key.shown not in selected]
    names = {f"value{slot}": expression for slot, expression in enumerate(selected)}
    rows = rows.order_by(*(OrderBy(key.expression, descending=descending) for key in keys))
    statement = compiled(
        rows.annotate(**names).values_list(*names),
        stand_ins,
        scoped=not place.nation,
        limit=size + 1,
        shown=with_versions(declared.watched) if expands else WHOLE,
        prepare=None if is_steady(place, searched) else False,
    )
    width = len(selected) + (len(declared.watched) if expands else 0)
    return Plan(statement, tuple(selected.index(key.shown) for key in keys), width)


def narrowed(declared: Declaration, place: Place, given: tuple[str, ...], searched: bool) -> tuple[QuerySet, dict]:
    """The rows in reach that the filters leave, with holes for values."""
    actor, stand_ins = stand_in(place, declared.permission)
    rows = declared.queryset.visible_to(actor, declared.permission)
    for parameter in given:
        name, _, flag = parameter.partition("=")
        chosen = declared.filters[name]
        if chosen.lookup == ISNULL:
            rows = rows.filter(lookups.IsNull(F(chosen.path), flag == "true"))
        else:
            value = Hole(name, chosen.field, many=chosen.lookup in MANY)
            rows = rows.filter(LOOKUPS[chosen.lookup](F(chosen.path), value))
    return (rows.filter(*found_in(declared)) if searched else rows), stand_ins


def found_in(declared: Declaration) -> list[Q]:
    """What a search asks of a row: that one of the columns begins with it. A column is folded, or is searched for as
    was typed. Of one with words, the longest typed one begins any of them, which indexes tell; every typed word does,
    which is looked at in the few rows that are left.
    """
    begins: list[Any] = []
    holds: list[Any] = []
    for path in declared.search_fields:
        field = field_at(declared.model, path)
        words = [path.removesuffix(field.name) + word for word in words_beside(field)]
        for word in words:
            begin = StartsWith(F(word), Hole(SEARCH_WORD, TextField()))
            begins.append(Q(lookups.GreaterThan(F(word), Value("")), begin))
        if words:
            holds.append(LikeAll(Words(F(path)), Hole(SEARCH_WORDS, TextField(), many=True)))
        else:
            typed = SEARCH if isinstance(field, FoldedField) else SEARCH_AS_GIVEN
            begins.append(StartsWith(F(path), Hole(typed, TextField())))
            holds.append(begins[-1])
    asked = [begins] if begins == holds else [begins, holds]
    return [Q(*one, _connector=Q.OR) for one in asked]


def words_beside(field: Any) -> list[str]:
    """The columns that hold the words of a folded text."""
    columns = field.model._meta.concrete_fields
    return [one.name for one in columns if isinstance(one, WordField) and one.of == field.name]


def is_steady(place: Place, searched: bool) -> bool:
    """Whether one plan is right for all values: not where it depends on how many rows they match."""
    return not searched and place.institutions <= 1


@lru_cache(maxsize=256)
def count_of(view: type, place: Place, given: tuple[str, ...], searched: bool) -> Statement:
    """How many there are."""
    declared = declaration_of(view)
    rows, stand_ins = narrowed(declared, place, given, searched)
    return compiled(rows.values_list(Value(1)), stand_ins, scoped=not place.nation, shown="count(*)", prepare=False)


@lru_cache(maxsize=256)
def estimate_of(view: type, place: Place, given: tuple[str, ...], searched: bool) -> Statement:
    """The planner's own figure for how many there are."""
    rows, stand_ins = narrowed(declaration_of(view), place, given, searched)
    counted = compiled(rows.values_list(Value(1)), stand_ins, prepare=False)
    return counted._replace(sql=counted.sql and f"EXPLAIN (FORMAT JSON) {counted.sql}")


@lru_cache(maxsize=512)
def build_of(view: type, fields: tuple[str, ...], expand: tuple[str, ...], width: int) -> Build:
    declared = declaration_of(view)
    return builder(declared.columns, frozenset(fields or declared.fields), expand, width)

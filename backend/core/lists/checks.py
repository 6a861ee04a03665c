"""This file holds the start-up check of lists: declarations that can't work, and orders without an index."""

from collections.abc import Iterator
from typing import Any

from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Expression, F, Index, Model, UniqueConstraint
from django.db.models.expressions import OrderBy
from django.urls import get_resolver

from core.http.routes import walked
from core.lists.declarations import Declaration, Key, declaration_of
from core.lists.listing import ListMixin
from core.lists.questions import CONTROLS

# What is sorted by, and whether downwards.
Part = tuple[Any, bool]


@checks.register()
def check_lists(app_configs: Any = None, **options: Any) -> list[checks.CheckMessage]:
    """Every list that has a route: its declaration holds, and each order it offers walks an index."""
    return [problem for view in listed() for problem in problems_of(view)]


def listed() -> list[type]:
    """The views of lists, in the order of their routes."""
    views = dict.fromkeys(getattr(pattern.callback, "cls", None) for _, pattern in walked(get_resolver().url_patterns))
    return [view for view in views if isinstance(view, type) and issubclass(view, ListMixin)]


def problems_of(view: type) -> list[checks.CheckMessage]:
    try:
        declared = declaration_of(view)
    except ImproperlyConfigured as mistake:
        return [checks.Error(str(mistake), obj=view, id="lists.E001")]
    taken: list[checks.CheckMessage] = [
        checks.Error(f"The list of {declared.model._meta.label} filters by {name}, a word of pages.", id="lists.E003")
        for name in CONTROLS
        if name in declared.filters
    ]
    return taken + [
        checks.Error(
            f"The list of {declared.model._meta.label} offers the order {name}, which has no index.",
            hint=f"Add an index that starts with {', '.join(map(str, wanted(declared, keys)))}.",
            obj=view,
            id="lists.E002",
        )
        for name, keys in declared.orders.items()
        if not has_index(declared, keys)
    ]


def wanted(declared: Declaration, keys: tuple[Key, ...]) -> list[Expression | F]:
    """What an index must start with: the institution where there is one, then the parts of the order."""
    return [F("institution")] * is_of_institution(declared.model) + [key.expression for key in keys]


def is_of_institution(model: type[Model]) -> bool:
    return any(field.name == "institution" and not field.null for field in model._meta.local_fields)


def has_index(declared: Declaration, keys: tuple[Key, ...]) -> bool:
    # By the id alone it is the primary key's, or (institution, id) that every wall brings.
    if len(keys) == 1:
        return True
    needed = wanted(declared, keys)
    # Where the rest is unique, the id decides nothing.
    return any(is_start(needed, index) for index in indexes(declared.model)) or any(
        set(needed[:-1]) == set(unique) for unique in uniques(declared.model)
    )


def is_start(needed: list[Expression | F], index: list[Part]) -> bool:
    """Whether the index begins so; all parts but the institution run the same way."""
    parts = index[: len(needed)]
    ways = {descending for part, descending in parts if part != F("institution")}
    return [part for part, _ in parts] == needed and len(ways) == 1


def indexes(model: type[Model]) -> Iterator[list[Part]]:
    for index in model._meta.indexes:
        if index.condition is None and type(index) is Index:
            yield [(F(name), way == "DESC") for name, way in index.fields_orders] or [
                as_part(expression) for expression in index.expressions
            ]


def as_part(expression: Any) -> Part:
    return (expression.expression, expression.descending) if isinstance(expression, OrderBy) else (expression, False)


def uniques(model: type[Model]) -> Iterator[list[F]]:
    for constraint in model._meta.constraints:
        if isinstance(constraint, UniqueConstraint) and constraint.condition is None:
            yield [F(name) for name in constraint.fields]
    yield from ([F(field.name)] for field in model._meta.local_fields if field.unique)

"""This file holds how a figure is worked out: in the database, over what the actor's permission reaches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from django.db.models import F, Model, Q, QuerySet
from django.utils import timezone

from academic.models import Assessment, Section
from analysis.figures.definitions import DIMENSION_MODELS, Figure, rate
from core.actor import Actor
from core.errors import RuleBroken
from core.tenancy.scope import reading

PERMISSION = "analysis.view_figure"
MOST_ROWS = 10_000

Row = dict[str, Any]


@dataclass(frozen=True)
class Table:
    """A figure as it stood at one instant: a row for each group, and the total over all of them."""

    figure: Figure
    by: tuple[str, ...]
    as_of: datetime
    rows: list[Row]
    total: Row


def table_of(actor: Actor, figure: Figure, by: Sequence[str], narrowed: Mapping[str, list[str]]) -> Table:
    """The figure divided by some of its dimensions, over the rows that match `narrowed` (dimension -> values).

    A row of another table is meant by its id or its code. The total is counted by itself: people don't add up.
    """
    with reading(actor, PERMISSION):
        as_of = timezone.now()
        rows = figure.model.objects.visible_to(actor, PERMISSION).order_by()
        if figure.among:
            # One day for all institutions: a figure over several of them is of one moment.
            rows = rows.filter(figure.among(timezone.localdate()))
        for dimension, values in narrowed.items():
            rows = rows.filter(condition(figure, dimension, values))
        groups = [named(figure, group) for group in grouped(rows, figure, by)]
        label(groups, by)
        total = named(figure, rows.aggregate(**numbered(figure)))
    return Table(figure, tuple(by), as_of, groups, total)


def grouped(rows: QuerySet, figure: Figure, by: Sequence[str]) -> list[Row]:
    if not by:
        return []
    keys = {f"by_{dimension}": F(figure.dimensions[dimension]) for dimension in by}
    found = list(rows.values(**keys).annotate(**numbered(figure)).order_by(*keys)[: MOST_ROWS + 1])
    if len(found) > MOST_ROWS:
        message = f"This has more than {MOST_ROWS} rows: narrow it, or divide it by less."
        raise RuleBroken("too_many_rows", message, field="by")
    return found


def numbered(figure: Figure) -> dict[str, Any]:
    """The measures under names that no column has."""
    return {f"figure_{name}": aggregate for name, aggregate in figure.measures.items()}


def named(figure: Figure, group: Row) -> Row:
    """One row as it is shown: dimensions, measures, and the rates made from them."""
    measures = {name: shown(group[f"figure_{name}"]) for name in figure.measures}
    rates = {name: rate(measures[part], measures[whole]) for name, (part, whole) in figure.rates.items()}
    dimensions = {key.removeprefix("by_"): value for key, value in group.items() if key.startswith("by_")}
    return {**dimensions, **measures, **rates}


def shown(value: Any) -> Any:
    # A mean is rounded once, here.
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP) if isinstance(value, Decimal) else value


def condition(figure: Figure, dimension: str, values: list[str]) -> Q:
    path = figure.dimensions[dimension]
    if figure.target(dimension) is None:
        return Q(**{f"{path}__in": values})
    ids: list[str] = []
    codes: list[str] = []
    for value in values:
        (ids if is_id(value) else codes).append(value)
    code = "code__in" if path == "pk" else f"{path}__code__in"
    return Q(**{f"{path}__in": ids}) | (Q(**{code: codes}) if codes else Q(pk__in=()))


def is_id(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False


def label(groups: list[Row], by: Sequence[str]) -> None:
    """Put a name in the place of each id. One query for each dimension, whatever the number of rows."""
    for dimension in by:
        model = DIMENSION_MODELS.get(dimension)
        if model is None:
            continue
        names = names_of(model, {group[dimension] for group in groups} - {None})
        for group in groups:
            group[dimension] = names.get(group[dimension])
    groups.sort(key=lambda group: [order_of(group[dimension]) for dimension in by])


def order_of(value: Any) -> tuple[str, str]:
    """Rows stand in the order of names and values, for a person to read; "not stated" comes first."""
    if isinstance(value, dict):
        return value["name"], value["code"]
    return "" if value is None else str(value), ""


def names_of(model: type[Model], ids: set[UUID]) -> dict[UUID, Row]:
    """id -> id, code and name. Whoever counts rows may read the names of what they point to."""
    rows = model._base_manager.filter(pk__in=ids)
    if model is Section:
        pairs = rows.values_list("pk", "code", "course__code", "term__code")
        return {pk: name(pk, code, f"{course} {term}") for pk, code, course, term in pairs}
    if model is Assessment:
        quads = rows.values_list("pk", "code", "section__course__code", "section__term__code")
        return {pk: name(pk, code, f"{course} {term}") for pk, code, course, term in quads}
    title = "title" if hasattr(model, "title") else "name"
    return {pk: name(pk, code, text) for pk, code, text in rows.values_list("pk", "code", title)}


def name(pk: UUID, code: str, text: str) -> Row:
    return {"id": pk, "code": code, "name": text}

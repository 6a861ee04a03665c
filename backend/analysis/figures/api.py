"""This file holds figures over HTTP."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.http import QueryDict
from rest_framework import serializers
from rest_framework.response import Response

from analysis.figures.definitions import FIGURES, FIRST, Figure
from analysis.figures.queries import PERMISSION, Table, is_id, table_of
from core.errors import Invalid, NotVisible, Problem
from core.http.views import ActingRequest, Endpoint


class FigureSerializer(serializers.Serializer):
    """What a figure is."""

    figure = serializers.CharField()
    title = serializers.CharField()
    definition = serializers.CharField()
    population = serializers.CharField()
    measures = serializers.ListField(child=serializers.CharField())
    dimensions = serializers.ListField(child=serializers.CharField())


class TableSerializer(serializers.Serializer):
    """A figure as it stood at one instant."""

    figure = serializers.CharField()
    title = serializers.CharField()
    definition = serializers.CharField()
    population = serializers.CharField()
    as_of = serializers.DateTimeField()
    by = serializers.ListField(child=serializers.CharField())
    rows = serializers.ListField(child=serializers.DictField(), help_text="One for each group.")
    total = serializers.DictField(help_text="The measures over all groups, counted by themselves.")


class FigureList(Endpoint):
    """The figures there are, with their definitions and what they can be divided by."""

    needs = {"get": PERMISSION}
    serializer_class = FigureSerializer(many=True)

    def get(self, request: ActingRequest) -> Response:
        return Response([described(figure) for figure in FIGURES.values()])


class FigureTable(Endpoint):
    """One figure, over the rows at your place: `?by=course,result` divides it, `?course=AAA` narrows it."""

    needs = {"get": PERMISSION}
    serializer_class = TableSerializer

    def check_parameters(self, request: ActingRequest) -> None:
        """Which there are depends on the figure: `asked` judges them."""

    def get(self, request: ActingRequest, figure: str) -> Response:
        if figure not in FIGURES:
            raise NotVisible()
        by, narrowed = asked(FIGURES[figure], request.query_params)
        return Response(answer(table_of(request.actor, FIGURES[figure], by, narrowed)))


class Dashboard(Endpoint):
    """The first figures of an institution, or of the nation for those who reach it: each the same as by its name."""

    needs = {"get": PERMISSION}
    serializer_class = TableSerializer(many=True)
    parameters = {"institution": "Narrow all of them to one institution, by its code or id."}

    def get(self, request: ActingRequest) -> Response:
        place = request.query_params.get("institution")
        narrowed = {"institution": [str(place)]} if place else {}
        return Response([answer(table_of(request.actor, FIGURES[name], by, narrowed)) for name, by in FIRST.items()])


def described(figure: Figure) -> dict[str, Any]:
    return {
        "figure": figure.name,
        "title": figure.title,
        "definition": figure.definition,
        "population": figure.population,
        "measures": [*figure.measures, *figure.rates],
        "dimensions": list(figure.dimensions),
    }


def answer(table: Table) -> dict[str, Any]:
    figure = table.figure
    return {
        "figure": figure.name,
        "title": figure.title,
        "definition": figure.definition,
        "population": figure.population,
        "as_of": table.as_of,
        "by": table.by,
        "rows": table.rows,
        "total": table.total,
    }


def asked(figure: Figure, query: QueryDict) -> tuple[list[str], Mapping[str, list[str]]]:
    """What to divide by and what to narrow to; everything that is wrong with the question is told at once."""
    by = [name for given in query.getlist("by") for name in str(given).split(",") if name]
    narrowed = {name: str(query[name]).split(",") for name in query if name != "by"}
    if problems := [*problems_of(figure, by, narrowed)]:
        raise Invalid(problems)
    return list(dict.fromkeys(by)), narrowed


def problems_of(figure: Figure, by: list[str], narrowed: Mapping[str, list[str]]) -> Iterator[Problem]:
    allowed = ", ".join(figure.dimensions)
    for name in by:
        if name not in figure.dimensions:
            message = f"This figure can't be divided by {name}. It can by: {allowed}."
            yield Problem("unknown_dimension", message, "by")
    for name, values in narrowed.items():
        if name not in figure.dimensions:
            yield Problem("unknown_parameter", f"There is no such parameter. Allowed are: by, {allowed}.", name)
        elif figure.target(name) is None:
            yield from problems_of_values(figure, name, values)
        elif name in ("section", "assessment") and not all(map(is_id, values)):
            yield Problem("invalid", f"Name a {name} by its id.", name)


def problems_of_values(figure: Figure, name: str, values: list[str]) -> Iterator[Problem]:
    """A plain dimension takes what its column takes."""
    field = field_at(figure, name)
    choices = [choice for choice, _ in field.flatchoices]
    listed = ", ".join(map(str, choices))
    for value in values:
        try:
            cleaned = field.to_python(value)
        except ValidationError:
            yield Problem("invalid", f"{value} is no {name.replace('_', ' ')}.", name)
            continue
        if choices and cleaned not in (*choices, ""):
            yield Problem("invalid_choice", f"There is no such value. Allowed are: {listed}.", name)


def field_at(figure: Figure, dimension: str) -> Any:
    model: Any = figure.model
    *steps, last = figure.dimensions[dimension].split("__")
    for step in steps:
        model = model._meta.get_field(step).related_model
    return model._meta.get_field(last)

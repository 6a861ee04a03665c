"""This file holds the use of rooms over HTTP."""

from datetime import date

from rest_framework import serializers
from rest_framework.response import Response

from analysis.figures.queries import PERMISSION
from analysis.room_use.queries import DEFINITION, DIMENSIONS, POPULATION, TITLE, use_of_rooms
from core.errors import Invalid, Problem
from core.http.views import ActingRequest, Endpoint


class RoomUseSerializer(serializers.Serializer):
    """The use of rooms in a period."""

    title = serializers.CharField()
    definition = serializers.CharField()
    population = serializers.CharField()
    as_of = serializers.DateTimeField()
    begin = serializers.DateField()
    end = serializers.DateField()
    rows = serializers.ListField(child=serializers.DictField(), help_text="One for each group.")
    total = serializers.DictField(help_text="The same over all rooms.")


class RoomUse(Endpoint):
    """How much of what the rooms at your place could seat in a period they did, by their bookings."""

    needs = {"get": PERMISSION}
    serializer_class = RoomUseSerializer
    parameters = {
        "begin": "The first day of the period, such as 2026-02-02.",
        "end": "The day after the last.",
        "by": f"What to divide it by: {', '.join(DIMENSIONS)}.",
    }

    def get(self, request: ActingRequest) -> Response:
        begin, end, by = asked(request)
        use = use_of_rooms(request.actor, begin, end, by)
        said = {"title": TITLE, "definition": DEFINITION, "population": POPULATION, "as_of": use.as_of}
        return Response({**said, "begin": begin, "end": end, "rows": use.rows, "total": use.total})


def asked(request: ActingRequest) -> tuple[date, date, str | None]:
    """The period and the dimension; everything that is wrong with the question is told at once."""
    days: dict[str, date] = {}
    problems = []
    for name in ("begin", "end"):
        try:
            days[name] = date.fromisoformat(request.query_params.get(name, ""))
        except ValueError:
            problems.append(Problem("invalid", "Give a day, such as 2026-02-02.", name))
    if not problems and days["end"] <= days["begin"]:
        problems.append(Problem("ends_before_it_starts", "The period ends after it begins.", "end"))
    by = request.query_params.get("by")
    if by is not None and by not in DIMENSIONS:
        allowed = ", ".join(DIMENSIONS)
        problems.append(Problem("unknown_dimension", f"This can't be divided by {by}. It can by: {allowed}.", "by"))
    if problems:
        raise Invalid(problems)
    return days["begin"], days["end"], by

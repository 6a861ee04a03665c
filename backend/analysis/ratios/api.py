"""This file holds /analysis/student-staff-ratio/ over HTTP."""

from decimal import ROUND_HALF_UP
from typing import Any

from rest_framework import serializers
from rest_framework.response import Response

from analysis.figures.queries import PERMISSION
from analysis.ratios.queries import DIMENSIONS, Ratios, ratios_of
from core.errors import Invalid, Problem
from core.http.views import ActingRequest, Endpoint

DEFINITION = (
    "Student FTE divided by academic staff FTE. Student FTE is the sum of registered credits, each divided by the"
    " credits of a full-time year: what the version of the student's program asks, divided by its years. Staff FTE is"
    " that of contracts for teaching, or for teaching and research. No staff is null."
)
POPULATION = (
    "Registrations of the academic year that were active on the census day of their term (its last day where it has"
    " none); contracts that ran on the first such day of the year, where the home of the member is today."
    " `without_load` counts the registrations whose program does not say what a full-time year asks: they are no part"
    " of student FTE."
)
ALLOWED = ", ".join(DIMENSIONS)


def rounded(**options: Any) -> serializers.DecimalField:
    """Where a figure is rounded, once: nothing is worked out from what is shown."""
    return serializers.DecimalField(None, 2, rounding=ROUND_HALF_UP, **options)


class PlaceSerializer(serializers.Serializer):
    """The institution, faculty or department of a row."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    name = serializers.CharField()


class RatioSerializer(serializers.Serializer):
    """Students and academic staff of one place."""

    place = PlaceSerializer(allow_null=True)
    student_fte = rounded()
    staff_fte = rounded()
    without_load = serializers.IntegerField()
    students_per_staff = rounded(allow_null=True)


class RatiosSerializer(serializers.Serializer):
    """The ratio of an academic year, as it stood at one instant."""

    definition = serializers.CharField()
    population = serializers.CharField()
    academic_year = serializers.IntegerField()
    by = serializers.CharField(allow_null=True)
    as_of = serializers.DateTimeField()
    rows = RatioSerializer(many=True)
    total = RatioSerializer()


class StudentStaffRatio(Endpoint):
    """Students to academic staff in an academic year, over the rows at your place."""

    needs = {"get": PERMISSION}
    serializer_class = RatiosSerializer
    parameters = {"academic_year": "The year in which the academic year begins.", "by": f"Divide it by: {ALLOWED}."}

    def get(self, request: ActingRequest) -> Response:
        year, by = asked(request.query_params.get("academic_year", ""), request.query_params.get("by"))
        return Response(told(ratios_of(request.actor, year, by), year, by))


def asked(year: str, by: str | None) -> tuple[int, str | None]:
    problems = []
    if not (year.isascii() and year.isdigit() and len(year) == len("2026")):
        problems.append(Problem("invalid", "Name the year in which it begins, such as 2026.", "academic_year"))
    if by is not None and by not in DIMENSIONS:
        problems.append(Problem("unknown_dimension", f"It can be divided by: {ALLOWED}.", "by"))
    if problems:
        raise Invalid(problems)
    return int(year), by


def told(ratios: Ratios, year: int, by: str | None) -> dict:
    stated = {"definition": DEFINITION, "population": POPULATION, "academic_year": year, "by": by}
    answer = {**stated, "as_of": ratios.as_of, "rows": ratios.rows, "total": ratios.total}
    return dict(RatiosSerializer(answer).data)

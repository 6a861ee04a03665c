"""This file holds /academic/teaching-loads/ over HTTP."""

from decimal import ROUND_HALF_UP
from typing import Any

from rest_framework import serializers
from rest_framework.response import Response

from academic.calendar.models import Term
from academic.teaching_loads.queries import VIEW, loads_in
from core.errors import Invalid, NotVisible, Problem
from core.http.parameters import asked_id
from core.http.views import ActingRequest, Endpoint
from core.tenancy.scope import reading

VIEW_TERM = "academic.view_term"


def rounded(**options: Any) -> serializers.DecimalField:
    """Hours, rounded where they are shown."""
    return serializers.DecimalField(None, 2, rounding=ROUND_HALF_UP, **options)


class LoadSerializer(serializers.Serializer):
    """What one lecturer teaches in a term."""

    account = serializers.UUIDField()
    name = serializers.CharField()
    sections = serializers.IntegerField(help_text="Those that meet together are one.")
    hours = rounded(help_text="Those that occurrences take, times the share.")
    unshared = rounded(help_text="How many of them have no share stated, and count in full.")
    fte = rounded(allow_null=True, help_text="Of all contracts, for the days of the term that each has.")
    norm = rounded(allow_null=True, help_text="The hours that these contracts ask for.")
    most = rounded(allow_null=True)
    balance = rounded(allow_null=True, help_text="Hours less norm.")
    status = serializers.ChoiceField(["under", "even", "over", "above_most", "no_norm"])
    reasons = serializers.ListField(child=serializers.CharField())


class TeachingLoads(Endpoint):
    """What lecturers teach in a term against the norm of their contracts, the largest excess first."""

    needs = {"get": VIEW}
    serializer_class = LoadSerializer(many=True)
    parameters = {
        "term": "The id of a term; its parts count with it.",
        "department": "Only its members of staff, and who teaches sections there: its id.",
    }

    def get(self, request: ActingRequest) -> Response:
        key, department = asked_id(request, "term"), asked_id(request, "department")
        if key is None:
            raise Invalid([Problem("required", "Name a term by its id.", "term")])
        with reading(request.actor, VIEW):
            term = Term.objects.visible_to(request.actor, VIEW_TERM).filter(pk=key).first()
            if term is None:
                raise NotVisible()
            if term.kind != Term.Kind.TERM:
                raise Invalid([Problem("not_a_term", "Name a term: no year, and no part of a term.", "term")])
            loads = loads_in(request.actor, term, department)
        return Response(LoadSerializer(loads, many=True).data)

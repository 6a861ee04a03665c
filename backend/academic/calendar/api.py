"""This file holds /academic/terms/ over HTTP."""

from rest_framework import serializers

from academic.calendar import rules
from academic.calendar.models import Term
from academic.names import TermName
from core.http.resource import ResourceViewSet
from core.lists import Ref

VIEW = "academic.view_term"


class TermSerializer(serializers.ModelSerializer):
    """One year, term or part of a term."""

    parent = Ref(  # type: ignore[assignment]  # DRF has another meaning for the name, on serializers only
        TermName, view_permission=VIEW, required=False, allow_null=True
    )

    class Meta:
        model = Term
        fields = [
            "id", "institution", "kind", "parent", "track", "code", "name", "academic_year", "starts_on", "ends_on",
            "census_on", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution"]


class TermChangeSerializer(TermSerializer):
    """What may be changed of a term: not its kind."""

    class Meta(TermSerializer.Meta):
        read_only_fields = ["institution", "kind"]


class TermViewSet(ResourceViewSet):
    """The calendar: years, the terms in which courses are taught, and parts of terms."""

    queryset = Term.objects.all()
    serializer_class = TermSerializer
    change_serializer_class = TermChangeSerializer
    view_permission = VIEW
    filters = {
        "institution": ["exact"],
        "kind": ["exact", "in"],
        "parent": ["exact", "in"],
        "track": ["exact", "in"],
        "code": ["exact", "in"],
        "academic_year": ["exact", "in", "gte", "lt"],
        "starts_on": ["gte", "lt"],
    }
    orders = {"id": "id", "starts_on": "starts_on"}
    rules = {"create": rules.add_term, "update": rules.change_term}

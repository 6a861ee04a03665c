"""This file holds /academic/terms/ over HTTP."""

from rest_framework import serializers

from academic.calendar import rules
from academic.calendar.models import Term
from core.http.resource import ResourceViewSet


class TermSerializer(serializers.ModelSerializer):
    """One term."""

    class Meta:
        model = Term
        fields = [
            "id", "institution", "code", "name", "academic_year", "starts_on", "ends_on", "census_on",
            "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution"]


class TermViewSet(ResourceViewSet):
    """The calendar: the terms in which courses are taught."""

    queryset = Term.objects.all()
    serializer_class = TermSerializer
    view_permission = "academic.view_term"
    filters = {
        "institution": ["exact"],
        "code": ["exact", "in"],
        "academic_year": ["exact", "in", "gte", "lt"],
        "starts_on": ["gte", "lt"],
    }
    orders = {"id": "id", "starts_on": "starts_on"}
    rules = {"create": rules.add_term, "update": rules.change_term}

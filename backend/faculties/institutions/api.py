"""This file holds /institutions/ over HTTP."""

from rest_framework import serializers

from core.http.resource import ResourceViewSet, Verb
from faculties.institutions import rules
from faculties.institutions.models import Institution


class InstitutionSerializer(serializers.ModelSerializer):
    """One institution of the national register."""

    class Meta:
        model = Institution
        fields = [
            "id", "code", "name", "type", "sector", "province", "status", "email", "phone", "address", "website",
            "established", "closed_on", "capacity", "time_zone", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["status", "closed_on"]


class ClosingSerializer(serializers.Serializer):
    """The day on which an institution closes."""

    closed_on = serializers.DateField()


class InstitutionViewSet(ResourceViewSet):
    """The national register of institutions."""

    queryset = Institution.objects.all()
    serializer_class = InstitutionSerializer
    view_permission = "faculties.view_institution"
    filters = {
        "code": ["exact", "in"],
        "type": ["exact", "in"],
        "sector": ["exact"],
        "province": ["exact", "in"],
        "status": ["exact", "in"],
    }
    search_fields = ["search_text"]
    orders = {"id": "id", "name": "name", "code": "code"}
    verbs = {
        "suspend": Verb(rules.suspend_institution),
        "reopen": Verb(rules.reopen_institution),
        "close": Verb(rules.close_institution, ClosingSerializer),
    }
    rules = {"create": rules.enter_institution, "update": rules.change_institution}

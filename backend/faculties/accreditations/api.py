"""This file holds /accreditations/ over HTTP."""

from rest_framework import serializers

from core.http.resource import ResourceViewSet, Verb
from faculties.accreditations import rules
from faculties.accreditations.models import Accreditation

ENTERED = [Accreditation.Status.GRANTED, Accreditation.Status.CONDITIONAL]


class AccreditationSerializer(serializers.ModelSerializer):
    """One accreditation of an institution by one body."""

    class Meta:
        model = Accreditation
        fields = [
            "id", "institution", "body", "number", "starts_on", "ends_on", "status", "conditions",
            "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution"]

    def validate_status(self, status: str) -> str:
        if status not in ENTERED:
            raise serializers.ValidationError("Withdraw an accreditation by its verb, with the day.", "by_verb")
        return status


class AccreditationChangeSerializer(AccreditationSerializer):
    """What may be changed of an accreditation: not by whom it is."""

    class Meta(AccreditationSerializer.Meta):
        read_only_fields = ["institution", "body"]


class AccreditationWithdrawalSerializer(serializers.Serializer):
    """The first day on which an accreditation holds no more, and why."""

    withdrawn_on = serializers.DateField()
    reason = serializers.CharField(max_length=1000)


class AccreditationViewSet(ResourceViewSet):
    """Accreditations of institutions: the regulator writes them, and each institution reads its own."""

    queryset = Accreditation.objects.all()
    serializer_class = AccreditationSerializer
    change_serializer_class = AccreditationChangeSerializer
    view_permission = "faculties.view_institution"
    filters = {
        "institution": ["exact"],
        "body": ["exact", "in"],
        "status": ["exact", "in"],
        "starts_on": ["lte", "gte"],
        "ends_on": ["isnull", "lt", "gte"],
    }
    verbs = {"withdraw": Verb(rules.withdraw_accreditation, AccreditationWithdrawalSerializer)}
    rules = {"create": rules.grant_accreditation, "update": rules.change_accreditation}

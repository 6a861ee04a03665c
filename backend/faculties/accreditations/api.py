"""This file holds /accreditations/ over HTTP."""

from core.http.resource import ResourceViewSet, Verb
from faculties.accreditations import rules
from faculties.accreditations.bodies import FIELDS, AccreditationByBodySerializer, AccreditationWithdrawalSerializer
from faculties.accreditations.models import Accreditation


class AccreditationSerializer(AccreditationByBodySerializer):
    """One accreditation of an institution by one body."""

    class Meta:
        model = Accreditation
        fields = ["id", "institution", *FIELDS, "created_at", "updated_at"]
        read_only_fields = ["institution"]


class AccreditationChangeSerializer(AccreditationSerializer):
    """What may be changed of an accreditation: not by whom it is."""

    class Meta(AccreditationSerializer.Meta):
        read_only_fields = ["institution", "body"]


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

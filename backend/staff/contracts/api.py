"""This file holds /staff/contracts/ over HTTP."""

from rest_framework import serializers

from core.http.resource import ResourceViewSet, Verb
from core.lists import Ref
from staff.contracts import rules
from staff.contracts.models import Contract
from staff.names import MemberName


class ContractSerializer(serializers.ModelSerializer):
    """One contract of one member of staff."""

    member = Ref(MemberName, view_permission="staff.view_member")

    class Meta:
        model = Contract
        fields = [
            "id", "institution", "member", "kind", "activity", "fte", "starts_on", "ends_on", "created_at",
            "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution"]


class ContractChangeSerializer(ContractSerializer):
    """What may be corrected of a contract: not whose it is."""

    member = Ref(MemberName, view_permission="staff.view_member", read_only=True)


class ContractEndSerializer(serializers.Serializer):
    """The last day of a contract."""

    ends_on = serializers.DateField()


class ContractViewSet(ResourceViewSet):
    """Contracts: what members of staff are employed to do, for how much of a full post, and when."""

    queryset = Contract.objects.all()
    serializer_class = ContractSerializer
    change_serializer_class = ContractChangeSerializer
    view_permission = "staff.view_contract"
    filters = {
        "institution": ["exact"],
        "member": ["exact", "in"],
        "kind": ["exact", "in"],
        "activity": ["exact", "in"],
        "starts_on": ["gte", "lt"],
        "ends_on": ["isnull", "gte", "lt"],
    }
    orders = {"id": "id", "starts_on": "starts_on"}
    verbs = {"end": Verb(rules.end_contract, ContractEndSerializer)}
    rules = {"create": rules.sign_contract, "update": rules.change_contract}

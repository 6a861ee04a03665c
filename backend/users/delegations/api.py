"""This file holds delegations over HTTP."""

from rest_framework import serializers

from core.http.resource import ResourceViewSet, Verb
from core.lists import Ref
from users.delegations import rules
from users.delegations.models import Delegation
from users.names import PersonName


class DelegationSerializer(serializers.ModelSerializer):
    """What one person lends to another until a day."""

    delegator = Ref(PersonName, view_permission="users.view_user", cached=False, read_only=True)
    delegate = Ref(PersonName, view_permission="users.view_user", cached=False, read_only=True)
    to = serializers.EmailField(write_only=True, help_text="The colleague's e-mail address.")
    permissions = serializers.ListField(
        child=serializers.CharField(max_length=100),
        required=False,
        min_length=1,
        max_length=200,
        help_text="What to lend; without it all that can be lent.",
    )
    reason = serializers.CharField(max_length=500, help_text="Why, for those who look at it later.")
    valid_until = serializers.DateField()

    examples = {"permissions": ["students.view_student"]}

    class Meta:
        model = Delegation
        fields = [
            "id", "institution", "delegator", "delegate", "to", "permissions", "reason", "valid_from", "valid_until",
            "is_revoked", "created_at",
        ]  # fmt: skip
        read_only_fields = ["institution", "is_revoked"]


class DelegationViewSet(ResourceViewSet):
    """Delegations: what people lend of their rights to colleagues, seen by both and by who may at the institution."""

    queryset = Delegation.objects.all()
    serializer_class = DelegationSerializer
    view_permission = "users.view_delegation"
    filters = {
        "delegator": ["exact"],
        "delegate": ["exact"],
        "valid_until": ["lt", "gte"],
        "is_revoked": ["exact"],
    }
    orders = {"id": "id"}
    verbs = {"end": Verb(rules.end_delegation)}
    rules = {"create": rules.delegate}

    @classmethod
    def takes_bulk(cls) -> bool:
        return False

"""This file holds groups and their members over HTTP."""

from rest_framework import serializers

from core.http.resource import ResourceViewSet, Verb
from core.lists import Ref
from users.groups import rules
from users.groups.models import Group, Membership
from users.names import GroupName, PersonName
from users.roles.bodies import LastDaySerializer


class GroupSerializer(serializers.ModelSerializer):
    """One group of an institution. What it holds stands in grants, who is in it in memberships."""

    class Meta:
        model = Group
        fields = ["id", "institution", "name", "closed_at", "created_at", "updated_at"]
        read_only_fields = ["institution", "closed_at"]
        validators: list = []  # the constraint says "once", and knows the institution


class GroupViewSet(ResourceViewSet):
    """Groups: people of one institution who hold the same roles as long as they are in it."""

    queryset = Group.objects.all()
    serializer_class = GroupSerializer
    view_permission = "users.view_group"
    filters = {"closed_at": ["isnull"]}
    orders = {"id": "id", "name": "name"}
    verbs = {"close": Verb(rules.close_group)}
    rules = {"create": rules.add_group, "update": rules.change_group}


class MembershipSerializer(serializers.ModelSerializer):
    """One person in one group, from a day to a day."""

    group = Ref(GroupName, view_permission="users.view_group")
    user = Ref(PersonName, view_permission="users.view_user", cached=False)

    class Meta:
        model = Membership
        fields = [
            "id", "institution", "group", "user", "valid_from", "valid_until", "is_revoked", "created_at",
        ]  # fmt: skip
        read_only_fields = ["institution", "is_revoked"]
        validators: list = []  # the constraint says "once"


class MembershipViewSet(ResourceViewSet):
    """Memberships: who is in which group, and from when until when."""

    queryset = Membership.objects.all()
    serializer_class = MembershipSerializer
    view_permission = "users.view_group"
    filters = {
        "group": ["exact"],
        "user": ["exact"],
        "valid_until": ["isnull", "lt", "gte"],
        "is_revoked": ["exact"],
    }
    orders = {"id": "id"}
    verbs = {"end": Verb(rules.end_membership, LastDaySerializer)}
    rules = {"create": rules.add_member}

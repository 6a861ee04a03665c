"""This file holds roles and grants over HTTP."""

from typing import Any

from rest_framework import serializers

from core.http.resource import ResourceViewSet, Verb
from core.lists import Ref
from faculties.names import DepartmentName, FacultyName, InstitutionName
from users.names import GroupName, PersonName, RoleName
from users.roles import rules
from users.roles.bodies import LastDaySerializer
from users.roles.models import Grant, Role, RolePermission


class HeldPermissionSerializer(serializers.Serializer):
    """One permission of a role, and whether over a place or over related rows."""

    permission = serializers.CharField(max_length=100)
    over = serializers.ChoiceField(RolePermission.Over.choices)


class RoleSerializer(serializers.ModelSerializer):
    """One role. Those without an institution are shipped, the same everywhere."""

    institution = Ref(InstitutionName, view_permission="faculties.view_institution", read_only=True)
    tier = serializers.ChoiceField(Role.Tier.choices, help_text="The highest place at which it may be granted.")
    permissions: Any = serializers.ListField(
        child=HeldPermissionSerializer(), write_only=True, min_length=1, max_length=200, help_text="What it holds."
    )

    class Meta:
        model = Role
        fields = ["id", "institution", "code", "name", "tier", "is_shipped", "closed_at", "permissions"]
        read_only_fields = ["is_shipped", "closed_at"]
        validators: list = []  # the constraint says "once", and knows the institution


class RoleWithPermissionsSerializer(RoleSerializer):
    """One role with everything it holds."""

    permissions = HeldPermissionSerializer(many=True, read_only=True)


class RoleChangeSerializer(RoleSerializer):
    """What may be changed of a role: its name, and what it holds."""

    class Meta(RoleSerializer.Meta):
        read_only_fields = [*RoleSerializer.Meta.read_only_fields, "code", "tier"]


class RoleViewSet(ResourceViewSet):
    """Roles: named sets of permissions. The list names them; a single one shows what it holds."""

    queryset = Role.objects.all()
    serializer_class = RoleSerializer
    detail_serializer_class = RoleWithPermissionsSerializer
    change_serializer_class = RoleChangeSerializer
    view_permission = "users.view_role"
    filters = {
        "code": ["exact", "in"],
        "tier": ["exact", "in"],
        "institution": ["exact", "isnull"],
        "closed_at": ["isnull"],
    }
    orders = {"id": "id", "name": "name"}
    verbs = {"close": Verb(rules.close_role)}
    rules = {"create": rules.compose_role, "update": rules.change_role}


class GrantSerializer(serializers.ModelSerializer):
    """One role held by one person or one group at one place. Without an institution the place is the nation."""

    user = Ref(PersonName, view_permission="users.view_user", cached=False, required=False, allow_null=True)
    group = Ref(GroupName, view_permission="users.view_group", required=False, allow_null=True)
    role = Ref(RoleName, view_permission="users.view_role")
    institution = Ref(InstitutionName, view_permission="faculties.view_institution", required=False, allow_null=True)
    faculty = Ref(FacultyName, view_permission="faculties.view_faculty", required=False, allow_null=True)
    department = Ref(DepartmentName, view_permission="faculties.view_department", required=False, allow_null=True)

    class Meta:
        model = Grant
        fields = [
            "id", "user", "group", "role", "institution", "faculty", "department", "valid_from", "valid_until",
            "is_revoked", "created_at",
        ]  # fmt: skip
        read_only_fields = ["is_revoked"]
        validators: list = []  # the rule says "held once", and knows that no unit is one too


class GrantViewSet(ResourceViewSet):
    """Grants: who holds which role where, and from when until when."""

    queryset = Grant.objects.all()
    serializer_class = GrantSerializer
    view_permission = "users.view_grant"
    filters = {
        "user": ["exact"],
        "group": ["exact"],
        "role": ["exact"],
        "institution": ["exact", "isnull"],
        "valid_until": ["isnull", "lt", "gte"],
        "is_revoked": ["exact"],
    }
    orders = {"id": "id"}
    verbs = {"end": Verb(rules.end_grant, LastDaySerializer)}
    rules = {"create": rules.give_grant}

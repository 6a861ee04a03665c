"""This file holds roles and grants over HTTP."""

from rest_framework import serializers

from core.http.resource import ResourceViewSet, Verb
from core.lists import Ref
from faculties.names import DepartmentName, FacultyName, InstitutionName
from users.names import PersonName, RoleName
from users.roles import rules
from users.roles.models import Grant, Role


class RoleSerializer(serializers.ModelSerializer):
    """One role, as the list shows it."""

    class Meta:
        model = Role
        fields = ["id", "code", "name", "tier", "is_shipped"]


class HeldPermissionSerializer(serializers.Serializer):
    """One permission of a role, and whether over a place or over related rows."""

    permission = serializers.CharField()
    over = serializers.CharField()


class RoleWithPermissionsSerializer(RoleSerializer):
    """One role with everything it holds."""

    permissions = HeldPermissionSerializer(many=True, read_only=True)

    class Meta(RoleSerializer.Meta):
        fields = [*RoleSerializer.Meta.fields, "permissions"]


class RoleViewSet(ResourceViewSet):
    """Roles: named sets of permissions. The list names them; a single one shows what it holds."""

    queryset = Role.objects.all()
    serializer_class = RoleSerializer
    detail_serializer_class = RoleWithPermissionsSerializer
    view_permission = "users.view_role"
    filters = {"code": ["exact", "in"], "tier": ["exact", "in"]}
    orders = {"id": "id", "name": "name"}


class GrantSerializer(serializers.ModelSerializer):
    """One role held by one person at one place. Without an institution the place is the nation."""

    user = Ref(PersonName, view_permission="users.view_user", cached=False)
    role = Ref(RoleName, view_permission="users.view_role")
    institution = Ref(InstitutionName, view_permission="faculties.view_institution", required=False, allow_null=True)
    faculty = Ref(FacultyName, view_permission="faculties.view_faculty", required=False, allow_null=True)
    department = Ref(DepartmentName, view_permission="faculties.view_department", required=False, allow_null=True)

    class Meta:
        model = Grant
        fields = [
            "id", "user", "role", "institution", "faculty", "department", "valid_from", "valid_until", "is_revoked",
            "created_at",
        ]  # fmt: skip
        read_only_fields = ["is_revoked"]
        validators: list = []  # the rule says "held once", and knows that no unit is one too


class GrantEndSerializer(serializers.Serializer):
    """The last day of a grant; without one it ends at once."""

    valid_until = serializers.DateField(required=False, allow_null=True)


class GrantViewSet(ResourceViewSet):
    """Grants: who holds which role where, and from when until when."""

    queryset = Grant.objects.all()
    serializer_class = GrantSerializer
    view_permission = "users.view_grant"
    filters = {
        "user": ["exact"],
        "role": ["exact"],
        "institution": ["exact", "isnull"],
        "valid_until": ["isnull", "lt", "gte"],
        "is_revoked": ["exact"],
    }
    orders = {"id": "id"}
    verbs = {"end": Verb(rules.end_grant, GrantEndSerializer)}
    rules = {"create": rules.give_grant}

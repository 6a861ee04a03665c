"""This file holds the policies of institutions over HTTP."""

from rest_framework import serializers

from core.http.resource import ResourceViewSet
from core.lists import Ref
from faculties.names import DepartmentName, FacultyName, InstitutionName
from instauth.policies import rules
from instauth.policies.domains import DOMAIN
from instauth.policies.models import Policy
from users.names import RoleName


class PolicySerializer(serializers.ModelSerializer):
    """What one institution asks of the people who sign in there."""

    institution = Ref(InstitutionName, view_permission="faculties.view_institution", read_only=True)
    email_domains = serializers.ListField(
        child=serializers.CharField(validators=[DOMAIN]), max_length=20, required=False, help_text="example.ac.zw"
    )
    sign_up_role = Ref(RoleName, view_permission="users.view_role", required=False, allow_null=True)
    sign_up_faculty = Ref(FacultyName, view_permission="faculties.view_faculty", required=False, allow_null=True)
    sign_up_department = Ref(
        DepartmentName, view_permission="faculties.view_department", required=False, allow_null=True
    )

    examples = {"email_domains": ["example.ac.zw"]}

    class Meta:
        model = Policy
        fields = [
            "id", "institution", "email_domains", "second_factor", "idle_minutes", "longest_minutes", "sign_up_role",
            "sign_up_faculty", "sign_up_department", "created_at", "updated_at",
        ]  # fmt: skip


class PolicyViewSet(ResourceViewSet):
    """What institutions ask beyond the nation: domains, factors, session times, sign-up.

    There is one policy of each institution. Name the institution in X-Institution where you reach several.
    """

    queryset = Policy.objects.select_related("institution")
    serializer_class = PolicySerializer
    view_permission = "instauth.view_policy"
    filters = {"institution": ["exact"]}
    orders = {"id": "id"}
    rules = {"create": rules.set_policy, "update": rules.change_policy}

    @classmethod
    def takes_bulk(cls) -> bool:
        return False

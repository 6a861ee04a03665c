"""This file holds /staff/members/ over HTTP."""

from rest_framework import serializers

from core.http.resource import ResourceViewSet, Verb
from core.lists import Ref
from faculties.names import DepartmentName
from staff.identity import IDENTITY, NEEDED, ShowsIdentity, TakesIdentity
from staff.members import rules
from staff.members.models import Member
from users.names import PersonName


class MemberSerializer(TakesIdentity, serializers.ModelSerializer):
    """One member of staff as entered and listed. What identifies beyond the name is taken, and not shown."""

    department = Ref(DepartmentName, view_permission="faculties.view_department", required=False, allow_null=True)
    account = Ref(PersonName, view_permission="users.view_user", cached=False, required=False, allow_null=True)

    class Meta:
        model = Member
        fields = [
            "id", "institution", "number", "title", "given_names", "family_name", "sex", "birth_year", "nationality",
            "position", "specialization", "department", "account", "email", "joined_on", "left_on", "created_at",
            "updated_at", *IDENTITY,
        ]  # fmt: skip
        read_only_fields = ["institution", "left_on"]


class MemberDetailSerializer(ShowsIdentity, MemberSerializer):
    """One member of staff in full: what identifies is there for those who may see it."""


class LeavingSerializer(serializers.Serializer):
    """The last day of a member."""

    left_on = serializers.DateField()


class MemberViewSet(ResourceViewSet):
    """Members of staff: people as the institution that employs them knows them."""

    queryset = Member.objects.all()
    serializer_class = MemberSerializer
    detail_serializer_class = MemberDetailSerializer
    field_permissions = NEEDED
    view_permission = "staff.view_member"
    filters = {
        "institution": ["exact"],
        "number": ["exact", "in"],
        "sex": ["exact"],
        "department": ["exact", "in", "isnull"],
        "joined_on": ["gte", "lt"],
        "left_on": ["isnull", "gte", "lt"],
    }
    search_fields = ["search_text", "number"]
    orders = {"id": "id", "family_name": "family_name", "joined_on": "joined_on"}
    verbs = {"leave": Verb(rules.let_leave, LeavingSerializer), "reinstate": Verb(rules.reinstate)}
    rules = {"create": rules.enter_member, "update": rules.change_member}

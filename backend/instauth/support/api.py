"""This file holds support accesses over HTTP."""

from rest_framework import serializers
from rest_framework.response import Response

from core.http.resource import ResourceViewSet, Verb
from core.lists import Ref
from faculties.names import InstitutionName
from instauth.support import rules
from instauth.support.models import SupportAccess
from users.names import PersonName


class SupportAccessSerializer(serializers.ModelSerializer):
    """One time that staff acted as a person."""

    institution = Ref(InstitutionName, view_permission="faculties.view_institution", read_only=True)
    staff = Ref(PersonName, view_permission="users.view_user", cached=False, read_only=True)
    person = Ref(PersonName, view_permission="users.view_user", cached=False)
    minutes = serializers.IntegerField(write_only=True, required=False, min_value=1, max_value=rules.LONGEST_MINUTES)

    class Meta:
        model = SupportAccess
        fields = ["id", "institution", "staff", "person", "reason", "minutes", "created_at", "ends_at"]
        read_only_fields = ["ends_at"]


class SupportAccessDetailSerializer(SupportAccessSerializer):
    """One access; the answer that begins it holds the tokens to act with, and no other does."""

    access_token = serializers.CharField(read_only=True, allow_null=True)
    refresh_token = serializers.CharField(read_only=True, allow_null=True)

    class Meta(SupportAccessSerializer.Meta):
        fields = [*SupportAccessSerializer.Meta.fields, "session", "access_token", "refresh_token"]


class SupportAccessViewSet(ResourceViewSet):
    """Support accesses: who acted as whom, why, and until when. Name the institution in X-Institution."""

    queryset = SupportAccess.objects.all()
    serializer_class = SupportAccessSerializer
    detail_serializer_class = SupportAccessDetailSerializer
    view_permission = "instauth.view_support"
    filters = {"institution": ["exact"], "person": ["exact"], "staff": ["exact"], "created_at": ["gte", "lt"]}
    orders = {"id": "id"}
    verbs = {"end": Verb(rules.end_support)}
    rules = {"create": rules.begin_support}
    stores_answers = False

    @classmethod
    def takes_bulk(cls) -> bool:
        return False

    def answered(self, row: SupportAccess, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:  # type: ignore[override]
        response = super().answered(row, status=status, headers=headers)
        if row.access_token:
            response.data |= {"access_token": row.access_token, "refresh_token": row.refresh_token}
        return response

"""This file holds derived lists over HTTP."""

from rest_framework import serializers
from rest_framework.response import Response

from academic.names import EnrollmentName, ProgramName
from analysis.lists import rules
from analysis.lists.definitions import DEFINITIONS
from analysis.lists.models import DerivedList, ListMember
from core.http.resource import ResourceViewSet, Verb
from core.http.views import ActingRequest, Endpoint
from core.lists import Ref
from students.names import StudentName

VIEW = "analysis.view_list"


class RuleSerializer(serializers.Serializer):
    """One reason to be on a list."""

    code = serializers.CharField()
    means = serializers.CharField()


class DefinitionSerializer(serializers.Serializer):
    """What a list is."""

    name = serializers.CharField()
    title = serializers.CharField()
    means = serializers.CharField()
    rules = RuleSerializer(many=True)


class DefinitionList(Endpoint):
    """The derived lists that there are, and the rules of each."""

    needs = {"get": VIEW}
    serializer_class = DefinitionSerializer(many=True)

    def get(self, request: ActingRequest) -> Response:
        return Response(DefinitionSerializer(DEFINITIONS.values(), many=True).data)


class DerivedListSerializer(serializers.ModelSerializer):
    """One list at one institution, and when it was counted."""

    class Meta:
        model = DerivedList
        fields = ["id", "institution", "name", "counted_at", "members"]
        read_only_fields = ["institution", "counted_at", "members"]


class DerivedListViewSet(ResourceViewSet):
    """The lists that were counted. The worker counts every one at night."""

    queryset = DerivedList.objects.all()
    serializer_class = DerivedListSerializer
    view_permission = VIEW
    filters = {"institution": ["exact"], "name": ["exact", "in"]}
    verbs = {"count": Verb(rules.count_list)}
    rules = {"create": rules.begin_list}


class ListMemberSerializer(serializers.ModelSerializer):
    """One enrollment on a list, and why."""

    enrollment = Ref(EnrollmentName, view_permission="academic.view_enrollment", cached=False)
    student = Ref(StudentName, view_permission="students.view_student", cached=False)
    program = Ref(ProgramName, view_permission="academic.view_program")

    class Meta:
        model = ListMember
        fields = ["id", "institution", "list", "student", "enrollment", "program", "rules", "reasons", "since"]


class ListMemberViewSet(ResourceViewSet):
    """Who is on derived lists, and why. A list proposes; nothing follows from it by itself."""

    queryset = ListMember.objects.all()
    serializer_class = ListMemberSerializer
    view_permission = VIEW
    filters = {
        "institution": ["exact"],
        "list": ["exact", "in"],
        "student": ["exact", "in"],
        "program": ["exact", "in"],
        "since": ["gte", "lt"],
    }

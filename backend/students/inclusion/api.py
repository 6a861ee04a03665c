"""This file holds /students/inclusion/ over HTTP. There is no filter on what was stated: an address is on logs."""

from rest_framework import serializers

from core.http.resource import ResourceViewSet
from core.lists import Ref
from students.inclusion import rules
from students.inclusion.models import Inclusion
from students.names import StudentName


class InclusionSerializer(serializers.ModelSerializer):
    """What a student stated, coarse, and the support agreed on. Details are taken, and not shown."""

    student = Ref(StudentName, view_permission="students.view_student", cached=False)
    details = serializers.CharField(max_length=2000, write_only=True, required=False, allow_null=True)

    class Meta:
        model = Inclusion
        fields = [
            "id", "institution", "student", "starts_on", "ends_on", "disability", "details", "is_orphan", "is_refugee",
            "is_first_generation", "extra_time_percent", "arrangements", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution", "ends_on"]


class InclusionDetailSerializer(InclusionSerializer):
    """The same with the details, for those who may see them."""

    details = serializers.CharField(required=False, allow_null=True)


class InclusionChangeSerializer(InclusionSerializer):
    """What may be corrected: not whose it is, nor since when."""

    student = Ref(StudentName, view_permission="students.view_student", cached=False, read_only=True)

    class Meta(InclusionSerializer.Meta):
        read_only_fields = [*InclusionSerializer.Meta.read_only_fields, "starts_on"]


class InclusionViewSet(ResourceViewSet):
    """What students stated on disability and their circumstances, and the support agreed on."""

    queryset = Inclusion.objects.all()
    serializer_class = InclusionSerializer
    detail_serializer_class = InclusionDetailSerializer
    change_serializer_class = InclusionChangeSerializer
    field_permissions = {"details": "students.view_inclusion_details"}
    view_permission = "students.view_inclusion"
    filters = {"institution": ["exact"], "student": ["exact", "in"], "ends_on": ["isnull", "gte", "lt"]}
    rules = {"create": rules.state_inclusion, "update": rules.correct_inclusion}

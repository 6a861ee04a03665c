"""This file holds /academic/waivers/ over HTTP."""

from rest_framework import serializers

from academic.names import CourseName, SectionName
from academic.waivers import rules
from academic.waivers.models import Waiver
from core.http.resource import ResourceViewSet, Verb
from core.lists import Ref
from students.names import StudentName


class WaiverSerializer(serializers.ModelSerializer):
    """One check that one student need not pass."""

    student = Ref(StudentName, view_permission="students.view_student", cached=False)
    section = Ref(SectionName, view_permission="academic.view_section", cached=False, required=False, allow_null=True)
    course = Ref(CourseName, view_permission="academic.view_course", required=False, allow_null=True)

    class Meta:
        model = Waiver
        fields = [
            "id", "institution", "student", "section", "course", "waives", "reason", "until", "revoked_at",
            "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution", "revoked_at"]


class WaiverViewSet(ResourceViewSet):
    """Waivers: checks of registration that students need not pass."""

    queryset = Waiver.objects.all()
    serializer_class = WaiverSerializer
    view_permission = "academic.view_waiver"
    filters = {
        "institution": ["exact"],
        "student": ["exact", "in"],
        "section": ["exact", "in"],
        "course": ["exact", "in"],
        "waives": ["exact", "in"],
        "until": ["gte", "lt"],
    }
    verbs = {"revoke": Verb(rules.revoke_waiver)}
    rules = {"create": rules.give_waiver}

"""This file holds permits over HTTP."""

from rest_framework import serializers

from academic.names import CourseName
from academic.permits import rules
from academic.permits.models import CoursePermit
from core.http.resource import ResourceViewSet, Verb
from core.lists import Ref
from students.names import StudentName


class CoursePermitSerializer(serializers.ModelSerializer):
    """One student who may take one course."""

    student = Ref(StudentName, view_permission="students.view_student", cached=False)
    course = Ref(CourseName, view_permission="academic.view_course")

    class Meta:
        model = CoursePermit
        fields = [
            "id", "institution", "student", "course", "who", "starts_on", "ends_on", "reason", "created_at",
            "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution"]


class PermitEndSerializer(serializers.Serializer):
    """The last day of a permit."""

    ends_on = serializers.DateField()


class CoursePermitViewSet(ResourceViewSet):
    """Permits: who may take a course that asks for somebody's permission."""

    queryset = CoursePermit.objects.all()
    serializer_class = CoursePermitSerializer
    view_permission = "academic.view_permit"
    filters = {"institution": ["exact"], "student": ["exact", "in"], "course": ["exact", "in"], "who": ["exact"]}
    verbs = {"end": Verb(rules.end_permit, PermitEndSerializer)}
    rules = {"create": rules.give_permit}

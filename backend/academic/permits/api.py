"""This file holds permits over HTTP."""

from rest_framework import serializers

from academic.names import CourseName, SectionName
from academic.permits import rules
from academic.permits.models import CoursePermit
from core.http.resource import ResourceViewSet, Verb
from core.lists import Ref
from students.names import StudentName


class CoursePermitSerializer(serializers.ModelSerializer):
    """One student who may take one course."""

    student = Ref(StudentName, view_permission="students.view_student", cached=False, required=False)
    student_number = serializers.CharField(
        max_length=30, write_only=True, required=False, help_text="In place of the student, for who can't look them up."
    )
    course = Ref(CourseName, view_permission="academic.view_course", required=False)
    section = Ref(SectionName, view_permission="academic.view_section", cached=False, required=False, allow_null=True)

    class Meta:
        model = CoursePermit
        fields = [
            "id", "institution", "student", "student_number", "course", "section", "who", "given_by", "starts_on",
            "ends_on", "reason", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution", "given_by"]


class PermitEndSerializer(serializers.Serializer):
    """The last day of a permit."""

    ends_on = serializers.DateField()


class CoursePermitViewSet(ResourceViewSet):
    """Permits: who may take a course that asks for somebody's permission."""

    queryset = CoursePermit.objects.all()
    serializer_class = CoursePermitSerializer
    view_permission = "academic.view_permit"
    filters = {
        "institution": ["exact"],
        "student": ["exact", "in"],
        "course": ["exact", "in"],
        "section": ["exact", "in"],
        "who": ["exact"],
    }
    verbs = {"end": Verb(rules.end_permit, PermitEndSerializer)}
    rules = {"create": rules.give_permit}

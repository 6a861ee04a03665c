"""This file holds enrollments over HTTP."""

from rest_framework import serializers

from academic.enrollments import rules
from academic.enrollments.models import Enrollment, EnrollmentStatus, Status
from academic.names import EnrollmentName, ProgramVersionName
from core.http.resource import ResourceViewSet, Verb
from core.lists import Ref
from students.names import StudentName


class EnrollmentSerializer(serializers.ModelSerializer):
    """One student in one program version."""

    student = Ref(StudentName, view_permission="students.view_student", cached=False)
    program_version = Ref(ProgramVersionName, view_permission="academic.view_program", cached=False)
    reason = serializers.CharField(
        max_length=300, write_only=True, required=False, help_text="Why it is an exception, where it is one."
    )

    class Meta:
        model = Enrollment
        fields = [
            "id", "institution", "student", "program_version", "status", "year_of_study", "enrolled_on", "ended_on",
            "classification", "reason", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution", "status", "ended_on"]


class StatusChangeSerializer(serializers.Serializer):
    """The status an enrollment takes, from which day, and why."""

    status = serializers.ChoiceField(Status.choices)
    starts_on = serializers.DateField()
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True)


class EnrollmentViewSet(ResourceViewSet):
    """Enrollments: students in programs."""

    queryset = Enrollment.objects.all()
    serializer_class = EnrollmentSerializer
    view_permission = "academic.view_enrollment"
    filters = {
        "institution": ["exact"],
        "student": ["exact", "in"],
        "program_version": ["exact", "in"],
        "status": ["exact", "in"],
        "enrolled_on": ["gte", "lt"],
        "ended_on": ["isnull", "gte", "lt"],
    }
    verbs = {"change-status": Verb(rules.change_status, StatusChangeSerializer)}
    rules = {"create": rules.enroll_student}


class EnrollmentStatusSerializer(serializers.ModelSerializer):
    """One step in the history of an enrollment."""

    enrollment = Ref(EnrollmentName, view_permission="academic.view_enrollment", cached=False)

    class Meta:
        model = EnrollmentStatus
        fields = ["id", "institution", "enrollment", "status", "starts_on", "reason", "created_at"]


class EnrollmentStatusViewSet(ResourceViewSet):
    """The history of enrollments. It is written by changing a status."""

    queryset = EnrollmentStatus.objects.all()
    serializer_class = EnrollmentStatusSerializer
    view_permission = "academic.view_enrollment"
    filters = {"institution": ["exact"], "enrollment": ["exact", "in"], "status": ["exact", "in"]}

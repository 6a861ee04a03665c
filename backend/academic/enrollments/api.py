"""This file holds enrollments over HTTP."""

from rest_framework import serializers

from academic.enrollments import consents, rules
from academic.enrollments.models import Enrollment, EnrollmentStatus, Status, VersionConsent
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


class VersionChangeSerializer(serializers.Serializer):
    """The later version that a student comes under, from which day, and what they signed, if they did."""

    to_version = Ref(ProgramVersionName, view_permission="academic.view_program", cached=False)
    changed_on = serializers.DateField(required=False, help_text="Today where it is left out.")
    agreed_on = serializers.DateField(required=False, help_text="When it was signed; today where it is left out.")
    document = serializers.CharField(max_length=100, required=False, help_text="Where what was signed is kept.")


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
    verbs = {
        "change-status": Verb(rules.change_status, StatusChangeSerializer),
        "change-version": Verb(consents.change_version, VersionChangeSerializer),
    }
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


class VersionConsentSerializer(serializers.ModelSerializer):
    """One student's word to study under a later version."""

    enrollment = Ref(EnrollmentName, view_permission="academic.view_enrollment", cached=False)
    from_version = Ref(ProgramVersionName, view_permission="academic.view_program", cached=False, read_only=True)
    to_version = Ref(ProgramVersionName, view_permission="academic.view_program", cached=False)

    class Meta:
        model = VersionConsent
        fields = [
            "id", "institution", "enrollment", "from_version", "to_version", "how", "agreed_on", "document",
            "changed_on", "revoked_on", "revoked_because", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution", "how", "changed_on", "revoked_on", "revoked_because"]
        extra_kwargs = {"agreed_on": {"required": False}}


class ConsentRevocationSerializer(serializers.Serializer):
    """Why a consent is taken back."""

    reason = serializers.CharField(max_length=300)


class VersionConsentViewSet(ResourceViewSet):
    """Consents to later versions: who agreed, how and when, and since when it is so, or no longer."""

    queryset = VersionConsent.objects.all()
    serializer_class = VersionConsentSerializer
    view_permission = "academic.view_enrollment"
    filters = {
        "institution": ["exact"],
        "enrollment": ["exact", "in"],
        "to_version": ["exact", "in"],
        "changed_on": ["isnull", "gte", "lt"],
        "revoked_on": ["isnull", "gte", "lt"],
    }
    verbs = {"revoke": Verb(consents.revoke, ConsentRevocationSerializer)}
    rules = {"create": consents.agree}

"""This file holds registrations over HTTP."""

from rest_framework import serializers

from academic.enrollments.models import Enrollment
from academic.names import SectionName
from academic.registrations import rules
from academic.registrations.models import Registration
from core.http.resource import ResourceViewSet, Verb
from core.lists import Ref
from students.names import StudentName


class EnrollmentOfRegistration(serializers.ModelSerializer):
    """The enrollment under which a student registers."""

    class Meta:
        model = Enrollment
        fields = ["id", "program_version", "status"]


class RegistrationSerializer(serializers.ModelSerializer):
    """One student in one section, with the result."""

    enrollment = Ref(EnrollmentOfRegistration, view_permission="academic.view_enrollment", cached=False)
    student = Ref(StudentName, view_permission="students.view_student", cached=False, read_only=True)
    section = Ref(SectionName, view_permission="academic.view_section", cached=False)

    class Meta:
        model = Registration
        fields = [
            "id", "institution", "enrollment", "student", "section", "status", "result", "result_mark",
            "registered_on", "withdrawn_on", "attempt", "credits_studied", "age_band", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution", "status", "result", "result_mark", "withdrawn_on", "age_band"]


class WithdrawalSerializer(serializers.Serializer):
    """The day of a withdrawal."""

    withdrawn_on = serializers.DateField()


class ResultSerializer(serializers.ModelSerializer):
    """What came of a registration."""

    class Meta:
        model = Registration
        fields = ["result", "result_mark"]
        extra_kwargs = {"result": {"required": True}}


class RegistrationViewSet(ResourceViewSet):
    """Registrations: students in sections, and what came of it."""

    queryset = Registration.objects.all()
    serializer_class = RegistrationSerializer
    view_permission = "academic.view_registration"
    if_match_required = True  # it carries a result
    filters = {
        "institution": ["exact"],
        "student": ["exact", "in"],
        "enrollment": ["exact"],
        "section": ["exact", "in"],
        "status": ["exact"],
        "result": ["exact", "in"],
    }
    verbs = {
        "withdraw": Verb(rules.withdraw, WithdrawalSerializer),
        "record-result": Verb(rules.record_result, ResultSerializer),
    }
    rules = {"create": rules.register}

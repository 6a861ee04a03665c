"""This file holds /academic/exemptions/ over HTTP."""

from rest_framework import serializers

from academic.exemptions import rules
from academic.exemptions.models import Exemption
from academic.names import CourseName, EnrollmentName, TransferredCreditName
from core.http.resource import ResourceViewSet, Verb
from core.lists import Ref
from students.names import StudentName


class ExemptionSerializer(serializers.ModelSerializer):
    """One course that counts as earned by a student who did not pass it here."""

    enrollment = Ref(EnrollmentName, view_permission="academic.view_enrollment", cached=False)
    student = Ref(StudentName, view_permission="students.view_student", cached=False, read_only=True)
    course = Ref(CourseName, view_permission="academic.view_course")
    transferred_credit = Ref(
        TransferredCreditName, view_permission="academic.view_transfer", cached=False, required=False, allow_null=True
    )

    class Meta:
        model = Exemption
        fields = [
            "id", "institution", "enrollment", "student", "course", "kind", "credits", "equivalent_mark", "reason",
            "evidence", "transferred_credit", "granted_on", "withdrawn_on", "withdrawal_reason", "created_at",
            "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution", "withdrawn_on", "withdrawal_reason"]
        extra_kwargs = {name: {"required": False} for name in ("credits", "granted_on")}


class ExemptionWithdrawalSerializer(serializers.Serializer):
    """Why it counts no more."""

    reason = serializers.CharField(max_length=300)


class ExemptionViewSet(ResourceViewSet):
    """Exemptions: what counts as earned that was not passed here."""

    queryset = Exemption.objects.all()
    serializer_class = ExemptionSerializer
    view_permission = "academic.view_exemption"
    filters = {
        "institution": ["exact"],
        "student": ["exact", "in"],
        "enrollment": ["exact"],
        "course": ["exact", "in"],
        "kind": ["exact", "in"],
        "transferred_credit": ["exact", "in", "isnull"],
        "withdrawn_on": ["isnull", "gte", "lt"],
    }
    verbs = {"withdraw": Verb(rules.withdraw_exemption, ExemptionWithdrawalSerializer)}
    rules = {"create": rules.grant_exemption}

"""This file holds transfers over HTTP: each institution sees its own side, and the nation sees both."""

from rest_framework import serializers

from academic.exemptions.models import Exemption
from academic.names import CourseName, EnrollmentName
from academic.transfers import rules
from academic.transfers.models import Transfer, TransferredCredit
from academic.transfers.recognizing import recognize
from core.http.resource import ResourceViewSet, Verb
from core.lists import Ref
from faculties.names import InstitutionName
from students.names import StudentName


class TransferSerializer(serializers.ModelSerializer):
    """One side of a transfer. Who asks as the origin, or is the student, names the student; as the destination, the
    number and the family name at the origin.
    """

    other_institution = Ref(InstitutionName, view_permission="faculties.view_institution", read_only=True)
    institution_code = serializers.CharField(
        max_length=20, write_only=True, help_text="The code of the other institution."
    )
    student = Ref(StudentName, view_permission="students.view_student", cached=False, required=False)

    class Meta:
        model = Transfer
        fields = [
            "id", "institution", "shared_id", "side", "other_institution", "institution_code", "student", "number",
            "given_names", "family_name", "status", "asked_by", "reason", "answer", "released_at", "ended_at",
            "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = [
            "institution", "shared_id", "side", "given_names", "status", "asked_by", "answer", "released_at",
            "ended_at",
        ]  # fmt: skip


class TransferRefusalSerializer(serializers.Serializer):
    """Why not."""

    answer = serializers.CharField(max_length=300)


class TakingBackSerializer(serializers.Serializer):
    """Why the request is taken back, if one wants to say."""

    answer = serializers.CharField(max_length=300, required=False, allow_blank=True)


class AcceptanceSerializer(serializers.Serializer):
    """The student number that the destination gives, and since when the person is its student: today, if not said."""

    number = serializers.CharField(max_length=30)
    accepted_on = serializers.DateField(required=False)


class TransferViewSet(ResourceViewSet):
    """Transfers of students between institutions."""

    queryset = Transfer.objects.all()
    serializer_class = TransferSerializer
    view_permission = "academic.view_transfer"
    filters = {
        "institution": ["exact"],
        "shared_id": ["exact"],
        "side": ["exact"],
        "other_institution": ["exact"],
        "student": ["exact"],
        "status": ["exact", "in"],
        "ended_at": ["isnull", "gte", "lt"],
    }
    verbs = {
        "release": Verb(rules.release),
        "refuse": Verb(rules.refuse, TransferRefusalSerializer),
        "withdraw": Verb(rules.withdraw, TakingBackSerializer),
        "accept": Verb(rules.accept, AcceptanceSerializer),
    }
    rules = {"create": rules.request_transfer}


class TransferredCreditSerializer(serializers.ModelSerializer):
    """One course that a student passed before they came."""

    student = Ref(StudentName, view_permission="students.view_student", cached=False, read_only=True)

    class Meta:
        model = TransferredCredit
        fields = [
            "id", "institution", "transfer", "student", "code", "title", "credits", "level", "grade", "ended_on",
            "created_at",
        ]  # fmt: skip


class CreditRecognitionSerializer(serializers.ModelSerializer):
    """The course that a credit counts as here, and for which enrollment. What is left out is as the origin told it."""

    enrollment = Ref(EnrollmentName, view_permission="academic.view_enrollment", cached=False)
    course = Ref(CourseName, view_permission="academic.view_course")

    class Meta:
        model = Exemption
        fields = ["enrollment", "course", "credits", "equivalent_mark", "reason", "evidence", "granted_on"]
        extra_kwargs = {name: {"required": False} for name in ("credits", "reason", "granted_on")}


class TransferredCreditViewSet(ResourceViewSet):
    """Credits that came with transfers, written when one is accepted. An exemption says what each counts as here."""

    queryset = TransferredCredit.objects.all()
    serializer_class = TransferredCreditSerializer
    view_permission = "academic.view_transfer"
    filters = {"institution": ["exact"], "student": ["exact", "in"], "transfer": ["exact"], "code": ["exact"]}
    verbs = {"recognize": Verb(recognize, CreditRecognitionSerializer)}

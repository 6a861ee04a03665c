"""This file holds /students/ over HTTP."""

from typing import Any

from rest_framework import serializers
from rest_framework.response import Response

from core.audit.record import record
from core.http.bodies import checked
from core.http.resource import ResourceViewSet, Verb
from core.http.views import ActingRequest, Endpoint
from core.lists import Ref
from core.tenancy.scope import reading
from faculties.names import DepartmentName
from students.statuses.models import StudentStatus
from students.statuses.rules import change_status
from students.students import rules
from students.students.models import Student

SEES_IDENTITY = "students.view_student_identity"
IDENTITY = ("national_id", "date_of_birth", "phone", "address")


class StudentSerializer(serializers.ModelSerializer):
    """One student, without what identifies the person beyond the name."""

    department = Ref(DepartmentName, view_permission="faculties.view_department", read_only=True)

    class Meta:
        model = Student
        fields = [
            "id", "institution", "number", "given_names", "family_name", "sex", "birth_year", "region", "nationality",
            "prior_education", "entry_year", "status", "department", "email", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution", "status"]


class StudentRecordSerializer(StudentSerializer):
    """One student as entered and listed. What identifies is taken, and not shown."""

    national_id = serializers.CharField(max_length=30, write_only=True, required=False, allow_null=True)
    date_of_birth = serializers.DateField(write_only=True, required=False, allow_null=True)
    phone = serializers.CharField(max_length=30, write_only=True, required=False, allow_null=True)
    address = serializers.CharField(max_length=300, write_only=True, required=False, allow_null=True)

    class Meta(StudentSerializer.Meta):
        fields = [*StudentSerializer.Meta.fields, *IDENTITY]


class StudentDetailSerializer(StudentRecordSerializer):
    """One student in full: what identifies is there for those who may see it."""

    national_id = serializers.CharField(required=False, allow_null=True)
    date_of_birth = serializers.DateField(required=False, allow_null=True)
    phone = serializers.CharField(required=False, allow_null=True)
    address = serializers.CharField(required=False, allow_null=True)


class StudentStatusChangeSerializer(serializers.Serializer):
    """The status a student takes, from which day, and why."""

    status = serializers.ChoiceField(Student.Status.choices)
    starts_on = serializers.DateField()
    reason = serializers.ChoiceField(StudentStatus.Reason.choices, required=False, allow_blank=True)
    note = serializers.CharField(max_length=300, required=False, allow_blank=True)


class StudentViewSet(ResourceViewSet):
    """Students: people as an institution knows them."""

    queryset = Student.objects.all()
    serializer_class = StudentRecordSerializer
    detail_serializer_class = StudentDetailSerializer
    field_permissions = dict.fromkeys(IDENTITY, SEES_IDENTITY)
    view_permission = "students.view_student"
    filters = {
        "institution": ["exact"],
        "number": ["exact", "in"],
        "sex": ["exact"],
        "status": ["exact", "in"],
        "entry_year": ["exact", "in", "gte", "lt"],
        "birth_year": ["gte", "lt"],
        "region": ["exact", "in"],
        "department": ["exact", "in", "isnull"],
    }
    search_fields = ["search_text", "number"]
    orders = {"id": "id", "family_name": "family_name", "entry_year": "entry_year"}
    verbs = {"change-status": Verb(change_status, StudentStatusChangeSerializer)}
    rules = {"create": rules.enter_student, "update": rules.change_student}


class NationalIdSerializer(serializers.Serializer):
    """A national id, however it is spaced."""

    national_id = serializers.CharField(max_length=30)


class FoundStudentSerializer(serializers.ModelSerializer):
    """A student whom a national id belongs to."""

    class Meta:
        model = Student
        fields = ["id", "institution", "number", "given_names", "family_name", "entry_year", "status"]


class FoundStudentsSerializer(serializers.Serializer):
    """Who has that national id: nobody or one, or one in each institution that is reached."""

    students = FoundStudentSerializer(many=True)


class StudentByNationalId(Endpoint):
    """Find a student by national id. It stands in the body, since an address is on logs. Each look is on the log."""

    needs = {"post": SEES_IDENTITY}
    stores_answers = False
    serializer_class = NationalIdSerializer
    answer_serializer_class = FoundStudentsSerializer

    def post(self, request: ActingRequest) -> Response:
        index_field: Any = Student._meta.get_field("national_id_index")
        index = index_field.digest(checked(NationalIdSerializer(data=request.data))["national_id"], request.actor.home)
        with reading(request.actor, SEES_IDENTITY, Student):
            rows = Student.objects.visible_to(request.actor, SEES_IDENTITY)
            students = list(rows.filter(national_id_index=index)) if index else []
        looks: list[Student | None] = [*students] or [None]
        for student in looks:
            record(request.actor, "students.student.sought", student)
        found = FoundStudentsSerializer({"students": students})
        return Response(found.data, headers={"Cache-Control": "no-store"})

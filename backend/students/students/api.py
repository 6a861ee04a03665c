"""This file holds /students/ over HTTP."""

from uuid import UUID

from rest_framework import serializers
from rest_framework.response import Response

from core.errors import NotVisible
from core.http.resource import ResourceViewSet
from core.http.views import ActingRequest, Endpoint
from core.lists import Ref
from faculties.names import DepartmentName
from students.students import rules
from students.students.models import Student


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
    """One student in full, as it is entered and changed. What identifies is written here, and read at /identity/."""

    national_id = serializers.CharField(max_length=30, write_only=True, required=False, allow_null=True)
    date_of_birth = serializers.DateField(write_only=True, required=False, allow_null=True)
    phone = serializers.CharField(max_length=30, write_only=True, required=False, allow_null=True)
    address = serializers.CharField(max_length=300, write_only=True, required=False, allow_null=True)

    class Meta(StudentSerializer.Meta):
        fields = [*StudentSerializer.Meta.fields, "national_id", "date_of_birth", "phone", "address"]


class IdentitySerializer(serializers.ModelSerializer):
    """What identifies a person; each read of it is on the audit log."""

    national_id = serializers.CharField(allow_null=True)
    date_of_birth = serializers.DateField(allow_null=True)
    phone = serializers.CharField(allow_null=True)
    address = serializers.CharField(allow_null=True)

    class Meta:
        model = Student
        fields = ["id", "national_id", "date_of_birth", "phone", "address"]


class StudentViewSet(ResourceViewSet):
    """Students: people as an institution knows them."""

    queryset = Student.objects.all()
    serializer_class = StudentRecordSerializer
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
    rules = {"create": rules.enter_student, "update": rules.change_student}


class StudentIdentity(Endpoint):
    """What identifies one student: national id, date of birth, phone, address. Every look is audited."""

    needs = {"get": rules.read_identity.needs}
    serializer_class = IdentitySerializer

    def get(self, request: ActingRequest, pk: UUID) -> Response:
        student = Student.objects.visible_to(request.actor, rules.read_identity.needs).filter(pk=pk).first()
        if student is None:
            raise NotVisible()
        return Response(IdentitySerializer(rules.read_identity(request.actor, student)).data)

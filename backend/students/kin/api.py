"""This file holds /students/kin/ over HTTP."""

from rest_framework import serializers

from core.http.resource import ResourceViewSet
from core.lists import Ref
from students.kin import rules
from students.kin.models import Kin
from students.names import StudentName

CONTACT = ("name", "relation", "phone", "address", "email")


class KinSerializer(serializers.ModelSerializer):
    """Somebody whom a student named, as entered and listed. Who it is, is taken and not shown."""

    student = Ref(StudentName, view_permission="students.view_student", cached=False)
    name = serializers.CharField(max_length=200, write_only=True)
    relation = serializers.CharField(max_length=60, write_only=True, required=False, allow_null=True)
    phone = serializers.CharField(max_length=30, write_only=True, required=False, allow_null=True)
    address = serializers.CharField(max_length=300, write_only=True, required=False, allow_null=True)
    email = serializers.EmailField(write_only=True, required=False, allow_null=True)

    class Meta:
        model = Kin
        fields = [
            "id", "institution", "student", "kind", "is_guardian_of_minor", *CONTACT, "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution"]


class KinDetailSerializer(KinSerializer):
    """Somebody whom a student named, and how to reach them, for those who may see that."""

    name = serializers.CharField()
    relation = serializers.CharField(required=False, allow_null=True)
    phone = serializers.CharField(required=False, allow_null=True)
    address = serializers.CharField(required=False, allow_null=True)
    email = serializers.EmailField(required=False, allow_null=True)


class KinChangeSerializer(KinSerializer):
    """What may be changed: not whose kin it is."""

    student = Ref(StudentName, view_permission="students.view_student", cached=False, read_only=True)


class KinViewSet(ResourceViewSet):
    """Next of kin, guardians, and whom to call in an emergency. Each look at who that is, is on the audit log."""

    queryset = Kin.objects.all()
    serializer_class = KinSerializer
    detail_serializer_class = KinDetailSerializer
    change_serializer_class = KinChangeSerializer
    field_permissions = dict.fromkeys(CONTACT, "students.view_kin_contact")
    view_permission = "students.view_kin"
    filters = {"institution": ["exact"], "student": ["exact", "in"], "kind": ["exact", "in"]}
    rules = {"create": rules.add_kin, "update": rules.change_kin, "remove": rules.remove_kin}

"""This file holds /staff/qualifications/ over HTTP."""

from rest_framework import serializers

from core.http.resource import ResourceViewSet
from core.lists import Ref
from staff.names import MemberName
from staff.qualifications import rules
from staff.qualifications.models import Qualification


class QualificationSerializer(serializers.ModelSerializer):
    """One award that a member of staff holds."""

    member = Ref(MemberName, view_permission="staff.view_member")

    class Meta:
        model = Qualification
        fields = [
            "id", "institution", "member", "level", "title", "awarded_by", "awarded_year", "country", "created_at",
            "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution"]


class QualificationChangeSerializer(QualificationSerializer):
    """What may be corrected of an award: not whose it is."""

    member = Ref(MemberName, view_permission="staff.view_member", read_only=True)


class QualificationViewSet(ResourceViewSet):
    """Qualifications: what members of staff were awarded."""

    queryset = Qualification.objects.all()
    serializer_class = QualificationSerializer
    change_serializer_class = QualificationChangeSerializer
    view_permission = "staff.view_qualification"
    filters = {"institution": ["exact"], "member": ["exact", "in"], "level": ["exact", "in", "gte", "lt"]}
    orders = {"id": "id", "level": "level"}
    rules = {
        "create": rules.enter_qualification,
        "update": rules.change_qualification,
        "remove": rules.remove_qualification,
    }

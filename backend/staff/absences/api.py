"""This file holds /staff/absences/ over HTTP."""

from rest_framework import serializers

from core.http.resource import ResourceViewSet
from core.lists import Ref
from staff.absences import rules
from staff.absences.models import Absence
from staff.names import MemberName


class AbsenceSerializer(serializers.ModelSerializer):
    """One time in which a member of staff is away."""

    member = Ref(MemberName, view_permission="staff.view_member")

    class Meta:
        model = Absence
        fields = ["id", "institution", "member", "kind", "starts_on", "ends_on", "created_at", "updated_at"]
        read_only_fields = ["institution"]


class AbsenceChangeSerializer(AbsenceSerializer):
    """What may be corrected of an absence: not whose it is."""

    member = Ref(MemberName, view_permission="staff.view_member", read_only=True)


class AbsenceViewSet(ResourceViewSet):
    """Absences: which members of staff are away when."""

    queryset = Absence.objects.all()
    serializer_class = AbsenceSerializer
    change_serializer_class = AbsenceChangeSerializer
    view_permission = "staff.view_absence"
    filters = {
        "institution": ["exact"],
        "member": ["exact", "in"],
        "kind": ["exact", "in"],
        "starts_on": ["gte", "lt"],
        "ends_on": ["isnull", "gte", "lt"],
    }
    orders = {"id": "id", "starts_on": "starts_on"}
    rules = {"create": rules.note_absence, "update": rules.change_absence, "remove": rules.remove_absence}

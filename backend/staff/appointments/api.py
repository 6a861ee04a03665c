"""This file holds /staff/appointments/ over HTTP."""

from rest_framework import serializers

from core.http.resource import ResourceViewSet, Verb
from core.lists import Ref
from faculties.names import DepartmentName, FacultyName
from staff.appointments import rules
from staff.appointments.models import Appointment
from staff.names import MemberName


class AppointmentSerializer(serializers.ModelSerializer):
    """One member of staff in one post."""

    member = Ref(MemberName, view_permission="staff.view_member")
    faculty = Ref(FacultyName, view_permission="faculties.view_faculty", required=False, allow_null=True)
    department = Ref(DepartmentName, view_permission="faculties.view_department", required=False, allow_null=True)

    class Meta:
        model = Appointment
        fields = [
            "id", "institution", "member", "post", "faculty", "department", "starts_on", "ends_on", "created_at",
            "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution"]


class AppointmentEndSerializer(serializers.Serializer):
    """The last day of an appointment."""

    ends_on = serializers.DateField()


class AppointmentViewSet(ResourceViewSet):
    """Appointments: who holds which post of a faculty or department, and when."""

    queryset = Appointment.objects.all()
    serializer_class = AppointmentSerializer
    view_permission = "staff.view_appointment"
    filters = {
        "institution": ["exact"],
        "member": ["exact", "in"],
        "post": ["exact", "in"],
        "faculty": ["exact", "in"],
        "department": ["exact", "in"],
        "starts_on": ["gte", "lt"],
        "ends_on": ["isnull", "gte", "lt"],
    }
    orders = {"id": "id", "starts_on": "starts_on"}
    verbs = {"end": Verb(rules.end_appointment, AppointmentEndSerializer)}
    rules = {"create": rules.appoint}

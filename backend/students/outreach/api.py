"""This file holds /students/outreach-programs/ and /students/outreach-participations/ over HTTP."""

from rest_framework import serializers

from core.http.resource import ResourceViewSet, Verb
from core.lists import Ref
from faculties.names import DepartmentName
from students.names import StudentName
from students.outreach import rules
from students.outreach.models import OutreachParticipation, OutreachProgram

VIEW = "students.view_outreach"


class OutreachProgramSerializer(serializers.ModelSerializer):
    """One short course outside degree programs."""

    department = Ref(DepartmentName, view_permission="faculties.view_department", required=False, allow_null=True)

    class Meta:
        model = OutreachProgram
        fields = [
            "id", "institution", "title", "field", "hours", "starts_on", "ends_on", "seats", "seats_taken", "place",
            "department", "status", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution", "seats_taken", "status"]


class OutreachProgramViewSet(ResourceViewSet):
    """Outreach programs: short courses of skills."""

    queryset = OutreachProgram.objects.all()
    serializer_class = OutreachProgramSerializer
    view_permission = VIEW
    filters = {
        "institution": ["exact"],
        "department": ["exact", "in", "isnull"],
        "status": ["exact"],
        "starts_on": ["gte", "lt"],
        "ends_on": ["gte", "lt"],
    }
    orders = {"id": "id", "title": "title", "starts_on": "starts_on"}
    verbs = {"cancel": Verb(rules.cancel_program)}
    rules = {"create": rules.offer_program, "update": rules.change_program}


class OutreachProgramName(serializers.ModelSerializer):
    """The program that somebody takes part in."""

    class Meta:
        model = OutreachProgram
        fields = ["id", "title", "starts_on"]


class OutreachParticipationSerializer(serializers.ModelSerializer):
    """One person in one outreach program."""

    program = Ref(OutreachProgramName, view_permission=VIEW, cached=False)
    student = Ref(StudentName, view_permission="students.view_student", cached=False)

    class Meta:
        model = OutreachParticipation
        fields = [
            "id", "institution", "program", "student", "status", "certificate_on", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution", "status", "certificate_on"]
        validators: list = []  # the constraint says "once", and knows the institution


class CertificateSerializer(serializers.Serializer):
    """The day on which a certificate was given."""

    certificate_on = serializers.DateField()


class OutreachParticipationViewSet(ResourceViewSet):
    """Who takes part in outreach programs. Whoever is no student is entered as one first."""

    queryset = OutreachParticipation.objects.all()
    serializer_class = OutreachParticipationSerializer
    view_permission = "students.view_outreach_participation"
    filters = {
        "institution": ["exact"],
        "program": ["exact", "in"],
        "student": ["exact", "in"],
        "status": ["exact", "in"],
        "certificate_on": ["isnull", "gte", "lt"],
    }
    verbs = {
        "attend": Verb(rules.note_attendance),
        "complete": Verb(rules.complete_participation),
        "withdraw": Verb(rules.withdraw_participation),
        "give-certificate": Verb(rules.give_certificate, CertificateSerializer),
    }
    rules = {"create": rules.take_part}

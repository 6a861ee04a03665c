"""This file holds programs and their versions over HTTP."""

from uuid import UUID

from django.utils import timezone
from rest_framework import serializers

from academic.names import ProgramName, ProgramVersionName
from academic.programs import rules
from academic.programs.models import Program, ProgramVersion, VersionMove, version_for_entrants
from core.http.resource import ResourceViewSet, Verb
from core.lists import Ref
from core.markup import rendered
from faculties.names import DepartmentName


class ProgramSerializer(serializers.ModelSerializer):
    """One program of study."""

    department = Ref(DepartmentName, view_permission="faculties.view_department")

    class Meta:
        model = Program
        fields = [
            "id", "institution", "department", "code", "name", "level", "category", "field_of_study", "duration_years",
            "status", "description", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution", "status"]


class ProgramDetailSerializer(ProgramSerializer):
    """One program with its description as people read it."""

    description_html = serializers.SerializerMethodField(help_text="The Markdown of `description`, made safe to show.")
    version_for_entrants = serializers.SerializerMethodField(
        help_text="The version under which one enters today: the latest active one whose catalog year has come."
    )

    class Meta(ProgramSerializer.Meta):
        fields = [*ProgramSerializer.Meta.fields, "description_html", "version_for_entrants"]

    def get_description_html(self, program: Program) -> str:
        return rendered(program.description)

    def get_version_for_entrants(self, program: Program) -> UUID | None:
        version = version_for_entrants(program, timezone.localdate().year)
        return version and version.pk


class ProgramChangeSerializer(ProgramSerializer):
    """What may be changed of a program: not the department that owns it."""

    department = Ref(DepartmentName, view_permission="faculties.view_department", read_only=True)


class ProgramViewSet(ResourceViewSet):
    """Programs: what a person is admitted to."""

    queryset = Program.objects.all()
    serializer_class = ProgramSerializer
    detail_serializer_class = ProgramDetailSerializer
    change_serializer_class = ProgramChangeSerializer
    view_permission = "academic.view_program"
    filters = {
        "institution": ["exact"],
        "department": ["exact", "in"],
        "code": ["exact", "in"],
        "level": ["exact", "in"],
        "category": ["exact", "in"],
        "status": ["exact", "in"],
        "field_of_study": ["exact", "in", "startswith"],
    }
    search_fields = ["search_text"]
    orders = {"id": "id", "name": "name"}
    verbs = {"close": Verb(rules.close_program)}
    rules = {"create": rules.open_program, "update": rules.change_program}


class ProgramVersionSerializer(serializers.ModelSerializer):
    """The structure of one program for the students who enter in one catalog year."""

    program = Ref(ProgramName, view_permission="academic.view_program")

    class Meta:
        model = ProgramVersion
        fields = [
            "id", "institution", "program", "catalog_year", "credits_required", "status", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution", "status"]


class ProgramVersionChangeSerializer(ProgramVersionSerializer):
    """What may be changed of a version: not which program it is of."""

    program = Ref(ProgramName, view_permission="academic.view_program", read_only=True)


class SendingBackSerializer(serializers.Serializer):
    """What is to be changed in a version that becomes a draft again."""

    reason = serializers.CharField(max_length=300)


class ProgramVersionViewSet(ResourceViewSet):
    """Versions of programs, by catalog year: from draft over approval to the end."""

    queryset = ProgramVersion.objects.all()
    serializer_class = ProgramVersionSerializer
    change_serializer_class = ProgramVersionChangeSerializer
    view_permission = "academic.view_program"
    filters = {
        "institution": ["exact"],
        "program": ["exact", "in"],
        "catalog_year": ["exact", "gte", "lt"],
        "status": ["exact", "in"],
    }
    verbs = {
        "submit": Verb(rules.submit_version),
        "send-back": Verb(rules.send_version_back, SendingBackSerializer),
        "approve": Verb(rules.approve_version),
        "activate": Verb(rules.activate_version),
        "teach-out": Verb(rules.teach_version_out),
        "close": Verb(rules.close_version),
    }
    rules = {"create": rules.add_program_version, "update": rules.change_program_version}


class VersionMoveSerializer(serializers.ModelSerializer):
    """One step of a version from one status to another."""

    program_version = Ref(ProgramVersionName, view_permission="academic.view_program", cached=False)

    class Meta:
        model = VersionMove
        fields = [
            "id", "institution", "program_version", "from_status", "to_status", "reason", "moved_by", "created_at",
        ]  # fmt: skip


class VersionMoveViewSet(ResourceViewSet):
    """How versions became what they are. It is written by their verbs."""

    queryset = VersionMove.objects.all()
    serializer_class = VersionMoveSerializer
    view_permission = "academic.view_program"
    filters = {
        "institution": ["exact"],
        "program_version": ["exact", "in"],
        "to_status": ["exact", "in"],
        "moved_by": ["exact"],
    }

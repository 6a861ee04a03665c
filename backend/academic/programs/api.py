"""This file holds programs and their versions over HTTP."""

from uuid import UUID

from django.utils import timezone
from rest_framework import serializers

from academic.programs import rules
from academic.programs.models import Program, version_for_entrants
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
        return version.pk if version else None


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

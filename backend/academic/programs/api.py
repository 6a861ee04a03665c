"""This file holds programs and their versions over HTTP."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from academic.programs import rules
from academic.programs.models import Program, version_for_entrants
from core.http.resource import ResourceViewSet, Verb
from core.lists import Ref
from core.markup import rendered
from faculties.institutions.days import today_at
from faculties.names import DepartmentName


class ProgramSerializer(serializers.ModelSerializer):
    """One program of study."""

    department = Ref(DepartmentName, view_permission="faculties.view_department")

    class Meta:
        model = Program
        fields = [
            "id", "institution", "department", "code", "name", "level", "category", "field_of_study", "duration_years",
            "award_title", "mode_of_study", "status", "description", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution", "status"]


class HoldingAccreditationSerializer(serializers.Serializer):
    """One accreditation that holds, as a program shows it."""

    body = serializers.CharField()
    status = serializers.CharField()
    ends_on = serializers.DateField(allow_null=True, help_text="The first day on which it holds no more.")


class ProgramDetailSerializer(ProgramSerializer):
    """One program with its description as people read it."""

    description_html = serializers.SerializerMethodField(help_text="The Markdown of `description`, made safe to show.")
    accreditations = serializers.SerializerMethodField(help_text="Those that hold today.")
    version_for_entrants = serializers.SerializerMethodField(
        help_text="The version under which one enters today: the latest active one whose catalog year has come."
    )

    class Meta(ProgramSerializer.Meta):
        fields = [*ProgramSerializer.Meta.fields, "description_html", "version_for_entrants", "accreditations"]

    def get_description_html(self, program: Program) -> str:
        return rendered(program.description)

    @extend_schema_field(HoldingAccreditationSerializer(many=True))
    def get_accreditations(self, program: Program) -> Any:
        place = program.institution_id
        rows = program.accreditations.filter(institution=place).holding_on(today_at(place))
        return HoldingAccreditationSerializer(rows.order_by("body"), many=True).data

    def get_version_for_entrants(self, program: Program) -> UUID | None:
        version = version_for_entrants(program, today_at(program.institution_id).year)
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
        "mode_of_study": ["exact", "in"],
        "status": ["exact", "in"],
        "field_of_study": ["exact", "in", "startswith"],
    }
    search_fields = ["search_text"]
    orders = {"id": "id", "name": "name"}
    verbs = {
        "suspend": Verb(rules.suspend_program),
        "reopen": Verb(rules.reopen_program),
        "close": Verb(rules.close_program),
    }
    rules = {"create": rules.open_program, "update": rules.change_program}

"""This file holds versions of programs over HTTP, and the moves that made them what they are."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.response import Response

from academic.curricula.copying import ADDED, CHANGED, REMOVED, differences
from academic.names import ProgramName, ProgramVersionName
from academic.programs import rules as programs
from academic.programs.models import ProgramVersion, VersionMove
from academic.requisites.rules import id_in
from academic.versions import rules
from core.errors import Invalid, NotVisible, Problem
from core.http.resource import ResourceViewSet, Verb
from core.http.views import ActingRequest, Endpoint
from core.lists import Ref
from core.tenancy.scope import reading

VIEW = "academic.view_program"


class ProgramVersionSerializer(serializers.ModelSerializer):
    """The structure of one program for the students who enter in one catalog year."""

    program = Ref(ProgramName, view_permission=VIEW)

    class Meta:
        model = ProgramVersion
        fields = [
            "id", "institution", "program", "catalog_year", "credits_required", "most_credits_from_elsewhere",
            "status", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution", "status"]


class ProgramVersionChangeSerializer(ProgramVersionSerializer):
    """What may be changed of a version: not which program it is of."""

    program = Ref(ProgramName, view_permission=VIEW, read_only=True)


class SendingBackSerializer(serializers.Serializer):
    """What is to be changed in a version that becomes a draft again."""

    reason = serializers.CharField(max_length=300)


class CopySerializer(serializers.ModelSerializer):
    """The catalog year into which a version is copied."""

    class Meta:
        model = ProgramVersion
        fields = ["catalog_year"]
        extra_kwargs = {"catalog_year": {"required": False, "help_text": "The next one where it is left out."}}


class ProgramVersionViewSet(ResourceViewSet):
    """Versions of programs, by catalog year: from draft over approval to the end."""

    queryset = ProgramVersion.objects.all()
    serializer_class = ProgramVersionSerializer
    change_serializer_class = ProgramVersionChangeSerializer
    view_permission = VIEW
    filters = {
        "institution": ["exact"],
        "program": ["exact", "in"],
        "catalog_year": ["exact", "gte", "lt"],
        "status": ["exact", "in"],
    }
    verbs = {
        "copy": Verb(rules.copy_version, CopySerializer, makes=True),
        "submit": Verb(rules.submit_version),
        "send-back": Verb(rules.send_version_back, SendingBackSerializer),
        "approve": Verb(rules.approve_version),
        "activate": Verb(rules.activate_version),
        "teach-out": Verb(rules.teach_version_out),
        "close": Verb(rules.close_version),
    }
    rules = {"create": programs.add_program_version, "update": programs.change_program_version}


class VersionMoveSerializer(serializers.ModelSerializer):
    """One step of a version from one status to another."""

    program_version = Ref(ProgramVersionName, view_permission=VIEW, cached=False)

    class Meta:
        model = VersionMove
        fields = [
            "id", "institution", "program_version", "from_status", "to_status", "reason", "moved_by", "created_at",
        ]  # fmt: skip


class VersionMoveViewSet(ResourceViewSet):
    """How versions became what they are. It is written by their verbs."""

    queryset = VersionMove.objects.all()
    serializer_class = VersionMoveSerializer
    view_permission = VIEW
    filters = {
        "institution": ["exact"],
        "program_version": ["exact", "in"],
        "to_status": ["exact", "in"],
        "moved_by": ["exact"],
    }


class FieldDifferenceSerializer(serializers.Serializer):
    """One field as it was and as it is."""

    name = serializers.CharField()
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)


class DifferenceSerializer(serializers.Serializer):
    """One thing in which a version differs from another one."""

    what = serializers.ChoiceField(["version", "group", "course"])
    name = serializers.CharField(help_text="The name of a group, the code of a course.")
    change = serializers.ChoiceField([ADDED, REMOVED, CHANGED], source="is_")
    fields_changed = FieldDifferenceSerializer(many=True, source="fields")


class VersionDifference(Endpoint):
    """What was added, removed and changed on the way to a version: from the one before it, or from another one."""

    needs = {"get": VIEW}
    serializer_class = None
    answer_serializer_class = DifferenceSerializer(many=True)
    parameters = {"against": "The id of the version to start from. Without it, the one before of the same program."}

    def get(self, request: ActingRequest, pk: UUID) -> Response:
        with reading(request.actor, VIEW, ProgramVersion):
            visible = ProgramVersion.objects.visible_to(request.actor, VIEW)
            version = visible.filter(pk=pk).first()
            if version is None:
                raise NotVisible()
            before = version_before(version, visible, request.query_params.get("against"))
            return Response(DifferenceSerializer(differences(before, version), many=True).data)


def version_before(version: ProgramVersion, visible: Any, named: str | None) -> ProgramVersion:
    """The version that is named, of any program of this institution, or the latest before this one."""
    within = visible.filter(institution=version.institution_id)
    if named is not None:
        key = id_in(named)
        before = within.filter(pk=key).first() if key else None
        words = "There is no such program version at this institution: give its id."
    else:
        earlier = within.filter(program=version.program_id, catalog_year__lt=version.catalog_year)
        before = earlier.order_by("catalog_year").last()
        words = "This is the first version of its program: name another one to compare it with."
    if before is None:
        raise Invalid([Problem("unknown_version", words, "against")])
    return before

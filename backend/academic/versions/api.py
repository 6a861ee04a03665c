"""This file holds versions of programs over HTTP, and the moves that made them what they are."""

from rest_framework import serializers

from academic.names import ProgramName, ProgramVersionName
from academic.programs import rules as programs
from academic.programs.models import ProgramVersion, VersionMove
from academic.versions import rules
from core.http.resource import ResourceViewSet, Verb
from core.lists import Ref


class ProgramVersionSerializer(serializers.ModelSerializer):
    """The structure of one program for the students who enter in one catalog year."""

    program = Ref(ProgramName, view_permission="academic.view_program")

    class Meta:
        model = ProgramVersion
        fields = [
            "id", "institution", "program", "catalog_year", "credits_required", "most_credits_from_elsewhere",
            "status", "created_at", "updated_at",
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
    rules = {"create": programs.add_program_version, "update": programs.change_program_version}


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

"""This file holds planned intakes over HTTP."""

from rest_framework import serializers

from academic.intakes import rules
from academic.intakes.models import ProgramIntake
from academic.intakes.queries import enrolled_in
from academic.names import ProgramName, TermName
from core.http.resource import ResourceViewSet
from core.lists import Ref


class ProgramIntakeSerializer(serializers.ModelSerializer):
    """The places of one program for those who are enrolled on some days."""

    program = Ref(ProgramName, view_permission="academic.view_program")
    term = Ref(TermName, view_permission="academic.view_term", required=False, allow_null=True)

    class Meta:
        model = ProgramIntake
        fields = [
            "id", "institution", "program", "term", "starts_on", "ends_on", "places", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution"]
        extra_kwargs = {"starts_on": {"required": False}, "ends_on": {"required": False, "allow_null": False}}


class ProgramIntakeDetailSerializer(ProgramIntakeSerializer):
    """One intake with how many came."""

    enrolled = serializers.SerializerMethodField(help_text="Who was enrolled on these days and did not withdraw.")

    class Meta(ProgramIntakeSerializer.Meta):
        fields = [*ProgramIntakeSerializer.Meta.fields, "enrolled"]

    def get_enrolled(self, intake: ProgramIntake) -> int:
        return enrolled_in(intake)


class ProgramIntakeChangeSerializer(ProgramIntakeSerializer):
    """What may be changed of an intake: its days and its places."""

    program = Ref(ProgramName, view_permission="academic.view_program", read_only=True)
    term = Ref(TermName, view_permission="academic.view_term", read_only=True)


class ProgramIntakeViewSet(ResourceViewSet):
    """Planned intakes of programs: beyond their places students are enrolled by way of exception."""

    queryset = ProgramIntake.objects.all()
    serializer_class = ProgramIntakeSerializer
    detail_serializer_class = ProgramIntakeDetailSerializer
    change_serializer_class = ProgramIntakeChangeSerializer
    view_permission = "academic.view_program"
    filters = {
        "institution": ["exact"],
        "program": ["exact", "in"],
        "term": ["exact", "in"],
        "starts_on": ["gte", "lte"],
        "ends_on": ["gte", "lte"],
    }
    rules = {"create": rules.plan_intake, "update": rules.change_intake}

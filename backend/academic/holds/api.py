"""This file holds /academic/holds/ over HTTP."""

from rest_framework import serializers

from academic.holds import rules
from academic.holds.models import Hold
from core.http.resource import ResourceViewSet, Verb
from core.lists import Ref
from students.names import StudentName


class HoldSerializer(serializers.ModelSerializer):
    """One hold of a student."""

    student = Ref(StudentName, view_permission="students.view_student", cached=False)

    class Meta:
        model = Hold
        fields = [
            "id", "institution", "student", "kind", "reason", "blocks_registration", "starts_on", "ends_on",
            "lifted_at", "lifted_because", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution", "lifted_at", "lifted_because"]


class LiftSerializer(serializers.Serializer):
    """Why a hold is lifted."""

    lifted_because = serializers.CharField(max_length=300, required=False, allow_blank=True)


class HoldViewSet(ResourceViewSet):
    """Holds: what keeps students from registering."""

    queryset = Hold.objects.all()
    serializer_class = HoldSerializer
    view_permission = "academic.view_hold"
    filters = {
        "institution": ["exact"],
        "student": ["exact", "in"],
        "kind": ["exact", "in"],
        "lifted_at": ["isnull"],
    }
    verbs = {"lift": Verb(rules.lift_hold, LiftSerializer)}
    rules = {"create": rules.place_hold}

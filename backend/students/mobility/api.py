"""This file holds /students/mobilities/ over HTTP."""

from rest_framework import serializers

from core.http.resource import ResourceViewSet, Verb
from core.lists import Ref
from students.mobility import rules
from students.mobility.models import Mobility
from students.names import StudentName


class MobilitySerializer(serializers.ModelSerializer):
    """One stay of a student at an institution of another country, or here from one."""

    student = Ref(StudentName, view_permission="students.view_student", cached=False)

    class Meta:
        model = Mobility
        fields = [
            "id", "institution", "student", "direction", "kind", "country", "partner", "agreement", "starts_on",
            "ends_on", "credits_expected", "credits_recognized", "status", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution", "credits_recognized", "status"]


class MobilityChangeSerializer(MobilitySerializer):
    """What may be changed of a stay: not whose it is, nor whether out or in."""

    student = Ref(StudentName, view_permission="students.view_student", cached=False, read_only=True)

    class Meta(MobilitySerializer.Meta):
        read_only_fields = [*MobilitySerializer.Meta.read_only_fields, "direction"]


class CompletionSerializer(serializers.Serializer):
    """What came of a stay, if it is known by then."""

    credits_recognized = serializers.DecimalField(
        max_digits=6, decimal_places=2, min_value=0, required=False, allow_null=True
    )


class RecognitionSerializer(serializers.Serializer):
    """The credits of a stay that count here."""

    credits_recognized = serializers.DecimalField(max_digits=6, decimal_places=2, min_value=0)


class MobilityViewSet(ResourceViewSet):
    """Mobility: stays of students in another country, and of others' students here."""

    queryset = Mobility.objects.all()
    serializer_class = MobilitySerializer
    change_serializer_class = MobilityChangeSerializer
    view_permission = "students.view_mobility"
    filters = {
        "institution": ["exact"],
        "student": ["exact", "in"],
        "direction": ["exact"],
        "kind": ["exact", "in"],
        "country": ["exact", "in"],
        "status": ["exact", "in"],
        "starts_on": ["gte", "lt"],
        "ends_on": ["gte", "lt"],
    }
    orders = {"id": "id", "starts_on": "starts_on"}
    verbs = {
        "start": Verb(rules.start_stay),
        "complete": Verb(rules.complete_stay, CompletionSerializer),
        "recognize": Verb(rules.recognize_credits, RecognitionSerializer),
        "cancel": Verb(rules.cancel_stay),
    }
    rules = {"create": rules.plan_stay, "update": rules.change_stay}

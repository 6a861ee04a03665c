"""This file holds /academic/load-limits/ over HTTP."""

from rest_framework import serializers

from academic.loads import rules
from academic.loads.models import LoadLimit
from academic.names import ProgramVersionName
from core.http.resource import ResourceViewSet
from core.lists import Ref


class LoadLimitSerializer(serializers.ModelSerializer):
    """The most and the least credits of a term."""

    program_version = Ref(
        ProgramVersionName, view_permission="academic.view_program", cached=False, required=False, allow_null=True
    )

    class Meta:
        model = LoadLimit
        fields = [
            "id", "institution", "program_version", "most_credits", "least_credits", "below_least", "created_at",
            "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution"]


class LoadLimitChangeSerializer(serializers.ModelSerializer):
    """What may be changed of a limit."""

    class Meta:
        model = LoadLimit
        fields = ["most_credits", "least_credits", "below_least"]


class LoadLimitViewSet(ResourceViewSet):
    """Limits of load: how many credits a student may take in a term, and how many they are to take."""

    queryset = LoadLimit.objects.all()
    serializer_class = LoadLimitSerializer
    change_serializer_class = LoadLimitChangeSerializer
    view_permission = "academic.view_load_limit"
    filters = {"institution": ["exact"], "program_version": ["exact", "in", "isnull"]}
    rules = {
        "create": rules.set_load_limit,
        "update": rules.change_load_limit,
        "remove": rules.remove_load_limit,
    }

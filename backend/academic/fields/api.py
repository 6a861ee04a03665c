"""This file holds /academic/fields-of-study/ over HTTP."""

from rest_framework import serializers

from academic.fields import rules
from academic.fields.models import FieldOfStudy
from core.http.resource import ResourceViewSet, Verb


class FieldOfStudySerializer(serializers.ModelSerializer):
    """One field of ISCED-F 2013; it lies within those whose code its own begins with."""

    class Meta:
        model = FieldOfStudy
        fields = ["id", "code", "name", "critical_since", "critical_until", "critical_source"]
        read_only_fields = fields


class CriticalSerializer(serializers.Serializer):
    """Since when the country calls a field critical, until when, and where that is said."""

    critical_since = serializers.DateField(allow_null=True)
    critical_until = serializers.DateField(allow_null=True, required=False)
    critical_source = serializers.CharField(max_length=300, allow_blank=True, required=False)


class FieldOfStudyViewSet(ResourceViewSet):
    """The fields of study that a program may be of: broad of 2 digits, narrow of 3, detailed of 4."""

    queryset = FieldOfStudy.objects.all()
    serializer_class = FieldOfStudySerializer
    view_permission = "academic.view_program"
    filters = {
        "code": ["exact", "in", "startswith"],
        "parent": ["exact", "isnull"],
        "critical_since": ["isnull", "lte"],
        "critical_until": ["isnull", "gt"],
    }
    orders = {"id": "id", "code": "code"}
    verbs = {"declare-critical": Verb(rules.declare_critical, CriticalSerializer)}

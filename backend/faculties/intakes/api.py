"""This file holds /approved-intakes/ over HTTP."""

from rest_framework import serializers

from core.http.resource import ResourceViewSet
from faculties.intakes import rules
from faculties.intakes.models import ApprovedIntake


class ApprovedIntakeSerializer(serializers.ModelSerializer):
    """How many new students one institution may take in one year."""

    class Meta:
        model = ApprovedIntake
        fields = ["id", "institution", "year", "level", "number", "created_at", "updated_at"]
        read_only_fields = ["institution"]


class ApprovedIntakeChangeSerializer(ApprovedIntakeSerializer):
    """What may be changed of it: the number."""

    class Meta(ApprovedIntakeSerializer.Meta):
        read_only_fields = ["institution", "year", "level"]


class ApprovedIntakeViewSet(ResourceViewSet):
    """Approved intakes, by year and level: the nation writes them, and each institution reads its own."""

    queryset = ApprovedIntake.objects.all()
    serializer_class = ApprovedIntakeSerializer
    change_serializer_class = ApprovedIntakeChangeSerializer
    view_permission = "faculties.view_institution"
    filters = {"institution": ["exact"], "year": ["exact", "gte", "lt"], "level": ["exact", "in"]}
    rules = {"create": rules.approve_intake, "update": rules.change_intake}

"""This file holds /academic/teaching-norms/ over HTTP."""

from rest_framework import serializers

from academic.norms import rules
from academic.norms.models import TeachingNorm
from core.http.resource import ResourceViewSet


class TeachingNormSerializer(serializers.ModelSerializer):
    """The hours of teaching of a full post."""

    class Meta:
        model = TeachingNorm
        fields = ["id", "institution", "activity", "per", "hours", "most_hours", "created_at", "updated_at"]
        read_only_fields = ["institution"]


class TeachingNormChangeSerializer(TeachingNormSerializer):
    """What may be changed of a norm: not of which contracts it is."""

    class Meta(TeachingNormSerializer.Meta):
        read_only_fields = ["institution", "activity"]


class TeachingNormViewSet(ResourceViewSet):
    """Norms of teaching: the hours of a full post, and the most that somebody is given."""

    queryset = TeachingNorm.objects.all()
    serializer_class = TeachingNormSerializer
    change_serializer_class = TeachingNormChangeSerializer
    view_permission = "academic.view_teaching_load"
    filters = {"institution": ["exact"], "activity": ["exact", "in"]}
    rules = {"create": rules.set_norm, "update": rules.change_norm, "remove": rules.remove_norm}

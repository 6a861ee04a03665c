"""This file holds equivalences of courses over HTTP."""

from rest_framework import serializers

from academic.equivalences import rules
from academic.equivalences.models import CourseEquivalence
from academic.names import CourseName
from core.http.resource import ResourceViewSet
from core.lists import Ref


class CourseEquivalenceSerializer(serializers.ModelSerializer):
    """One course that counts as another."""

    course = Ref(CourseName, view_permission="academic.view_course")
    counts_as = Ref(CourseName, view_permission="academic.view_course")

    class Meta:
        model = CourseEquivalence
        fields = [
            "id", "institution", "course", "counts_as", "both_ways", "starts_on", "ends_on", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution"]


class CourseEquivalenceChangeSerializer(CourseEquivalenceSerializer):
    """What may be changed of an equivalence: not which courses it is of."""

    course = Ref(CourseName, view_permission="academic.view_course", read_only=True)
    counts_as = Ref(CourseName, view_permission="academic.view_course", read_only=True)


class CourseEquivalenceViewSet(ResourceViewSet):
    """Equivalences: which course counts as which."""

    queryset = CourseEquivalence.objects.all()
    serializer_class = CourseEquivalenceSerializer
    change_serializer_class = CourseEquivalenceChangeSerializer
    view_permission = "academic.view_course"
    filters = {"institution": ["exact"], "course": ["exact", "in"], "counts_as": ["exact", "in"]}
    rules = {
        "create": rules.add_equivalence,
        "update": rules.change_equivalence,
        "remove": rules.remove_equivalence,
    }

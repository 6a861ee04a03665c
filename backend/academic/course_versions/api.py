"""This file holds /academic/course-versions/ and the contact hours of a section over HTTP."""

from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from rest_framework import serializers
from rest_framework.response import Response

from academic.course_versions import rules
from academic.course_versions.models import CourseVersion
from academic.course_versions.queries import hours_of
from academic.gradebook.models import Assessment
from academic.names import CourseName
from academic.sections.models import Kind, Section
from core.errors import NotVisible
from core.http.resource import ResourceViewSet
from core.http.views import ActingRequest, Endpoint
from core.lists import Ref
from core.tenancy.scope import reading

MOST_PARTS = 50
# The least that is shown and kept.
LEAST_HOURS, LEAST_WEIGHT = Decimal("0.1"), Decimal("0.01")


class ContactHoursSerializer(serializers.Serializer):
    """Hours of the whole course by the kind of meeting; what is left out is not planned."""

    def get_fields(self) -> dict[str, serializers.Field]:
        return {
            kind: serializers.DecimalField(max_digits=5, decimal_places=1, min_value=LEAST_HOURS, required=False)
            for kind in Kind.values
        }


class PlannedAssessmentSerializer(serializers.Serializer):
    """One part of what makes up the result."""

    code = serializers.CharField(max_length=20)
    name = serializers.CharField(max_length=100, required=False, allow_blank=True)
    type = serializers.ChoiceField(Assessment.Type.choices)
    weight = serializers.DecimalField(
        max_digits=5, decimal_places=2, min_value=LEAST_WEIGHT, max_value=100, help_text="In percent of the result."
    )
    must_reach = serializers.DecimalField(
        max_digits=5,
        decimal_places=2,
        min_value=LEAST_WEIGHT,
        max_value=100,
        required=False,
        allow_null=True,
        help_text="Whoever has less than this percentage in it does not pass.",
    )


class CourseVersionSerializer(serializers.ModelSerializer):
    """What a course is from a day on, or from the beginning; what is not said is as it was before."""

    course = Ref(CourseName, view_permission="academic.view_course")
    contact_hours = ContactHoursSerializer(write_only=True, required=False)
    assessment_plan = PlannedAssessmentSerializer(many=True, write_only=True, required=False, max_length=MOST_PARTS)

    class Meta:
        model = CourseVersion
        fields = [
            "id", "institution", "course", "starts_on", "title", "credits", "credits_up_to", "level", "description",
            "is_current", "contact_hours", "assessment_plan", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution", "is_current"]
        extra_kwargs: ClassVar[dict] = {
            **{name: {"required": False} for name in ("title", "credits", "level")},
            "description": {"write_only": True},
        }


class CourseVersionChangeSerializer(CourseVersionSerializer):
    """What may be changed of a version: not which course it is of, and since when."""

    course = Ref(CourseName, view_permission="academic.view_course", read_only=True)

    class Meta(CourseVersionSerializer.Meta):
        read_only_fields = ["institution", "is_current", "starts_on"]


class CourseVersionDetailSerializer(CourseVersionSerializer):
    """One version with its description, hours and plan, which a list leaves out."""

    contact_hours = ContactHoursSerializer()
    assessment_plan = PlannedAssessmentSerializer(many=True)

    class Meta(CourseVersionSerializer.Meta):
        extra_kwargs: ClassVar[dict] = {}


class HoursSerializer(serializers.Serializer):
    """Contact hours of one kind."""

    kind = serializers.ChoiceField(Kind.choices)
    planned = serializers.DecimalField(
        max_digits=5, decimal_places=1, allow_null=True, help_text="What the course says; null where it says nothing."
    )
    scheduled = serializers.DecimalField(max_digits=8, decimal_places=2, help_text="What its meetings give.")
    missing = serializers.DecimalField(max_digits=8, decimal_places=2, allow_null=True)


class SectionHours(Endpoint):
    """The contact hours of a section by kind: what its course plans on its first day, beside what is scheduled."""

    needs = {"get": "academic.view_section"}
    serializer_class = None
    answer_serializer_class = HoursSerializer(many=True)

    def get(self, request: ActingRequest, pk: UUID) -> Response:
        with reading(request.actor, self.needs["get"], Section):
            section = Section.objects.visible_to(request.actor, self.needs["get"]).filter(pk=pk).first()
            if section is None:
                raise NotVisible()
            return Response(HoursSerializer(hours_of(section), many=True).data)


class CourseVersionViewSet(ResourceViewSet):
    """Versions of courses: what each was, is and will be."""

    queryset = CourseVersion.objects.all()
    serializer_class = CourseVersionSerializer
    detail_serializer_class = CourseVersionDetailSerializer
    change_serializer_class = CourseVersionChangeSerializer
    view_permission = "academic.view_course"
    filters = {
        "institution": ["exact"],
        "course": ["exact", "in"],
        "starts_on": ["gte", "lt", "isnull"],
        "is_current": ["exact"],
    }
    rules = {
        "create": rules.revise_course,
        "update": rules.change_course_version,
        "remove": rules.remove_course_version,
    }

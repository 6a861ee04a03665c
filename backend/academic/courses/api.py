"""This file holds courses, their versions and prerequisites over HTTP."""

from decimal import Decimal
from typing import ClassVar

from rest_framework import serializers

from academic.courses import rules
from academic.courses.kinds import AssessmentType, Kind
from academic.courses.models import Course
from academic.courses.versions import rules as versions
from academic.courses.versions.models import CourseVersion
from academic.names import CourseName, ProgramName
from core.http.resource import ResourceViewSet, Verb
from core.lists import Ref

MOST_PARTS = 50
# The least that is shown and kept.
LEAST_HOURS, LEAST_WEIGHT = Decimal("0.1"), Decimal("0.01")


class CourseSerializer(serializers.ModelSerializer):
    """One course."""

    program = Ref(ProgramName, view_permission="academic.view_program")

    class Meta:
        model = Course
        fields = [
            "id", "institution", "program", "code", "title", "credits", "credits_up_to", "level", "status",
            "description", "prerequisite_text", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution", "status"]
        extra_kwargs: ClassVar[dict] = {"description": {"write_only": True}, "prerequisite_text": {"write_only": True}}


class CourseDetailSerializer(CourseSerializer):
    """One course with what the catalog says of it, which a list leaves out."""

    class Meta(CourseSerializer.Meta):
        extra_kwargs: ClassVar[dict] = {}


class CourseChangeSerializer(CourseSerializer):
    """What may be changed of a course: not the program that owns it."""

    program = Ref(ProgramName, view_permission="academic.view_program", read_only=True)


class CourseViewSet(ResourceViewSet):
    """Courses: units of study."""

    queryset = Course.objects.all()
    serializer_class = CourseSerializer
    detail_serializer_class = CourseDetailSerializer
    change_serializer_class = CourseChangeSerializer
    view_permission = "academic.view_course"
    filters = {
        "institution": ["exact"],
        "program": ["exact", "in"],
        "code": ["exact", "in"],
        "level": ["exact", "in"],
        "status": ["exact"],
    }
    search_fields = ["search_text"]
    orders = {"id": "id", "title": "title"}
    verbs = {"retire": Verb(rules.retire_course), "reinstate": Verb(rules.reinstate_course)}
    rules = {"create": rules.add_course, "update": rules.change_course}


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
    type = serializers.ChoiceField(AssessmentType.choices)
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
    assessment_plan = PlannedAssessmentSerializer(  # type: ignore[call-arg]  # of a list of them
        many=True, write_only=True, required=False, max_length=MOST_PARTS
    )

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
        "create": versions.revise_course,
        "update": versions.change_course_version,
        "remove": versions.remove_course_version,
    }

"""This file holds courses and prerequisites over HTTP."""

from typing import ClassVar

from rest_framework import serializers

from academic.courses import rules
from academic.courses.models import Course, Prerequisite
from academic.names import CourseName, ProgramName
from core.http.resource import ResourceViewSet, Verb
from core.lists import Ref


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
    verbs = {"retire": Verb(rules.retire_course)}
    rules = {"create": rules.add_course, "update": rules.change_course}


class PrerequisiteSerializer(serializers.ModelSerializer):
    """One course that must be passed before another."""

    course = Ref(CourseName, view_permission="academic.view_course")
    requires = Ref(CourseName, view_permission="academic.view_course")

    class Meta:
        model = Prerequisite
        fields = ["id", "institution", "course", "requires", "requisite", "created_at"]
        read_only_fields = ["institution", "requisite"]


class PrerequisiteViewSet(ResourceViewSet):
    """The prerequisite graph, edge by edge."""

    queryset = Prerequisite.objects.all()
    serializer_class = PrerequisiteSerializer
    view_permission = "academic.view_course"
    filters = {
        "institution": ["exact"],
        "course": ["exact", "in"],
        "requires": ["exact", "in"],
        "requisite": ["isnull"],
    }
    rules = {"create": rules.add_prerequisite, "remove": rules.remove_prerequisite}

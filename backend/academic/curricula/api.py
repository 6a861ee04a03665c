"""This file holds curricula over HTTP."""

from rest_framework import serializers

from academic.curricula import rules
from academic.curricula.models import CourseGroup, ProgramCourse
from academic.names import CourseGroupName, CourseName, ProgramVersionName
from core.http.resource import ResourceViewSet
from core.lists import Ref


class ProgramCourseSerializer(serializers.ModelSerializer):
    """One course in the structure of a program version."""

    program_version = Ref(ProgramVersionName, view_permission="academic.view_program", cached=False)
    course = Ref(CourseName, view_permission="academic.view_course")
    group = Ref(CourseGroupName, view_permission="academic.view_program", cached=False, required=False, allow_null=True)

    class Meta:
        model = ProgramCourse
        fields = [
            "id", "institution", "program_version", "course", "group", "year_of_study", "term_of_study",
            "is_compulsory",
        ]  # fmt: skip
        read_only_fields = ["institution"]


class ProgramCourseChangeSerializer(ProgramCourseSerializer):
    """What may be changed of a course in a version: not which course or version it is."""

    program_version = Ref(ProgramVersionName, view_permission="academic.view_program", cached=False, read_only=True)
    course = Ref(CourseName, view_permission="academic.view_course", read_only=True)


class ProgramCourseViewSet(ResourceViewSet):
    """The structure of program versions: which course belongs to which."""

    queryset = ProgramCourse.objects.all()
    serializer_class = ProgramCourseSerializer
    change_serializer_class = ProgramCourseChangeSerializer
    view_permission = "academic.view_program"
    filters = {
        "institution": ["exact"],
        "program_version": ["exact", "in"],
        "course": ["exact", "in"],
        "group": ["exact", "in", "isnull"],
        "year_of_study": ["exact"],
    }
    rules = {
        "create": rules.add_program_course,
        "update": rules.change_program_course,
        "remove": rules.remove_program_course,
    }


class CourseGroupSerializer(serializers.ModelSerializer):
    """One group of courses of a program version."""

    program_version = Ref(ProgramVersionName, view_permission="academic.view_program", cached=False)

    class Meta:
        model = CourseGroup
        fields = [
            "id", "institution", "program_version", "name", "place", "min_credits", "min_courses", "open_to_any",
            "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution"]


class CourseGroupChangeSerializer(CourseGroupSerializer):
    """What may be changed of a group: not which version it is of."""

    program_version = Ref(ProgramVersionName, view_permission="academic.view_program", cached=False, read_only=True)


class CourseGroupViewSet(ResourceViewSet):
    """Groups of courses: what of each a program version asks for."""

    queryset = CourseGroup.objects.all()
    serializer_class = CourseGroupSerializer
    change_serializer_class = CourseGroupChangeSerializer
    view_permission = "academic.view_program"
    filters = {"institution": ["exact"], "program_version": ["exact", "in"]}
    rules = {
        "create": rules.add_course_group,
        "update": rules.change_course_group,
        "remove": rules.remove_course_group,
    }

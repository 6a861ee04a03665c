"""This file holds curricula over HTTP."""

from rest_framework import serializers

from academic.curricula import rules
from academic.curricula.models import ProgramCourse
from academic.names import CourseName, ProgramVersionName
from core.http.resource import ResourceViewSet
from core.lists import Ref


class ProgramCourseSerializer(serializers.ModelSerializer):
    """One course in the structure of a program version."""

    program_version = Ref(ProgramVersionName, view_permission="academic.view_program", cached=False)
    course = Ref(CourseName, view_permission="academic.view_course")

    class Meta:
        model = ProgramCourse
        fields = ["id", "institution", "program_version", "course", "year_of_study", "is_compulsory"]
        read_only_fields = ["institution"]


class ProgramCourseViewSet(ResourceViewSet):
    """The structure of program versions: which course belongs to which."""

    queryset = ProgramCourse.objects.all()
    serializer_class = ProgramCourseSerializer
    view_permission = "academic.view_program"
    filters = {
        "institution": ["exact"],
        "program_version": ["exact", "in"],
        "course": ["exact", "in"],
        "year_of_study": ["exact"],
    }
    rules = {"create": rules.add_program_course, "remove": rules.remove_program_course}

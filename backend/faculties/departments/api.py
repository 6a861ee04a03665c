"""This file holds /departments/ over HTTP."""

from rest_framework import serializers

from core.http.resource import ResourceViewSet, Verb
from core.lists import Ref
from faculties.departments import rules
from faculties.departments.models import Department
from faculties.former_names.bodies import RenamingSerializer
from faculties.names import DepartmentName, FacultyName


class DepartmentSerializer(serializers.ModelSerializer):
    """One department of a faculty."""

    faculty = Ref(FacultyName, view_permission="faculties.view_faculty")
    merged_into = Ref(DepartmentName, view_permission="faculties.view_department", read_only=True)

    class Meta:
        model = Department
        fields = [
            "id", "institution", "faculty", "code", "name", "opened_on", "closed_on", "merged_into",
            "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution", "closed_on"]


class DepartmentChangeSerializer(DepartmentSerializer):
    """What may be changed of a department: not its faculty; one that moves is closed and opened there."""

    faculty = Ref(FacultyName, view_permission="faculties.view_faculty", read_only=True)


class DepartmentClosingSerializer(serializers.Serializer):
    """The day on which a department closes, and the one it merges into, if it does."""

    closed_on = serializers.DateField()
    merged_into = Ref(DepartmentName, view_permission="faculties.view_department", required=False)


class DepartmentViewSet(ResourceViewSet):
    """Departments: where programs, courses and people have their home."""

    queryset = Department.objects.all()
    serializer_class = DepartmentSerializer
    change_serializer_class = DepartmentChangeSerializer
    view_permission = "faculties.view_department"
    filters = {
        "institution": ["exact"],
        "faculty": ["exact", "in"],
        "code": ["exact", "in"],
        "closed_on": ["isnull", "lt", "gte"],
    }
    search_fields = ["search_text"]
    orders = {"id": "id", "name": "name"}
    verbs = {
        "rename": Verb(rules.rename_department, RenamingSerializer),
        "close": Verb(rules.close_department, DepartmentClosingSerializer),
    }
    rules = {"create": rules.open_department, "update": rules.change_department, "remove": rules.remove_department}

"""This file holds /former-names/ over HTTP."""

from rest_framework import serializers

from core.http.resource import ResourceViewSet
from core.lists import Ref
from faculties.former_names.models import FormerName
from faculties.names import DepartmentName, FacultyName


class FormerNameSerializer(serializers.ModelSerializer):
    """One name that an institution, a faculty or a department had until a day."""

    faculty = Ref(FacultyName, view_permission="faculties.view_faculty", read_only=True)
    department = Ref(DepartmentName, view_permission="faculties.view_department", read_only=True)

    class Meta:
        model = FormerName
        fields = [
            "id", "institution", "faculty", "department", "name", "starts_on", "ends_on", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = fields


class FormerNameViewSet(ResourceViewSet):
    """Names of before: of institutions, and of their units. They come of renaming, and nobody writes them."""

    queryset = FormerName.objects.all()
    serializer_class = FormerNameSerializer
    view_permission = "faculties.view_institution"
    filters = {
        "institution": ["exact"],
        "faculty": ["exact", "isnull"],
        "department": ["exact", "isnull"],
        "ends_on": ["lt", "gte"],
    }

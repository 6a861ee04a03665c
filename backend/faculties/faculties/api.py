"""This file holds /faculties/ over HTTP."""

from rest_framework import serializers

from core.http.resource import ResourceViewSet, Verb
from core.lists import Ref
from faculties.faculties import rules
from faculties.faculties.models import Faculty
from faculties.former_names.bodies import RenamingSerializer
from faculties.names import FacultyName


class FacultySerializer(serializers.ModelSerializer):
    """One faculty of an institution."""

    merged_into = Ref(FacultyName, view_permission="faculties.view_faculty", read_only=True)

    class Meta:
        model = Faculty
        fields = [
            "id", "institution", "code", "name", "opened_on", "closed_on", "merged_into", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution", "closed_on"]


class FacultyClosingSerializer(serializers.Serializer):
    """The day on which a faculty closes, and the one it merges into, if it does."""

    closed_on = serializers.DateField()
    merged_into = Ref(FacultyName, view_permission="faculties.view_faculty", required=False)


class FacultyViewSet(ResourceViewSet):
    """Faculties: the first level below an institution."""

    queryset = Faculty.objects.all()
    serializer_class = FacultySerializer
    view_permission = "faculties.view_faculty"
    filters = {"institution": ["exact"], "code": ["exact", "in"], "closed_on": ["isnull", "lt", "gte"]}
    search_fields = ["search_text"]
    orders = {"id": "id", "name": "name"}
    verbs = {
        "rename": Verb(rules.rename_faculty, RenamingSerializer),
        "close": Verb(rules.close_faculty, FacultyClosingSerializer),
    }
    rules = {"create": rules.open_faculty, "update": rules.change_faculty, "remove": rules.remove_faculty}

"""This file holds /campuses/ and /buildings/ over HTTP."""

from rest_framework import serializers

from core.http.resource import ResourceViewSet, Verb
from core.lists import Ref
from faculties.campuses import rules
from faculties.campuses.models import Building, Campus
from faculties.names import CampusName

VIEW = "faculties.view_campus"


class CampusSerializer(serializers.ModelSerializer):
    """One site of an institution."""

    class Meta:
        model = Campus
        fields = [
            "id", "institution", "code", "name", "address", "latitude", "longitude", "opened_on", "closed_on",
            "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution", "closed_on"]


class CampusClosingSerializer(serializers.Serializer):
    """The day on which a campus closes."""

    closed_on = serializers.DateField()


class CampusViewSet(ResourceViewSet):
    """Campuses: the sites of an institution."""

    queryset = Campus.objects.all()
    serializer_class = CampusSerializer
    view_permission = VIEW
    filters = {"institution": ["exact"], "code": ["exact", "in"], "closed_on": ["isnull", "lt", "gte"]}
    search_fields = ["search_text"]
    orders = {"id": "id", "name": "name"}
    verbs = {"close": Verb(rules.close_campus, CampusClosingSerializer)}
    rules = {"create": rules.open_campus, "update": rules.change_campus}


class BuildingSerializer(serializers.ModelSerializer):
    """One building of a campus."""

    campus = Ref(CampusName, view_permission=VIEW)

    class Meta:
        model = Building
        fields = ["id", "institution", "campus", "code", "name", "floors", "created_at", "updated_at"]
        read_only_fields = ["institution"]


class BuildingChangeSerializer(BuildingSerializer):
    """What may be changed of a building: not its campus."""

    campus = Ref(CampusName, view_permission=VIEW, read_only=True)


class BuildingViewSet(ResourceViewSet):
    """Buildings of campuses."""

    queryset = Building.objects.all()
    serializer_class = BuildingSerializer
    change_serializer_class = BuildingChangeSerializer
    view_permission = VIEW
    filters = {"institution": ["exact"], "campus": ["exact", "in"], "code": ["exact", "in"]}
    orders = {"id": "id", "name": "name"}
    rules = {"create": rules.add_building, "update": rules.change_building, "remove": rules.remove_building}

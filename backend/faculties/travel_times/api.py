"""This file holds /travel-times/ over HTTP."""

from rest_framework import serializers

from core.http.resource import ResourceViewSet
from core.lists import Ref
from faculties.names import CampusName
from faculties.travel_times import rules
from faculties.travel_times.models import MOST_MINUTES, TravelTime

VIEW = "faculties.view_campus"


class TravelTimeSerializer(serializers.ModelSerializer):
    """How long the way from one campus to another takes."""

    origin = Ref(CampusName, view_permission=VIEW)
    destination = Ref(CampusName, view_permission=VIEW)
    minutes = serializers.IntegerField(min_value=1, max_value=MOST_MINUTES, help_text="From door to door.")

    class Meta:
        model = TravelTime
        fields = ["id", "institution", "origin", "destination", "minutes", "created_at", "updated_at"]
        read_only_fields = ["institution"]


class TravelTimeChangeSerializer(TravelTimeSerializer):
    """What may be changed of it: not which way it is."""

    origin = Ref(CampusName, view_permission=VIEW, read_only=True)
    destination = Ref(CampusName, view_permission=VIEW, read_only=True)


class TravelTimeViewSet(ResourceViewSet):
    """Travel times between campuses. Who teaches or attends at both needs that long in between."""

    queryset = TravelTime.objects.all()
    serializer_class = TravelTimeSerializer
    change_serializer_class = TravelTimeChangeSerializer
    view_permission = VIEW
    filters = {"institution": ["exact"], "origin": ["exact", "in"], "destination": ["exact", "in"]}
    rules = {
        "create": rules.set_travel_time,
        "update": rules.change_travel_time,
        "remove": rules.remove_travel_time,
    }

"""This file holds /rooms/ over HTTP."""

from rest_framework import serializers

from core.http.resource import ResourceViewSet, Verb
from core.lists import Ref
from faculties.names import BuildingName, DepartmentName
from faculties.rooms import rules
from faculties.rooms.models import Room


class RoomSerializer(serializers.ModelSerializer):
    """One room of a building."""

    building = Ref(BuildingName, view_permission="faculties.view_campus")
    department = Ref(DepartmentName, view_permission="faculties.view_department", required=False, allow_null=True)

    class Meta:
        model = Room
        fields = [
            "id", "institution", "building", "department", "code", "name", "kind", "capacity", "exam_capacity",
            "features", "available_hours", "status", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution", "status"]


class RoomChangeSerializer(RoomSerializer):
    """What may be changed of a room: not where it lies."""

    building = Ref(BuildingName, view_permission="faculties.view_campus", read_only=True)


class RoomViewSet(ResourceViewSet):
    """Rooms: what they hold and offer, and whether they can be booked."""

    queryset = Room.objects.all()
    serializer_class = RoomSerializer
    change_serializer_class = RoomChangeSerializer
    view_permission = "faculties.view_room"
    examples = {"features": ["projector", "wheelchair_access"]}
    filters = {
        "institution": ["exact"],
        "building": ["exact", "in"],
        "building__campus": ["exact", "in"],
        "department": ["exact", "in", "isnull"],
        "code": ["exact", "in"],
        "kind": ["exact", "in"],
        "status": ["exact", "in"],
        "capacity": ["gte", "lt"],
        "exam_capacity": ["gte", "lt"],
        "features": ["contains"],
    }
    search_fields = ["search_text"]
    orders = {"id": "id", "code": "code", "capacity": "capacity"}
    verbs = {
        "take-out": Verb(rules.take_room_out),
        "return": Verb(rules.return_room),
        "retire": Verb(rules.retire_room),
    }
    rules = {"create": rules.add_room, "update": rules.change_room}

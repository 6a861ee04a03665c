"""This file holds /equipment/ over HTTP."""

from rest_framework import serializers

from core.http.resource import ResourceViewSet, Verb
from core.lists import Ref
from faculties.equipment import rules
from faculties.equipment.models import Equipment
from faculties.names import DepartmentName, RoomName


class EquipmentSerializer(serializers.ModelSerializer):
    """One piece of equipment."""

    room = Ref(RoomName, view_permission="faculties.view_room", required=False, allow_null=True)
    department = Ref(DepartmentName, view_permission="faculties.view_department", required=False, allow_null=True)

    class Meta:
        model = Equipment
        fields = [
            "id", "institution", "asset_number", "name", "kind", "room", "department", "status", "created_at",
            "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution", "status"]


class EquipmentViewSet(ResourceViewSet):
    """Equipment: single things, where they are kept, and whether they can be booked."""

    queryset = Equipment.objects.all()
    serializer_class = EquipmentSerializer
    view_permission = "faculties.view_equipment"
    filters = {
        "institution": ["exact"],
        "asset_number": ["exact", "in"],
        "kind": ["exact", "in"],
        "status": ["exact", "in"],
        "room": ["exact", "in", "isnull"],
        "department": ["exact", "in", "isnull"],
    }
    search_fields = ["search_text"]
    orders = {"id": "id", "name": "name"}
    verbs = {
        "take-out": Verb(rules.take_equipment_out),
        "return": Verb(rules.return_equipment),
        "retire": Verb(rules.retire_equipment),
    }
    rules = {"create": rules.add_equipment, "update": rules.change_equipment}

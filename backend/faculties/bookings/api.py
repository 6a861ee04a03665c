"""This file holds /bookings/ over HTTP."""

from rest_framework import serializers

from core.http.resource import ResourceViewSet, Verb
from core.lists import Ref
from faculties.bookings import rules
from faculties.bookings.models import Booking
from faculties.names import DepartmentName, EquipmentName, RoomName


class BookingSerializer(serializers.ModelSerializer):
    """One room, or one piece of equipment, for one stretch of time."""

    room = Ref(RoomName, view_permission="faculties.view_room", required=False)
    equipment = Ref(EquipmentName, view_permission="faculties.view_equipment", required=False)
    department = Ref(DepartmentName, view_permission="faculties.view_department", required=False, allow_null=True)

    class Meta:
        model = Booking
        fields = [
            "id", "institution", "room", "equipment", "department", "starts_at", "ends_at", "purpose", "title",
            "attendees", "status", "source", "source_id", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["institution", "status", "source", "source_id"]


class BookingChangeSerializer(serializers.ModelSerializer):
    """What may be changed of a booking as it stands: what it is for."""

    class Meta:
        model = Booking
        fields = ["purpose", "title", "attendees"]


class BookingMoveSerializer(serializers.Serializer):
    """The time to which a booking moves, and the room if it is another."""

    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    room = Ref(RoomName, view_permission="faculties.view_room", required=False)


class BookingViewSet(ResourceViewSet):
    """Bookings of rooms and equipment, for classes, examinations, events and the innovation hub alike."""

    queryset = Booking.objects.all()
    serializer_class = BookingSerializer
    change_serializer_class = BookingChangeSerializer
    view_permission = "faculties.view_booking"
    filters = {
        "institution": ["exact"],
        "room": ["exact", "in"],
        "room__building": ["exact", "in"],
        "equipment": ["exact", "in"],
        "department": ["exact", "in", "isnull"],
        "purpose": ["exact", "in"],
        "status": ["exact", "in"],
        "source": ["exact"],
        "source_id": ["exact", "in"],
        "starts_at": ["gte", "lt"],
        "ends_at": ["gt", "lte"],
    }
    orders = {"id": "id", "starts_at": "starts_at"}
    verbs = {
        "move": Verb(rules.move_booking, BookingMoveSerializer),
        "cancel": Verb(rules.cancel_booking),
    }
    rules = {"create": rules.book, "update": rules.change_booking}

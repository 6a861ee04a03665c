"""This file holds bookings: who has a room or a piece of equipment, and when. One table for all purposes."""

from datetime import datetime
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from core.records import Record, SharedQuerySet
from core.tenancy.fields import TenantForeignKey
from faculties.departments.models import Department
from faculties.equipment.models import Equipment
from faculties.rooms.models import Room

ALREADY_BOOKED = "already_booked"


class During(Func):
    """From the start to the end, half-open: what ends at ten and what starts at ten don't meet."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()

    def __init__(self) -> None:
        super().__init__(F("starts_at"), F("ends_at"), RangeBoundary())


class BookingQuerySet(SharedQuerySet):
    """Query words of bookings."""

    def confirmed(self) -> Self:
        return self.filter(status=Booking.Status.CONFIRMED)

    def meeting(self, starts_at: datetime, ends_at: datetime) -> Self:
        """Those that share a moment with this time."""
        return self.filter(starts_at__lt=ends_at, ends_at__gt=starts_at)


def never_twice(what: str, sentence: str) -> ExclusionConstraint:
    """No two confirmed bookings of one thing share a moment, however they arrive."""
    return ExclusionConstraint(
        name=f"booking_of_{what}_once",
        expressions=[
            ("institution", RangeOperators.EQUAL),
            (what, RangeOperators.EQUAL),
            (During(), RangeOperators.OVERLAPS),
        ],
        condition=Q(status="confirmed"),
        violation_error_code=ALREADY_BOOKED,
        violation_error_message=sentence,
    )


class Booking(Record):
    """One room, or one piece of equipment, for one stretch of time. A canceled one stays, and blocks nothing.

    A shared one blocks nothing either: what made it may use the room beside whoever has booked it.

    `department` is for whom it is booked; without one it is the institution's. `source` is what made it where that
    was not a person, and `source_id` the row there: such a booking changes with its source, never by hand.
    """

    no_person = "What a room is used for. Who booked it stands in the audit log."

    class Purpose(models.TextChoices):
        CLASS = "class"
        EXAM = "exam"
        EVENT = "event"
        MAINTENANCE = "maintenance"
        INNOVATION = "innovation"

    class Status(models.TextChoices):
        CONFIRMED = "confirmed"
        SHARED = "shared"
        CANCELED = "canceled"

    unit_paths = ("department",)

    room = TenantForeignKey(Room, null=True, blank=True, related_name="bookings")
    equipment = TenantForeignKey(Equipment, null=True, blank=True, related_name="bookings")
    department = TenantForeignKey(Department, null=True, blank=True, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    purpose = models.CharField(max_length=20, choices=Purpose)
    title = models.CharField(max_length=120)
    attendees = models.PositiveIntegerField(null=True, blank=True)
    status = models.CharField(
        max_length=10, choices=Status, default=Status.CONFIRMED, db_default=Status.CONFIRMED, editable=False
    )
    source = models.CharField(max_length=40, blank=True, db_default="", editable=False)
    source_id = models.UUIDField(null=True, blank=True, editable=False)

    objects = BookingQuerySet.as_manager()  # type: ignore[misc]  # a manager is a class variable by nature

    class Meta(Record.Meta):
        constraints = [
            never_twice("room", "This room is booked at this time."),
            never_twice("equipment", "This equipment is booked at this time."),
            models.CheckConstraint(
                condition=Q(room__isnull=False, equipment__isnull=True) | Q(room__isnull=True, equipment__isnull=False),
                name="booking_of_one_thing",
                violation_error_code="room_or_equipment",
                violation_error_message="A booking is of one room or of one piece of equipment.",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="booking_ends_after_it_starts",
                violation_error_code="ends_before_it_starts",
                violation_error_message="A booking ends after it starts.",
            ),
            models.CheckConstraint(
                condition=Q(source="", source_id__isnull=True) | ~Q(source="") & Q(source_id__isnull=False),
                name="booking_source_complete",
                violation_error_code="source_incomplete",
                violation_error_message="A booking names the kind and the id of what made it, or neither.",
            ),
            models.CheckConstraint(
                condition=~Q(status="shared") | ~Q(source=""),
                name="booking_shared_by_its_source",
                violation_error_code="shared_by_hand",
                violation_error_message="Only what another part of the system books shares a room.",
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "starts_at", "id"], name="booking_by_start"),
            models.Index(fields=["institution", "room", "starts_at"], name="booking_by_room"),
            models.Index(
                fields=["institution", "source_id"], name="booking_by_source", condition=Q(source_id__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.title

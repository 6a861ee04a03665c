"""This file holds rooms, and what rooms and equipment have in common: both are booked."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from core.records import Record, SharedQuerySet
from core.tenancy.fields import TenantForeignKey
from core.texts import FoldedField
from faculties.departments.models import Department

HOURS_OF_WEEK = 168


class Feature(models.TextChoices):
    """What a room offers besides its seats."""

    PROJECTOR = "projector"
    WHITEBOARD = "whiteboard"
    COMPUTERS = "computers"
    LAB_BENCHES = "lab_benches"
    FUME_HOOD = "fume_hood"
    SOUND_SYSTEM = "sound_system"
    VIDEO_CONFERENCE = "video_conference"
    RECORDING = "recording"
    INTERNET = "internet"
    AIR_CONDITIONING = "air_conditioning"
    BACKUP_POWER = "backup_power"
    MOVABLE_SEATS = "movable_seats"
    WHEELCHAIR_ACCESS = "wheelchair_access"
    HEARING_LOOP = "hearing_loop"


class Bookable(Record):
    """What a room and a piece of equipment have in common: a state, and perhaps a department that owns it.

    Without an owner it is shared by the whole institution.
    """

    no_person = "A thing of an institution, not of a person."

    class Status(models.TextChoices):
        AVAILABLE = "available"
        OUT_OF_SERVICE = "out_of_service"
        RETIRED = "retired"

    unit_paths = ("department",)

    department = TenantForeignKey(Department, null=True, blank=True, related_name="+")
    status = models.CharField(
        max_length=20, choices=Status, default=Status.AVAILABLE, db_default=Status.AVAILABLE, editable=False
    )

    objects = SharedQuerySet.as_manager()  # type: ignore[misc]  # a manager is a class variable by nature

    class Meta(Record.Meta):
        abstract = True


class Room(Bookable):
    """One room of a building."""

    class Kind(models.TextChoices):
        CLASSROOM = "classroom"
        LECTURE_THEATER = "lecture_theater"
        SEMINAR_ROOM = "seminar_room"
        LABORATORY = "laboratory"
        COMPUTER_LABORATORY = "computer_laboratory"
        WORKSHOP = "workshop"
        STUDIO = "studio"
        HALL = "hall"
        LIBRARY = "library"
        MEETING_ROOM = "meeting_room"
        OFFICE = "office"
        INNOVATION_HUB = "innovation_hub"
        OTHER = "other"

    is_reference = True

    building = TenantForeignKey("faculties.Building", related_name="rooms")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=20, choices=Kind)
    capacity = models.PositiveIntegerField(help_text="Seats.")
    exam_capacity = models.PositiveIntegerField(
        null=True, blank=True, help_text="Seats for an examination, spaced; empty where none are held here."
    )
    features = ArrayField(models.CharField(max_length=30, choices=Feature), default=list, blank=True)
    available_hours = models.PositiveSmallIntegerField(
        default=40,
        db_default=40,
        help_text="Hours of a week in which it could be used: the use of rooms is measured by them.",
    )
    search_text = FoldedField(sources=("code", "name"))

    class Meta(Bookable.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "building", "code"],
                name="room_code_once",
                violation_error_code="code_taken",
                violation_error_message="This building has a room with this code.",
            ),
            models.CheckConstraint(
                condition=Q(capacity__gte=1),
                name="room_has_a_seat",
                violation_error_code="no_seat",
                violation_error_message="A room holds at least one person.",
            ),
            models.CheckConstraint(
                condition=Q(exam_capacity__isnull=True) | Q(exam_capacity__gte=1, exam_capacity__lte=F("capacity")),
                name="room_exam_seats_within_capacity",
                violation_error_code="exam_capacity_too_large",
                violation_error_message="A room holds from one person in an examination to as many as otherwise.",
            ),
            models.CheckConstraint(
                condition=Q(available_hours__gte=1, available_hours__lte=HOURS_OF_WEEK),
                name="room_hours_within_the_week",
                violation_error_code="hours_out_of_range",
                violation_error_message=f"A week has 1 to {HOURS_OF_WEEK} available hours.",
            ),
            models.CheckConstraint(
                condition=Q(features__contained_by=Feature.values),
                name="room_features_known",
                violation_error_code="unknown_feature",
                violation_error_message="A room has features of the known list.",
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "search_text", "id"], name="room_by_text"),
            models.Index(fields=["institution", "code", "id"], name="room_by_code"),
            models.Index(fields=["institution", "capacity", "id"], name="room_by_capacity"),
        ]

    def __str__(self) -> str:
        return self.name or self.code

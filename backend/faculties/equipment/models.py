"""This file holds equipment: the single things that an institution owns and lends out."""

from django.db import models

from core.tenancy.fields import TenantForeignKey
from core.texts import FoldedField
from faculties.rooms.models import Bookable


class Equipment(Bookable):
    """One piece of equipment. Ten microscopes are ten rows: each has its own number, state and bookings."""

    class Kind(models.TextChoices):
        COMPUTER = "computer"
        AUDIO_VISUAL = "audio_visual"
        LABORATORY = "laboratory"
        MEDICAL = "medical"
        WORKSHOP = "workshop"
        FABRICATION = "fabrication"
        FIELD = "field"
        VEHICLE = "vehicle"
        OTHER = "other"

    room = TenantForeignKey("faculties.Room", null=True, blank=True, related_name="equipment", help_text="Its home.")
    asset_number = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=Kind)
    search_text = FoldedField(sources=("name", "asset_number"))

    class Meta(Bookable.Meta):
        verbose_name_plural = "equipment"
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "asset_number"],
                name="equipment_asset_number_once",
                violation_error_code="asset_number_taken",
                violation_error_message="This institution has equipment with this asset number.",
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "search_text", "id"], name="equipment_by_text"),
            models.Index(fields=["institution", "name", "id"], name="equipment_by_name"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.asset_number})"

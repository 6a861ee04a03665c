"""This file holds campuses and buildings: where an institution is."""

from datetime import date

from django.db import models
from django.db.models import F, Q

from core.records import Record, SharedQuerySet
from core.tenancy.fields import TenantForeignKey
from core.texts import FoldedField

MOST_FLOORS = 200


class Campus(Record):
    """One site of an institution."""

    no_person = "A place; its address is not a person's."

    is_reference = True

    code = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    address = models.CharField(max_length=300, blank=True)
    latitude = models.DecimalField(max_digits=8, decimal_places=6, null=True, blank=True, help_text="Degrees north.")
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True, help_text="Degrees east.")
    opened_on = models.DateField(default=date(1900, 1, 1), db_default=date(1900, 1, 1))
    closed_on = models.DateField(null=True, blank=True, editable=False)
    search_text = FoldedField(sources=("name", "code"))

    objects = SharedQuerySet.as_manager()  # type: ignore[misc]  # a manager is a class variable by nature

    class Meta(Record.Meta):
        verbose_name_plural = "campuses"
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "code"],
                name="campus_code_once",
                violation_error_code="code_taken",
                violation_error_message="This institution has a campus with this code.",
            ),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | Q(closed_on__gt=F("opened_on")),
                name="campus_closes_after_opening",
                violation_error_code="closes_before_opening",
                violation_error_message="A campus closes after the day it opened.",
            ),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__isnull=False, latitude__gte=-90, latitude__lte=90)
                & Q(longitude__isnull=False, longitude__gte=-180, longitude__lte=180),
                name="campus_lies_on_earth",
                violation_error_code="not_on_earth",
                violation_error_message="Give a latitude from -90 to 90 with a longitude from -180 to 180, or neither.",
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "search_text", "id"], name="campus_by_text"),
            models.Index(fields=["institution", "name", "id"], name="campus_by_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Building(Record):
    """One building of a campus."""

    no_person = "A place; a name that honors somebody tells nothing of them."

    is_reference = True

    campus = TenantForeignKey(Campus, related_name="buildings")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    floors = models.PositiveSmallIntegerField(default=1, db_default=1)

    objects = SharedQuerySet.as_manager()  # type: ignore[misc]  # a manager is a class variable by nature

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "campus", "code"],
                name="building_code_once",
                violation_error_code="code_taken",
                violation_error_message="This campus has a building with this code.",
            ),
            models.CheckConstraint(
                condition=Q(floors__gte=1, floors__lte=MOST_FLOORS),
                name="building_has_floors",
                violation_error_code="floors_out_of_range",
                violation_error_message=f"A building has 1 to {MOST_FLOORS} floors.",
            ),
        ]
        indexes = [models.Index(fields=["institution", "name", "id"], name="building_by_name")]

    def __str__(self) -> str:
        return self.name

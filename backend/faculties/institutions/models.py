"""This file holds the national register of institutions: the tenants of the system."""

from typing import Self
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q

from core.actor import Actor
from core.records import Row
from core.tenancy.constraints import HeldByTrigger
from core.texts import FoldedField

EARLIEST_YEAR = 1800


def is_time_zone(name: str) -> None:
    """A zone of the IANA database, by the name that has rules: not an offset, which changes with the seasons."""
    if name not in available_timezones():
        raise ValidationError(f"There is no time zone {name}: give one such as Africa/Harare.", "unknown_time_zone")


class InstitutionQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor, permission: str) -> Self:
        """The institutions in which the actor holds the permission."""
        reach = actor.reach(permission)
        return self if reach.nation else self.filter(pk__in=reach.touched)

    def open(self) -> Self:
        return self.filter(status=Institution.Status.OPEN)


class Institution(Row):
    """One university, polytechnic or college.

    It is the tenant, not a tenant's row: the register of who exists is public, so there is no wall around it.
    """

    no_person = "The public register of institutions."

    class Type(models.TextChoices):
        UNIVERSITY = "university"
        POLYTECHNIC = "polytechnic"
        TEACHERS_COLLEGE = "teachers_college", "teachers' college"
        INDUSTRIAL_TRAINING_CENTER = "industrial_training_center"
        VOCATIONAL = "vocational"
        OTHER = "other"
        REGULATOR = "regulator", "the regulator's own office"

    class Sector(models.TextChoices):
        STATE = "state"
        PRIVATE = "private"
        CHURCH = "church"

    class Status(models.TextChoices):
        PLANNED = "planned"
        OPEN = "open"
        SUSPENDED = "suspended"
        CLOSED = "closed"

    read_nationally = True
    is_reference = True

    code = models.CharField(
        max_length=20,
        unique=True,
        validators=[RegexValidator(r"^[A-Z0-9][A-Z0-9-]*$", "Use capitals, digits and hyphens.")],
    )
    name = models.CharField(max_length=200, help_text="Two may have the same: the code tells them apart.")
    former_name = models.CharField(max_length=200, blank=True, editable=False, help_text="The one before this.")
    type = models.CharField(max_length=30, choices=Type)
    sector = models.CharField(max_length=10, choices=Sector, default=Sector.STATE)
    province = models.CharField(max_length=10, blank=True, help_text="ISO 3166-2 code, such as ZW-HA.")
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=30, blank=True)
    address = models.CharField(max_length=300, blank=True)
    city = models.CharField(max_length=100, blank=True)
    postal_code = models.CharField(max_length=20, blank=True)
    latitude = models.DecimalField(
        max_digits=8, decimal_places=6, null=True, blank=True, help_text="Degrees north, WGS 84."
    )
    longitude = models.DecimalField(
        max_digits=9, decimal_places=6, null=True, blank=True, help_text="Degrees east, WGS 84."
    )
    website = models.URLField(blank=True)
    established = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(EARLIEST_YEAR), MaxValueValidator(2200)], help_text="Year."
    )
    closed_on = models.DateField(null=True, blank=True)
    capacity = models.PositiveIntegerField(null=True, blank=True, help_text="Students the institution can hold.")
    time_zone = models.CharField(max_length=40, default="Africa/Harare", validators=[is_time_zone])
    search_text = FoldedField(sources=("name", "code"))
    former_text = FoldedField(sources=("former_name",))

    objects = InstitutionQuerySet.as_manager()

    class Meta(Row.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_on__isnull=False) | ~Q(status="closed"),
                name="institution_closed_has_a_date",
                violation_error_code="closing_date_needed",
                violation_error_message="A closed institution has a closing date.",
            ),
            models.UniqueConstraint(
                fields=["type"],
                condition=Q(type="regulator"),
                name="institution_one_regulator",
                violation_error_code="one_regulator",
                violation_error_message="The register has a regulator: there is one.",
            ),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                # Said of both, since a comparison with null refuses nothing.
                | Q(latitude__isnull=False, longitude__isnull=False)
                & Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
                name="institution_lies_on_earth",
                violation_error_code="not_on_earth",
                violation_error_message="Give both: a latitude from -90 to 90, and a longitude from -180 to 180.",
            ),
            HeldByTrigger(
                name="institution_zone_of_its_meetings",
                violation_error_code="zone_of_meetings",
                violation_error_message="Meetings of a term that is not over have their hours by this time zone: it"
                " changes between terms, or once those meetings are canceled.",
            ),
        ]
        indexes = [
            models.Index(F("search_text"), name="institution_by_text"),
            models.Index(fields=["name", "id"], name="institution_by_name"),
            models.Index(F("former_text"), name="institution_by_former_text"),
        ]

    def __str__(self) -> str:
        return self.name

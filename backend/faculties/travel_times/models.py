"""This file holds travel times: how long the way from one campus to another takes."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from core.records import Record, SharedQuerySet
from core.tenancy.fields import TenantForeignKey
from faculties.campuses.models import Campus

MOST_MINUTES = 24 * 60
NOWHERE, NOWHERE_WORDS = "same_campus", "A way leads from one campus to another: within one it takes no time."


class TravelTime(Record):
    """The minutes from one campus to another. The way back takes as long, unless it has a row of its own.

    Where there is no row either way, or no other campus, it is 0: `faculties_minutes_between` says it in SQL.
    """

    no_person = "A way between places."

    origin = TenantForeignKey(Campus, related_name="+")
    destination = TenantForeignKey(Campus, related_name="+")
    minutes = models.PositiveSmallIntegerField(help_text="From door to door.")

    objects = SharedQuerySet.as_manager()  # type: ignore[misc]  # a manager is a class variable by nature

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "origin", "destination"],
                name="travel_time_once",
                violation_error_code="way_known",
                violation_error_message="The time of this way is known: change that one.",
            ),
            models.CheckConstraint(
                condition=~Q(origin=F("destination")),
                name="travel_time_elsewhere",
                violation_error_code=NOWHERE,
                violation_error_message=NOWHERE_WORDS,
            ),
            models.CheckConstraint(
                condition=Q(minutes__gte=1, minutes__lte=MOST_MINUTES),
                name="travel_time_within_a_day",
                violation_error_code="minutes_out_of_range",
                violation_error_message=f"A way takes 1 to {MOST_MINUTES} minutes.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.minutes} minutes from {self.origin_id} to {self.destination_id}"

    def clean(self) -> None:
        # The constraint says it too, of no field.
        if self.origin_id == self.destination_id:
            raise ValidationError({"destination": ValidationError(NOWHERE_WORDS, code=NOWHERE)})

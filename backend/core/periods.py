"""This file holds the base of what lasts from one day to another, and how such days are compared; both are included."""

from typing import Any

from django.contrib.postgres.fields import DateRangeField, RangeBoundary
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, Q

from core.records import Record

# Both days are in it; without a last day it has no end.
DAYS = Func(
    "starts_on",
    "ends_on",
    RangeBoundary(inclusive_lower=True, inclusive_upper=True),
    function="daterange",
    output_field=DateRangeField(),
)
REVERSED, REVERSED_WORDS = "ends_before_it_starts", "It ends on or after the day it starts."


class Period(Record):
    """Something with a first day, and a last one where that is known."""

    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True, help_text="The last day; blank where none is known.")

    class Meta(Record.Meta):
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="%(class)s_ends_after_it_starts",
                violation_error_code=REVERSED,
                violation_error_message=REVERSED_WORDS,
            )
        ]

    def clean(self) -> None:
        # Before the database is asked whether it overlaps another one: it makes no range of days in the wrong order.
        if self.ends_on and self.starts_on and self.ends_on < self.starts_on:
            raise ValidationError({"ends_on": ValidationError(REVERSED_WORDS, code=REVERSED)})

    @property
    def told(self) -> str:
        """Its days in words, for messages."""
        return f"from {self.starts_on} " + (f"to {self.ends_on}" if self.ends_on else "on")


def overlapping(starts_on: Any, ends_on: Any) -> Q:
    """The periods that share a day with these."""
    before_it_ends = Q(starts_on__lte=ends_on) if ends_on else Q()
    return before_it_ends & (Q(ends_on__isnull=True) | Q(ends_on__gte=starts_on))

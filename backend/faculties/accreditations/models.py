"""This file holds what bodies say of a standard, from when until when: of an institution's here, of others above."""

from datetime import date
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Lower

from core.records import Record, RecordQuerySet

REVERSED, REVERSED_WORDS = "ends_before_start", "An accreditation ends after the day on which it began."


class AccreditationQuerySet(RecordQuerySet):
    def holding_on(self, day: date) -> Self:
        """Those that hold on a day; one that was withdrawn held until then."""
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gt=day), starts_on__lte=day)


def one_at_a_time(name: str, of: tuple[str, ...], words: str) -> ExclusionConstraint:
    """No two accreditations of the same by one body, whatever its name is written like, hold on one day."""
    return ExclusionConstraint(
        name=name,
        index_type="gist",
        expressions=[
            *((column, RangeOperators.EQUAL) for column in of),
            (Lower("body"), RangeOperators.EQUAL),
            (
                Func(F("starts_on"), F("ends_on"), function="daterange", output_field=DateRangeField()),
                RangeOperators.OVERLAPS,
            ),
        ],
        violation_error_code="accreditations_overlap",
        violation_error_message=words,
    )


class AccreditationByBody(Record):
    """What one body says of a standard, whatever it is of. `ends_on` is the first day on which it holds no more."""

    class Status(models.TextChoices):
        GRANTED = "granted"
        CONDITIONAL = "conditional"
        WITHDRAWN = "withdrawn"

    body = models.CharField(max_length=100, help_text="Who accredits, such as ZIMCHE.")
    number = models.CharField(max_length=50, blank=True, help_text="The number of the certificate.")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True, help_text="Null while no end is set.")
    status = models.CharField(max_length=11, choices=Status, default=Status.GRANTED)
    conditions = models.CharField(max_length=1000, blank=True, help_text="Of a conditional one; why one was withdrawn.")

    objects = AccreditationQuerySet.as_manager()  # type: ignore[misc]  # a manager is a class variable by nature

    class Meta(Record.Meta):
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gt=F("starts_on")),
                name="%(class)s_ends_after_start",
                violation_error_code=REVERSED,
                violation_error_message=REVERSED_WORDS,
            ),
            models.CheckConstraint(
                condition=~Q(status="withdrawn") | Q(ends_on__isnull=False),
                name="%(class)s_withdrawn_on_a_day",
                violation_error_code="withdrawn_when",
                violation_error_message="A withdrawn accreditation ended on some day.",
            ),
            models.CheckConstraint(
                condition=Q(status="granted") | ~Q(conditions=""),
                name="%(class)s_conditions_said",
                violation_error_code="conditions_needed",
                violation_error_message="Say on which conditions, or why it was withdrawn.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.status} by {self.body}"

    def clean(self) -> None:
        # Before the database is asked whether it overlaps another one: it makes no range of days in the wrong order.
        if self.ends_on and self.starts_on and self.ends_on <= self.starts_on:
            raise ValidationError({"ends_on": ValidationError(REVERSED_WORDS, code=REVERSED)})


class Accreditation(AccreditationByBody):
    """One accreditation of an institution by one body."""

    no_person = "What a body says of an institution."

    class Meta(AccreditationByBody.Meta):
        constraints = [
            *AccreditationByBody.Meta.constraints,
            one_at_a_time(
                "accreditation_one_at_a_time",
                ("institution",),
                "This body accredits the institution at that time already: end that one first.",
            ),
        ]

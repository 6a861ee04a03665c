"""This file holds norms of teaching: how many hours of it a full post has, and how many at most."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from core.records import Record, SharedQuerySet
from staff.contracts.models import Activity

ABOVE_MOST, ABOVE_MOST_WORDS = "most_below_norm", "The most hours are not below the norm."


class TeachingNorm(Record):
    """The hours of teaching of a full post, each teaching week or in a term.

    It is of contracts for one activity, or without one of those for teaching, and for teaching and research, that have
    none of their own. A contract has its share of a full post, for the days that it has in the term. `most_hours` is of
    the same unit: beyond it nobody is given more.
    """

    no_person = "A rule of an institution."

    class Per(models.TextChoices):
        WEEK = "week", "a teaching week"
        TERM = "term", "a term"

    activity = models.CharField(
        max_length=25, choices=Activity, blank=True, help_text="Of a contract; empty: academic, without its own norm."
    )
    per = models.CharField(max_length=4, choices=Per, default=Per.WEEK)
    hours = models.DecimalField(max_digits=6, decimal_places=2, validators=[MinValueValidator(Decimal("0.01"))])
    most_hours = models.DecimalField(
        max_digits=6, decimal_places=2, null=True, blank=True, help_text="Empty: only told, and never refused."
    )

    objects = SharedQuerySet.as_manager()  # type: ignore[misc]  # a manager is a class variable by nature

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "activity"],
                name="teaching_norm_once",
                violation_error_code="norm_set",
                violation_error_message="There is a norm for this activity already: change that one.",
            ),
            models.CheckConstraint(
                condition=Q(hours__gt=0),
                name="teaching_norm_positive",
                violation_error_code="not_positive",
                violation_error_message="A norm of teaching is more than 0 hours.",
            ),
            models.CheckConstraint(
                condition=Q(most_hours__isnull=True) | Q(most_hours__gte=F("hours")),
                name="teaching_norm_most_not_below",
                violation_error_code=ABOVE_MOST,
                violation_error_message=ABOVE_MOST_WORDS,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hours} hours each {self.per}"

    def clean(self) -> None:
        # The constraint says it too, of no field.
        if self.most_hours is not None and self.hours is not None and self.most_hours < self.hours:
            raise ValidationError({"most_hours": ValidationError(ABOVE_MOST_WORDS, code=ABOVE_MOST)})

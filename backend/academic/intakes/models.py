"""This file holds planned intakes: how many new students a program has places for, from one day to another."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from core.periods import DAYS, Period
from core.tenancy.fields import TenantForeignKey


class ProgramIntake(Period):
    """The places for those who are enrolled in a program on these days: of a year, or of one entry term."""

    no_person = "What a program plans."

    unit_paths = ("program__department",)

    program = TenantForeignKey("academic.Program", related_name="intakes")
    term = TenantForeignKey("academic.Term", null=True, blank=True, related_name="+")
    places = models.PositiveIntegerField(validators=[MinValueValidator(1)])

    class Meta(Period.Meta):
        constraints = [
            *Period.Meta.constraints,
            models.CheckConstraint(
                condition=Q(ends_on__isnull=False),
                name="intake_has_an_end",
                violation_error_code="end_needed",
                violation_error_message="An intake ends on some day.",
            ),
            models.CheckConstraint(condition=Q(places__gte=1), name="intake_has_places"),
            ExclusionConstraint(
                name="intake_one_at_a_time",
                expressions=[
                    ("institution", RangeOperators.EQUAL),
                    ("program", RangeOperators.EQUAL),
                    (DAYS, RangeOperators.OVERLAPS),
                ],
                violation_error_code="overlaps",
                violation_error_message="This program has an intake on some of these days already: change that one.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.places} places {self.told}"

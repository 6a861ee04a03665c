"""This file holds equivalences: which course counts as which other one, and since when."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q

from core.periods import DAYS, Period
from core.tenancy.fields import TenantForeignKey


class CourseEquivalence(Period):
    """A pass of `course` counts as one of `counts_as`, where its section ended within these days.

    It goes one step: what counts as B does not count as C because B does.
    """

    no_person = "What is taught."

    unit_paths = ("course__program__department",)

    course = TenantForeignKey("academic.Course", related_name="equivalents")
    counts_as = TenantForeignKey("academic.Course", related_name="equivalent_to")
    both_ways = models.BooleanField(default=False, help_text="Whether a pass of the other counts as one of this too.")

    class Meta(Period.Meta):
        constraints = [
            *Period.Meta.constraints,
            models.CheckConstraint(
                condition=~Q(course=F("counts_as")),
                name="equivalence_not_itself",
                violation_error_code="equals_itself",
                violation_error_message="A course counts as itself anyway.",
            ),
            ExclusionConstraint(
                name="equivalence_once_at_a_time",
                expressions=[
                    ("institution", RangeOperators.EQUAL),
                    ("course", RangeOperators.EQUAL),
                    ("counts_as", RangeOperators.EQUAL),
                    (DAYS, RangeOperators.OVERLAPS),
                ],
                violation_error_code="overlaps",
                violation_error_message="This course counts as that one on some of these days already.",
            ),
        ]
        indexes = [models.Index(fields=["institution", "counts_as", "id"], name="equivalence_by_other")]

    def __str__(self) -> str:
        return f"{self.course_id} counts as {self.counts_as_id}"

"""This file holds mobility: stays of students at an institution of another country, and of others' students here."""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from core.periods import DAYS
from core.personal.declarations import Kept, Personal
from core.records import Record
from core.tenancy.fields import TenantForeignKey
from students.mobility.countries import validate_country


class Mobility(Record):
    """One stay of one student: out to a partner in another country, or in from one, first and last day included.

    Credits are those of this institution. What is recognized is said once the stay is completed.
    """

    personal = Personal(
        means="A stay of yours at an institution of another country, or here from one.",
        about=("student",),
        erased={"agreement": ""},
        kept=Kept("Which credits were recognized is part of a record that the law keeps."),
    )

    class Direction(models.TextChoices):
        INBOUND = "inbound"
        OUTBOUND = "outbound"

    class Kind(models.TextChoices):
        EXCHANGE = "exchange"
        CREDIT = "credit"
        DEGREE = "degree"
        TRAINEESHIP = "traineeship"

    class Status(models.TextChoices):
        PLANNED = "planned"
        UNDER_WAY = "under_way"
        COMPLETED = "completed"
        CANCELED = "canceled"

    unit_paths: ClassVar[tuple[str, ...]] = ("student__department",)

    student = TenantForeignKey("students.Student", related_name="mobilities")
    direction = models.CharField(max_length=10, choices=Direction)
    kind = models.CharField(max_length=15, choices=Kind, default=Kind.EXCHANGE)
    country = models.CharField(
        max_length=2,
        validators=[validate_country],
        help_text="Where it leads to, or where the student comes from: ISO 3166-1 alpha-2 code.",
    )
    partner = models.CharField(max_length=200, help_text="The name of the institution or firm there.")
    agreement = models.CharField(max_length=300, blank=True, help_text="The program or agreement, as it is called.")
    starts_on = models.DateField()
    ends_on = models.DateField(help_text="The last day.")
    credits_expected = models.DecimalField(
        max_digits=6, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    credits_recognized = models.DecimalField(
        max_digits=6, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.PLANNED)

    class Meta(Record.Meta):
        verbose_name_plural = "mobilities"
        constraints = [
            ExclusionConstraint(
                name="mobility_one_at_a_time",
                expressions=[
                    ("institution", RangeOperators.EQUAL),
                    ("student", RangeOperators.EQUAL),
                    (DAYS, RangeOperators.OVERLAPS),
                ],
                condition=~Q(status="canceled"),
                violation_error_code="stays_overlap",
                violation_error_message="This student has another stay on some of these days.",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="mobility_ends_after_it_starts",
                violation_error_code="ends_before_it_starts",
                violation_error_message="A stay ends on or after the day it starts.",
            ),
            models.CheckConstraint(
                condition=Q(country__regex="^[A-Z]{2}$"),
                name="mobility_country_is_a_code",
                violation_error_code="not_a_country",
                violation_error_message="Name the country by its two letters of ISO 3166-1, such as ZA.",
            ),
            models.CheckConstraint(
                condition=Q(credits_expected__isnull=True) | Q(credits_expected__gte=0),
                name="mobility_expects_no_debt",
                violation_error_code="credits_below_zero",
                violation_error_message="Credits are not below zero.",
            ),
            models.CheckConstraint(
                condition=Q(credits_recognized__isnull=True) | Q(credits_recognized__gte=0, status="completed"),
                name="mobility_recognized_when_completed",
                violation_error_code="not_completed",
                violation_error_message="Credits of a completed stay are recognized, and not below zero.",
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "student", "id"], name="mobility_by_student"),
            models.Index(fields=["institution", "starts_on", "id"], name="mobility_by_start"),
            models.Index(fields=["institution", "country", "id"], name="mobility_by_country"),
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.direction} {self.country}"

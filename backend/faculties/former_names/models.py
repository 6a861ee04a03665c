"""This file holds the names that institutions, faculties and departments had before."""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Coalesce

from core.records import Record
from core.tenancy.fields import TenantForeignKey


class FormerName(Record):
    """The name of an institution, or of one of its units, until a day. The name of today stands in the row itself.

    A row with neither faculty nor department is the institution's own.
    """

    no_person = "A name of an institution or a unit, not of a person."

    unit_paths: ClassVar[tuple[str, ...]] = ("faculty", "department", "department__faculty")

    faculty = TenantForeignKey("faculties.Faculty", null=True, blank=True, related_name="former_names")
    department = TenantForeignKey("faculties.Department", null=True, blank=True, related_name="former_names")
    name = models.CharField(max_length=200)
    starts_on = models.DateField(null=True, blank=True, help_text="Null where nobody knows since when.")
    ends_on = models.DateField(help_text="The day on which the next name began.")

    class Meta(Record.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(faculty__isnull=True) | Q(department__isnull=True),
                name="former_name_of_one_place",
                violation_error_code="one_place",
                violation_error_message="A former name is that of a faculty or of a department, not of both.",
            ),
            models.CheckConstraint(
                condition=Q(starts_on__isnull=True) | Q(ends_on__gt=F("starts_on")),
                name="former_name_ends_after_start",
                violation_error_code="ends_before_start",
                violation_error_message="A name ends after the day on which it began.",
            ),
            ExclusionConstraint(
                name="former_name_one_at_a_time",
                index_type="gist",
                expressions=[
                    ("institution", RangeOperators.EQUAL),
                    (Coalesce("department", "faculty", "institution"), RangeOperators.EQUAL),
                    (
                        Func(F("starts_on"), F("ends_on"), function="daterange", output_field=DateRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                violation_error_code="names_overlap",
                violation_error_message="A place has one name at a time.",
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "faculty", "id"], name="former_name_by_faculty"),
            models.Index(fields=["institution", "department", "id"], name="former_name_by_department"),
        ]

    def __str__(self) -> str:
        return f"{self.name} until {self.ends_on}"

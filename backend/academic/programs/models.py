"""This file holds programs: what a person is admitted to, and its structure for each catalog year."""

from typing import TypeAlias

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from academic.fields.constraints import KnownField
from core.records import Record
from core.tenancy.fields import TenantForeignKey
from core.texts import FoldedField
from faculties.levels import ProgramLevel


class Program(Record):
    """One program of study, owned by a department."""

    no_person = "What is taught; its name is not a person's."

    Level: TypeAlias = ProgramLevel

    class Category(models.TextChoices):
        """What kind of study it is, whatever its level."""

        ACADEMIC = "academic"
        PROFESSIONAL = "professional", "professional, such as law or medicine"
        TEACHER_EDUCATION = "teacher_education"
        TECHNICAL = "technical", "technical and vocational"
        CONTINUING = "continuing", "continuing education and short courses"

    class Status(models.TextChoices):
        PLANNED = "planned"
        ACTIVE = "active"
        SUSPENDED = "suspended"
        CLOSED = "closed"

    unit_paths = ("department",)
    is_reference = True

    department = TenantForeignKey("faculties.Department", related_name="programs")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    level = models.CharField(max_length=30, choices=Level)
    field_of_study = models.CharField(  # noqa: DJ001 (a key: null where nobody said)
        max_length=4,
        null=True,
        blank=True,
        help_text="ISCED-F 2013: a code of /academic/fields-of-study/, such as 0613.",
    )
    category = models.CharField(max_length=20, choices=Category, blank=True, help_text="Empty where nobody said.")
    duration_years = models.DecimalField(
        max_digits=3, decimal_places=1, null=True, blank=True, validators=[MinValueValidator(0), MaxValueValidator(10)]
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE)
    description = models.TextField(blank=True, max_length=10_000, help_text="For people; Markdown.")
    search_text = FoldedField(sources=("name", "code"))

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "code"],
                name="program_code_once",
                violation_error_code="code_taken",
                violation_error_message="This institution has a program with this code.",
            ),
            KnownField(column="field_of_study", name="program_of_a_known_field"),
        ]
        indexes = [
            models.Index(fields=["institution", "search_text", "id"], name="program_by_text"),
            models.Index(fields=["institution", "name", "id"], name="program_by_name"),
            models.Index(fields=["institution", "department", "id"], name="program_by_department"),
        ]

    def __str__(self) -> str:
        return self.name


class ProgramVersion(Record):
    """The structure of one program for the students who enter in one catalog year, until a later version."""

    unit_paths = ("program__department",)

    program = TenantForeignKey(Program, related_name="versions")
    catalog_year = models.PositiveSmallIntegerField(validators=[MinValueValidator(1900), MaxValueValidator(2200)])
    credits_required = models.DecimalField(
        max_digits=6, decimal_places=1, null=True, blank=True, validators=[MinValueValidator(0)]
    )

    most_credits_from_elsewhere = models.DecimalField(
        max_digits=6,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="How many credits may count that were not earned here; empty: any number.",
    )

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "program", "catalog_year"],
                name="program_version_once",
                violation_error_code="version_taken",
                violation_error_message="This program has a version for this catalog year.",
            ),
            models.CheckConstraint(
                condition=Q(credits_required__isnull=True) | Q(credits_required__gt=0),
                name="program_version_credits_positive",
            ),
            models.CheckConstraint(
                condition=Q(most_credits_from_elsewhere__isnull=True) | Q(most_credits_from_elsewhere__gte=0),
                name="program_version_elsewhere_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.program_id} of {self.catalog_year}"

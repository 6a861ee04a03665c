"""This file holds courses, and which course must be passed before which."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from core.records import Record
from core.tenancy.fields import TenantForeignKey
from core.texts import FoldedField

NOT_MORE = "not_more_than_credits"
NOT_MORE_WORDS = "Up to how many credits is more than `credits`, or empty."


class Course(Record):
    """One unit of study, owned by a program and usable by others through their versions."""

    class Status(models.TextChoices):
        ACTIVE = "active"
        RETIRED = "retired"

    unit_paths = ("program__department",)
    is_reference = True

    program = TenantForeignKey("academic.Program", related_name="courses")
    code = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    credits = models.DecimalField(max_digits=5, decimal_places=1, validators=[MinValueValidator(0)], default=0)
    credits_up_to = models.DecimalField(
        max_digits=5,
        decimal_places=1,
        null=True,
        blank=True,
        help_text="The most that it can be taken for; empty where that is `credits`.",
    )
    level = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(10)], help_text="Year of study it is meant for."
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE)
    description = models.TextField(
        max_length=10_000, blank=True, db_default="", help_text="As the catalog describes it."
    )
    prerequisite_text = models.TextField(
        max_length=2000,
        blank=True,
        db_default="",
        help_text="What it asks for, as the catalog words it. Its requisites are what is checked.",
    )
    search_text = FoldedField(sources=("title", "code"))

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "code"],
                name="course_code_once",
                violation_error_code="code_taken",
                violation_error_message="This institution has a course with this code.",
            ),
            models.CheckConstraint(condition=Q(credits__gte=0), name="course_credits_not_negative"),
            models.CheckConstraint(
                condition=Q(credits_up_to__isnull=True) | Q(credits_up_to__gt=F("credits")),
                name="course_credits_from_less_to_more",
                violation_error_code=NOT_MORE,
                violation_error_message=NOT_MORE_WORDS,
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "search_text", "id"], name="course_by_text"),
            models.Index(fields=["institution", "title", "id"], name="course_by_title"),
            models.Index(fields=["institution", "program", "id"], name="course_by_program"),
        ]

    def __str__(self) -> str:
        return self.code

    def clean(self) -> None:
        # The constraint says it too, of no field.
        if self.credits_up_to is not None and self.credits is not None and self.credits_up_to <= self.credits:
            raise ValidationError({"credits_up_to": ValidationError(NOT_MORE_WORDS, code=NOT_MORE)})


class Prerequisite(Record):
    """One edge of the prerequisite graph: who takes `course` must have passed `requires`. The graph has no circle.

    An edge with a `requisite` stands for a node of that tree, and comes and goes with it.
    """

    unit_paths = ("course__program__department",)

    course = TenantForeignKey(Course, related_name="prerequisites")
    requires = TenantForeignKey(Course, related_name="required_by")
    requisite = TenantForeignKey(
        "academic.Requisite", alike=("course",), null=True, blank=True, editable=False, related_name="edges"
    )

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "course", "requires", "requisite"],
                nulls_distinct=False,
                name="prerequisite_once",
                violation_error_code="already_required",
                violation_error_message="This course requires that one already.",
            ),
            models.CheckConstraint(
                condition=~Q(course=F("requires")),
                name="prerequisite_not_itself",
                violation_error_code="requires_itself",
                violation_error_message="A course can't require itself.",
            ),
        ]
        indexes = [models.Index(fields=["institution", "requires"], name="prerequisite_by_required")]

    def __str__(self) -> str:
        return f"{self.course_id} requires {self.requires_id}"

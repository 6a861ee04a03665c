"""This file holds courses, and which course must be passed before which."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from core.records import Record
from core.tenancy.fields import TenantForeignKey
from core.texts import FoldedField


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
    level = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(10)], help_text="Year of study it is meant for."
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE)
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
        ]
        indexes = [
            models.Index(fields=["institution", "search_text", "id"], name="course_by_text"),
            models.Index(fields=["institution", "title", "id"], name="course_by_title"),
            models.Index(fields=["institution", "program", "id"], name="course_by_program"),
        ]

    def __str__(self) -> str:
        return self.code


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

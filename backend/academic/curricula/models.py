"""This file holds curricula: which courses a program version is made of."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from core.records import Record
from core.tenancy.fields import TenantForeignKey


class ProgramCourse(Record):
    """One course in the structure of a program version: the way a course serves programs that do not own it."""

    unit_paths = ("program_version__program__department",)

    # `version` is the row's own counter of changes, so the structure is named in full.
    program_version = TenantForeignKey("academic.ProgramVersion", related_name="courses")
    course = TenantForeignKey("academic.Course", related_name="program_uses")
    year_of_study = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(10)]
    )
    is_compulsory = models.BooleanField(default=True)

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "program_version", "course"],
                name="program_course_once",
                violation_error_code="already_there",
                violation_error_message="This course stands in this program version.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.course_id} in {self.program_version_id}"

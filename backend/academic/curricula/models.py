"""This file holds curricula: which courses a program version is made of, and in which groups."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from core.limits import Limit
from core.records import Record
from core.tenancy.fields import TenantForeignKey


class CourseGroup(Record):
    """A part of a program version: courses of which so many, or so many credits, must be passed.

    One that is `open_to_any` takes any course that counts nowhere else: the free electives.
    """

    no_person = "What a program is made of."

    unit_paths = ("program_version__program__department",)

    program_version = TenantForeignKey("academic.ProgramVersion", related_name="groups")
    name = models.CharField(max_length=100)
    place = models.PositiveSmallIntegerField(default=1, help_text="Where it stands among the groups of the version.")
    min_credits = models.DecimalField(
        max_digits=6, decimal_places=1, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    min_courses = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    open_to_any = models.BooleanField(default=False, help_text="Whether any course counts that counts nowhere else.")

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "program_version", "name"],
                name="course_group_once",
                violation_error_code="name_taken",
                violation_error_message="This program version has a group of this name.",
            ),
            Limit(
                field="min_credits",
                condition=Q(min_credits__isnull=True) | Q(min_credits__gt=0),
                name="course_group_credits_positive",
                violation_error_code="no_credits",
                violation_error_message="A group asks for more than no credits; blank where it asks for none.",
            ),
            models.CheckConstraint(
                condition=Q(min_courses__isnull=True) | Q(min_courses__gte=1), name="course_group_courses_positive"
            ),
            # A course of a version points to this: its group is one of that version.
            models.UniqueConstraint(fields=["institution", "id", "program_version"], name="group_with_its_version"),
        ]

    def __str__(self) -> str:
        return self.name


class ProgramCourse(Record):
    """One course in the structure of a program version: the way a course serves programs that do not own it."""

    unit_paths = ("program_version__program__department",)

    # `version` is the row's own counter of changes, so the structure is named in full.
    program_version = TenantForeignKey("academic.ProgramVersion", related_name="courses")
    course = TenantForeignKey("academic.Course", related_name="program_uses")
    group = TenantForeignKey(CourseGroup, alike=("program_version",), null=True, blank=True, related_name="courses")
    year_of_study = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(10)]
    )
    term_of_study = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(6)],
        help_text="The term of that year, from 1; blank where it may be any.",
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
            models.CheckConstraint(
                condition=Q(term_of_study__isnull=True) | Q(term_of_study__gte=1, term_of_study__lte=6),
                name="program_course_term_from_1_to_6",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.course_id} in {self.program_version_id}"

"""This file holds enrollments: a student in a program, and the history of that."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from core.personal.declarations import Kept, Personal
from core.records import Record
from core.tenancy.constraints import HeldByTrigger
from core.tenancy.fields import TenantForeignKey


class Status(models.TextChoices):
    """Where an enrollment stands."""

    ACTIVE = "active"
    DEFERRED = "deferred"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"
    EXCLUDED = "excluded"
    COMPLETED = "completed"


class Enrollment(Record):
    """One student in one program version.

    `disability` and `deprivation_band` are what statistics need, coarse and in clear. Blank is "not stated", which is
    not "none".
    """

    personal = Personal(
        means="A program that you were enrolled in, and how that went.",
        about=("student",),
        erased={"disability": "", "deprivation_band": ""},
        kept=Kept("The register of who studied what is kept by law; without your name it tells who by number alone."),
    )

    class Disability(models.TextChoices):
        NONE = "none"
        DECLARED = "declared"

    unit_paths = ("program_version__program__department",)

    student = TenantForeignKey("students.Student", related_name="enrollments")
    program_version = TenantForeignKey("academic.ProgramVersion", related_name="enrollments")
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE)
    year_of_study = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(10)]
    )
    enrolled_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)
    classification = models.CharField(
        max_length=30,
        blank=True,
        default="",
        db_default="",
        help_text="The class of the award, as the institution names it.",
    )
    disability = models.CharField(max_length=10, choices=Disability, blank=True)
    deprivation_band = models.CharField(
        max_length=10, blank=True, help_text="Tenth of areas by deprivation, 0-10 the most deprived."
    )

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "student", "program_version"],
                condition=Q(ended_on__isnull=True),
                name="enrollment_open_once",
                violation_error_code="already_enrolled",
                violation_error_message="This student is enrolled in this program.",
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("enrolled_on")),
                name="enrollment_ends_after_it_begins",
                violation_error_code="ends_before_it_begins",
                violation_error_message="An enrollment ends on or after the day it begins.",
            ),
            HeldByTrigger(
                name="enrollment_in_a_version_that_takes",
                violation_error_code="version_not_active",
                violation_error_message="Students come into a version that is active, and study on until it is closed.",
            ),
            # A registration points to this: its enrollment is one of its own student.
            models.UniqueConstraint(fields=["institution", "id", "student"], name="enrollment_with_its_student"),
        ]
        indexes = [
            models.Index(fields=["institution", "student", "id"], name="enrollment_by_student"),
            models.Index(fields=["institution", "program_version", "id"], name="enrollment_by_version"),
        ]

    def __str__(self) -> str:
        return f"{self.student_id} in {self.program_version_id}"


class EnrollmentStatus(Record):
    """One step in the history of an enrollment: the status it took, from which day, and why."""

    personal = Personal(
        means="One step in the history of an enrollment of yours.",
        about=("enrollment__student",),
        erased={"reason": ""},
        kept=Kept("The register of who studied what is kept by law; without your name it tells who by number alone."),
    )

    unit_paths = ("enrollment__program_version__program__department",)

    enrollment = TenantForeignKey(Enrollment, related_name="history")
    status = models.CharField(max_length=10, choices=Status)
    starts_on = models.DateField()
    reason = models.CharField(max_length=300, blank=True)

    class Meta(Record.Meta):
        indexes = [models.Index(fields=["institution", "enrollment", "id"], name="enrollment_history")]

    def __str__(self) -> str:
        return f"{self.enrollment_id} {self.status}"

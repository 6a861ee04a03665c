"""This file holds enrollments: a student in a program, the history of that, and consents to a later version."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from core.limits import Limit
from core.personal.declarations import Kept, Personal
from core.records import Record
from core.tenancy.constraints import HeldByTrigger
from core.tenancy.fields import TenantForeignKey

CARRIED_OUT = "carried_out"
CARRIED_OUT_WORDS = "The student came under that version by this consent: no way leads back."


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
            Limit(
                field="ended_on",
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
            HeldByTrigger(
                name="version_changed_by_consent",
                violation_error_code="no_consent",
                violation_error_message="A student comes under a later version of a program by consent alone.",
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


class VersionConsent(Record):
    """A student's word to go on from one version under a later one, and the day from which that is so: `changed_on` is
    null until it is carried out. Without one the database lets no enrollment change its version. Until then it may be
    revoked: it stays, and says when and why.
    """

    personal = Personal(
        means="That you agreed to go on under a later version of your program.",
        about=("enrollment__student",),
        erased={"revoked_because": ""},
        kept=Kept("Under which rules a degree was earned is part of the register of who studied what."),
    )

    class How(models.TextChoices):
        IN_SYSTEM = "in_system", "by the student, signed in"
        IN_WRITING = "in_writing", "in writing"

    unit_paths = ("enrollment__program_version__program__department",)

    enrollment = TenantForeignKey(Enrollment, related_name="consents")
    from_version = TenantForeignKey("academic.ProgramVersion", related_name="+", editable=False)
    to_version = TenantForeignKey("academic.ProgramVersion", related_name="+")
    how = models.CharField(max_length=10, choices=How, editable=False)
    agreed_on = models.DateField()
    document = models.CharField(
        max_length=100, blank=True, help_text="Where what was signed is kept, such as a file number."
    )
    changed_on = models.DateField(null=True, editable=False)
    revoked_on = models.DateField(null=True, editable=False)
    revoked_because = models.CharField(max_length=300, blank=True, default="", db_default="", editable=False)

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "enrollment", "from_version", "to_version"],
                condition=Q(revoked_on__isnull=True),
                name="version_consent_once",
                violation_error_code="already_agreed",
                violation_error_message="This student has agreed to this version.",
            ),
            models.CheckConstraint(
                condition=Q(how="in_writing") & ~Q(document="") | Q(how="in_system", document=""),
                name="version_consent_in_writing_is_kept",
                violation_error_code="document_needed",
                violation_error_message="What was agreed in writing is kept somewhere: name the document.",
            ),
            models.CheckConstraint(
                condition=Q(changed_on__isnull=True) | Q(changed_on__gte=F("agreed_on")),
                name="version_changes_after_consent",
                violation_error_code="before_consent",
                violation_error_message="A version changes on the day on which the student agreed, or later.",
            ),
            models.CheckConstraint(
                condition=Q(revoked_on__isnull=True) | Q(changed_on__isnull=True, revoked_on__gte=F("agreed_on")),
                name="version_consent_revoked_before_it_is_carried_out",
                violation_error_code=CARRIED_OUT,
                violation_error_message=CARRIED_OUT_WORDS,
            ),
            models.CheckConstraint(
                condition=Q(revoked_on__isnull=False) | Q(revoked_because=""),
                name="version_consent_revoked_for_a_reason",
            ),
        ]
        indexes = [models.Index(fields=["institution", "enrollment", "id"], name="version_consents")]

    def __str__(self) -> str:
        return f"{self.enrollment_id} agrees to {self.to_version_id}"

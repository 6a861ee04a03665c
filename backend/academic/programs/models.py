"""This file holds programs: what a person is admitted to, and its structure for each catalog year."""

from decimal import Decimal
from functools import reduce
from operator import or_
from typing import TypeAlias

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from academic.fields.constraints import KnownField
from academic.programs.moves import MOVES, VersionStatus
from core.personal.declarations import Kept, Personal
from core.records import Record
from core.tenancy.constraints import HeldByTrigger
from core.tenancy.fields import TenantForeignKey
from core.texts import FoldedField
from faculties.levels import ProgramLevel

LEAST = MinValueValidator(Decimal("0.1"))


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

    class Mode(models.TextChoices):
        """How it is studied."""

        FULL_TIME = "full_time"
        PART_TIME = "part_time"
        BLOCK_RELEASE = "block_release"
        DISTANCE = "distance"

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
        max_digits=3, decimal_places=1, null=True, blank=True, validators=[LEAST, MaxValueValidator(10)]
    )
    award_title = models.CharField(
        max_length=200, blank=True, help_text="What it leads to, as it stands on the certificate."
    )
    mode_of_study = models.CharField(max_length=13, choices=Mode, blank=True, help_text="Empty where nobody said.")
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
            models.CheckConstraint(
                condition=Q(duration_years__isnull=True) | Q(duration_years__gt=0, duration_years__lte=10),
                name="program_takes_up_to_10_years",
                violation_error_code="no_such_duration",
                violation_error_message="A program takes more than no years, and at most 10; empty where nobody said.",
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
    """The structure of one program for the students who enter in one catalog year, until a later version.

    One that is entered here begins as a draft, and its moves say how it went on; one that is taken over from elsewhere
    is active. Several may be active: who enters comes under the latest of those whose catalog year has come.
    """

    Status: TypeAlias = VersionStatus

    unit_paths = ("program__department",)

    program = TenantForeignKey(Program, related_name="versions")
    catalog_year = models.PositiveSmallIntegerField(validators=[MinValueValidator(1900), MaxValueValidator(2200)])
    credits_required = models.DecimalField(max_digits=6, decimal_places=1, null=True, blank=True, validators=[LEAST])
    most_credits_from_elsewhere = models.DecimalField(
        max_digits=6,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="How many credits may count that were not earned here; empty: any number.",
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE, editable=False)

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
                violation_error_code="no_credits",
                violation_error_message="A version asks for more than no credits; empty where nobody said.",
            ),
            models.CheckConstraint(
                condition=Q(most_credits_from_elsewhere__isnull=True) | Q(most_credits_from_elsewhere__gte=0),
                name="program_version_elsewhere_not_negative",
            ),
            HeldByTrigger(
                name="version_moved_by_a_move",
                violation_error_code="moved_by_a_verb",
                violation_error_message="The status of a version follows from its verbs.",
            ),
            HeldByTrigger(
                name="version_as_submitted",
                violation_error_code="version_frozen",
                violation_error_message="This version stays as it was submitted: have it sent back, or copy it.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.program_id} of {self.catalog_year}"


def version_for_entrants(program: Program, year: int) -> ProgramVersion | None:
    """The version under which those come who enter a program in a year; None where no active one is for them."""
    versions = ProgramVersion.objects.filter(institution=program.institution_id, program=program)
    return versions.filter(status=VersionStatus.ACTIVE, catalog_year__lte=year).order_by("catalog_year").last()


class VersionMove(Record):
    """One step of a version from one status to another: when, by whom, and why. The database takes the version there
    (moves.sql), and lets nothing else change its status.
    """

    personal = Personal(
        means="A step of a version of a program that you took, such as submitting or approving it.",
        ids=("moved_by",),
        kept=Kept("Who submitted and who approved a version is what its approval rests on."),
    )

    unit_paths = ("program_version__program__department",)

    program_version = TenantForeignKey(ProgramVersion, related_name="moves")
    from_status = models.CharField(max_length=10, choices=VersionStatus)
    to_status = models.CharField(max_length=10, choices=VersionStatus)
    reason = models.CharField(max_length=300, blank=True)
    moved_by = models.UUIDField(null=True, editable=False, help_text="The account that did it.")

    class Meta(Record.Meta):
        constraints = [
            models.CheckConstraint(
                condition=reduce(or_, (Q(from_status=one, to_status__in=MOVES[one]) for one in MOVES if MOVES[one])),
                name="version_move_allowed",
                violation_error_code="move_not_allowed",
                violation_error_message="This status does not follow that one.",
            ),
            models.CheckConstraint(
                condition=~Q(to_status="draft") | ~Q(reason=""),
                name="version_sent_back_with_a_reason",
                violation_error_code="reason_needed",
                violation_error_message="Say what is to be changed in a version that becomes a draft again.",
            ),
            HeldByTrigger(
                name="version_move_from_where_it_stands",
                violation_error_code="moved_meanwhile",
                violation_error_message="Somebody moved this version meanwhile: read it again.",
            ),
            HeldByTrigger(
                name="version_approved_by_another",
                violation_error_code="own_submission",
                violation_error_message="Somebody else than who submitted a version approves it.",
            ),
            HeldByTrigger(
                name="version_closed_without_students",
                violation_error_code="still_enrolled",
                violation_error_message="Students are enrolled in this version: it closes when all have ended.",
            ),
        ]
        indexes = [models.Index(fields=["institution", "program_version", "id"], name="version_moves")]

    def __str__(self) -> str:
        return f"{self.program_version_id} {self.to_status}"

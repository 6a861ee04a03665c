"""This file holds occurrences: each time a meeting takes place, and whose time that takes."""

from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, IntegerRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from core.personal.declarations import Kept, Personal
from core.records import Record
from core.tenancy.fields import TenantForeignKey

LONGEST = timedelta(days=1)
LECTURER_BUSY, COHORT_BUSY = "lecturer_busy", "cohort_busy"


class During(Func):
    """From the start to the end, half-open: what ends at ten and what starts at ten don't meet."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()

    def __init__(self) -> None:
        super().__init__(F("starts_at"), F("ends_at"), RangeBoundary())


class Groups(Func):
    """The groups of a cohort: one, or without a number all of them."""

    function = "INT4RANGE"
    output_field = IntegerRangeField()

    def __init__(self) -> None:
        super().__init__(F("group"), F("group"), RangeBoundary(inclusive_lower=True, inclusive_upper=True))


class Occurrence(Record):
    """One time that a meeting takes place. `planned_on` is its day by the pattern, and `changed_by_hand` says that
    somebody moved or canceled this one alone, or that it had begun when the pattern changed: then it stays as it is.
    """

    no_person = "When and where a section meets. Whose time it takes stands beside it."

    class Status(models.TextChoices):
        SCHEDULED = "scheduled"
        CANCELED = "canceled"

    unit_paths = ("section__course__program__department",)

    meeting = TenantForeignKey("academic.Meeting", alike=("section",), related_name="occurrences", editable=False)
    section = TenantForeignKey("academic.Section", related_name="occurrences", editable=False)
    planned_on = models.DateField(editable=False)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    room = TenantForeignKey("faculties.Room", null=True, blank=True, related_name="occurrences")
    status = models.CharField(
        max_length=10, choices=Status, default=Status.SCHEDULED, db_default=Status.SCHEDULED, editable=False
    )
    changed_by_hand = models.BooleanField(default=False, db_default=False, editable=False)

    class Meta(Record.Meta):
        constraints = [
            # What the claims of it agree with.
            models.UniqueConstraint(
                fields=["institution", "id", "starts_at", "ends_at"], name="occurrence_of_its_hour"
            ),
            models.UniqueConstraint(
                fields=["institution", "meeting", "planned_on"],
                name="occurrence_once",
                violation_error_code="occurs_already",
                violation_error_message="This meeting takes place on this day already.",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="occurrence_ends_after_it_starts",
                violation_error_code="ends_before_it_starts",
                violation_error_message="An occurrence ends after it starts.",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__lte=F("starts_at") + LONGEST),
                name="occurrence_within_a_day",
                violation_error_code="longer_than_a_day",
                violation_error_message="An occurrence lasts 24 hours at most: add a meeting for each day.",
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "starts_at", "id"], name="occurrence_by_start"),
            models.Index(fields=["institution", "section", "starts_at"], name="occurrence_by_section"),
            models.Index(fields=["institution", "room", "starts_at"], name="occurrence_by_room"),
        ]

    def __str__(self) -> str:
        return f"{self.meeting_id} on {self.planned_on}"


class Claim(Record):
    """The time that an occurrence takes of somebody. A waived one blocks nobody: a meeting waiver says why."""

    unit_paths = ("occurrence__section__course__program__department",)

    occurrence = TenantForeignKey(Occurrence, alike=("starts_at", "ends_at"), related_name="%(class)ss", editable=False)
    starts_at = models.DateTimeField(editable=False)
    ends_at = models.DateTimeField(editable=False)
    is_waived = models.BooleanField(default=False, db_default=False, editable=False)

    class Meta(Record.Meta):
        abstract = True


class OccurrenceLecturer(Claim):
    """The time of one person who teaches."""

    personal = Personal(
        means="When a section that you teach meets.",
        about=("account",),
        kept=Kept("Who taught a course is part of its record."),
    )

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)

    class Meta(Claim.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["institution", "occurrence", "account"], name="occurrence_lecturer_once"),
            ExclusionConstraint(
                name="lecturer_at_one_place",
                expressions=[
                    ("institution", RangeOperators.EQUAL),
                    ("account", RangeOperators.EQUAL),
                    (During(), RangeOperators.OVERLAPS),
                ],
                condition=Q(is_waived=False),
                violation_error_code=LECTURER_BUSY,
                violation_error_message="This lecturer teaches elsewhere at this time.",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["institution", "account", "starts_at", "id"], name="lecturer_hour_by_person"),
            models.Index(fields=["institution", "starts_at", "id"], name="lecturer_hour_by_start"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} at {self.occurrence_id}"


class OccurrenceCohort(Claim):
    """The time of a cohort: who is in one year of one version of a program, or one group of them."""

    no_person = "A group of students, none of whom is named."

    program_version = TenantForeignKey("academic.ProgramVersion", related_name="+", editable=False)
    year_of_study = models.PositiveSmallIntegerField(editable=False)
    group = models.PositiveSmallIntegerField(null=True, editable=False)

    class Meta(Claim.Meta):
        constraints: ClassVar = [
            ExclusionConstraint(
                name="cohort_at_one_place",
                expressions=[
                    ("institution", RangeOperators.EQUAL),
                    ("program_version", RangeOperators.EQUAL),
                    ("year_of_study", RangeOperators.EQUAL),
                    (Groups(), RangeOperators.OVERLAPS),
                    (During(), RangeOperators.OVERLAPS),
                ],
                condition=Q(is_waived=False),
                violation_error_code=COHORT_BUSY,
                violation_error_message="This cohort is in another class at this time.",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["institution", "program_version", "year_of_study", "starts_at", "id"],
                name="cohort_hour_by_cohort",
            ),
            models.Index(fields=["institution", "starts_at", "id"], name="cohort_hour_by_start"),
        ]

    def __str__(self) -> str:
        return f"{self.program_version_id} {self.year_of_study} at {self.occurrence_id}"

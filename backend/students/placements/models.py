"""This file holds placements: a student who learns at work, the visits there, and the logbook."""

from datetime import date

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from core.periods import DAYS, REVERSED
from core.personal.declarations import Kept, Personal
from core.records import Record
from core.secrets.fields import Encrypted
from core.tenancy.fields import TenantForeignKey

LONGEST_WEEK = 80  # hours
IS_PROOF = Kept("Learning at work counts towards the award: where it was and how long is part of the proof.")

REVERSED_WORDS = "A placement ends on or after the day it starts."


class Placement(Record):
    """One student with one employer from one day to another, both included.

    One that was broken off keeps the days that were planned, says when it ended and why, and leaves room for another.
    """

    personal = Personal(
        means="Where you learned at work, and when.",
        about=("student",),
        named=("academic_supervisor",),
        erased={"host_supervisor": "", "host_supervisor_contact": None, "reason": ""},
        kept=IS_PROOF,
    )

    class Kind(models.TextChoices):
        ATTACHMENT = "attachment"
        APPRENTICESHIP = "apprenticeship"
        INTERNSHIP = "internship"

    class Status(models.TextChoices):
        PLANNED = "planned"
        RUNNING = "running"
        COMPLETED = "completed"
        BROKEN_OFF = "broken_off"

    unit_paths = ("student__department",)

    student = TenantForeignKey("students.Student", related_name="placements")
    employer = TenantForeignKey("students.Employer", related_name="placements")
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.ATTACHMENT)
    host_supervisor = models.CharField(max_length=120, blank=True, help_text="Who guides the student at the employer.")
    host_supervisor_contact = Encrypted(models.CharField(max_length=120), null=True, blank=True)
    academic_supervisor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    starts_on = models.DateField()
    ends_on = models.DateField()
    status = models.CharField(max_length=10, choices=Status, default=Status.PLANNED)
    broken_off_on = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True, help_text="Why it was broken off.")

    class Meta(Record.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="placement_ends_after_it_starts",
                violation_error_code=REVERSED,
                violation_error_message=REVERSED_WORDS,
            ),
            models.CheckConstraint(
                condition=Q(status="broken_off", broken_off_on__isnull=False, broken_off_on__lte=F("ends_on"))
                | (~Q(status="broken_off") & Q(broken_off_on__isnull=True)),
                name="placement_broken_off_on_a_day",
                violation_error_code="broken_off_when",
                violation_error_message="A placement that is broken off says on which day, by the day it was to end.",
            ),
            ExclusionConstraint(
                name="placement_one_at_a_time",
                expressions=[
                    ("institution", "="),
                    ("student", "="),
                    (DAYS, "&&"),
                ],
                condition=~Q(status="broken_off"),
                violation_error_code="placed_elsewhere",
                violation_error_message="This student has another placement in these days: change its days or these.",
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "student", "id"], name="placement_by_student"),
            models.Index(fields=["institution", "employer", "id"], name="placement_by_employer"),
            models.Index(fields=["institution", "starts_on", "id"], name="placement_by_start"),
            models.Index(fields=["institution", "status", "id"], name="placement_by_status"),
        ]

    def __str__(self) -> str:
        return f"{self.student_id} at {self.employer_id}"

    def clean(self) -> None:
        # Before the database is asked whether it overlaps another one: it makes no range of days in the wrong order.
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            raise ValidationError({"ends_on": ValidationError(REVERSED_WORDS, code=REVERSED)})

    @property
    def last_day(self) -> date:
        """The last day on which the student was there, or is to be."""
        return self.broken_off_on or self.ends_on


class PlacementVisit(Record):
    """One visit to a student at work. The database keeps it within the days of the placement."""

    personal = Personal(
        means="A visit to you at work, and what was found.",
        about=("placement__student",),
        named=("visitor",),
        erased={"findings": ""},
        kept=IS_PROOF,
    )

    unit_paths = ("placement__student__department",)

    placement = TenantForeignKey(Placement, related_name="visits")
    visited_on = models.DateField()
    visitor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    findings = models.TextField(max_length=4000)
    grade = models.CharField(max_length=10, blank=True, help_text="As the institution grades such visits.")

    class Meta(Record.Meta):
        indexes = [models.Index(fields=["institution", "placement", "id"], name="placement_visit_by_placement")]

    def __str__(self) -> str:
        return f"{self.placement_id} {self.visited_on}"


class LogbookEntry(Record):
    """What a student did at work in one week, which begins on a Monday. What was signed stays as it is."""

    personal = Personal(
        means="What you wrote of a week at work.",
        about=("placement__student",),
        named=("signed_by",),
        erased={"done": ""},
        kept=IS_PROOF,
    )

    unit_paths = ("placement__student__department",)

    placement = TenantForeignKey(Placement, related_name="logbook")
    week_starts_on = models.DateField(help_text="The Monday of the week.")
    hours = models.DecimalField(
        max_digits=4, decimal_places=2, validators=[MinValueValidator(0), MaxValueValidator(LONGEST_WEEK)]
    )
    done = models.TextField(max_length=4000)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    signed_at = models.DateTimeField(null=True, editable=False)

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "placement", "week_starts_on"],
                name="logbook_week_once",
                violation_error_code="week_written",
                violation_error_message="The logbook has an entry for this week.",
            ),
            models.CheckConstraint(
                condition=Q(week_starts_on__iso_week_day=1),
                name="logbook_week_starts_on_monday",
                violation_error_code="not_a_monday",
                violation_error_message="A week of the logbook starts on a Monday.",
            ),
            models.CheckConstraint(
                condition=Q(hours__gte=0, hours__lte=LONGEST_WEEK),
                name="logbook_hours_of_a_week",
                violation_error_code="hours_of_a_week",
                violation_error_message=f"A week at work has 0 to {LONGEST_WEEK} hours.",
            ),
            models.CheckConstraint(
                condition=Q(signed_by__isnull=True) | Q(signed_at__isnull=False),
                name="logbook_signed_at_some_time",
                violation_error_code="signed_when",
                violation_error_message="An entry that somebody signed was signed at some time.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.placement_id} {self.week_starts_on}"

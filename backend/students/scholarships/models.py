"""This file holds scholarships: who pays, what is offered, who was awarded it, and in which tranches it is paid."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, Q, Value

from core.currencies import is_currency
from core.periods import REVERSED
from core.personal.declarations import Kept, Personal
from core.records import Record
from core.tenancy.fields import TenantForeignKey
from core.texts import FoldedField

REVERSED_WORDS = "An award ends on or after the day it starts."
DAYS = Func("starts_on", "ends_on", Value("[]"), function="DATERANGE", output_field=DateRangeField())
IS_ACCOUNTS = Kept("What was awarded and paid is part of the accounts, which are kept by law.")


class Sponsor(Record):
    """Who pays for scholarships, as one institution knows it."""

    no_person = "An organization, or a fund that bears a name."

    name = models.CharField(max_length=200)
    search_text = FoldedField(sources=("name",))

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "search_text"],
                name="sponsor_name_once",
                violation_error_code="name_taken",
                violation_error_message="This institution has a sponsor of this name.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Scholarship(Record):
    """What a sponsor offers, in one currency. Without seats it is for as many as are awarded it.

    A trigger keeps the awards that have not ended within the seats.
    """

    sponsor = TenantForeignKey(Sponsor, related_name="scholarships")
    title = models.CharField(max_length=200)
    currency = models.CharField(max_length=3, validators=[is_currency], help_text="ISO 4217 code.")
    amount_per_year = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    seats = models.PositiveIntegerField(null=True, blank=True)
    search_text = FoldedField(sources=("title",))

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "sponsor", "search_text"],
                name="scholarship_title_once",
                violation_error_code="title_taken",
                violation_error_message="This sponsor has a scholarship of this title.",
            ),
            models.CheckConstraint(
                condition=Q(amount_per_year__isnull=True) | Q(amount_per_year__gt=0),
                name="scholarship_amount_above_zero",
                violation_error_code="not_above_zero",
                violation_error_message="A scholarship pays more than nothing.",
            ),
            # An award points to this: it is paid in the currency of its scholarship.
            models.UniqueConstraint(fields=["institution", "id", "currency"], name="scholarship_with_its_currency"),
        ]
        indexes = [models.Index(fields=["institution", "search_text", "id"], name="scholarship_by_title")]

    def __str__(self) -> str:
        return self.title


class Award(Record):
    """One student who is awarded a scholarship, from one day to another, and how much in all.

    A trigger keeps the sum of its tranches within the amount.
    """

    personal = Personal(
        means="A scholarship that you were awarded.",
        about=("student",),
        erased={"reason": ""},
        kept=IS_ACCOUNTS,
    )

    class Status(models.TextChoices):
        OFFERED = "offered"
        ACTIVE = "active"
        SUSPENDED = "suspended"
        ENDED = "ended"

    unit_paths = ("student__department",)

    student = TenantForeignKey("students.Student", related_name="awards")
    scholarship = TenantForeignKey(Scholarship, alike=("currency",), related_name="awards")
    currency = models.CharField(max_length=3, editable=False)
    amount = models.DecimalField(
        max_digits=14, decimal_places=2, help_text="In all, in the currency of the scholarship."
    )
    starts_on = models.DateField()
    ends_on = models.DateField()
    status = models.CharField(max_length=10, choices=Status, default=Status.OFFERED)
    ended_on = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True, help_text="Why it was suspended, or ended before its time.")

    class Meta(Record.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="award_ends_after_it_starts",
                violation_error_code=REVERSED,
                violation_error_message=REVERSED_WORDS,
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0),
                name="award_amount_above_zero",
                violation_error_code="not_above_zero",
                violation_error_message="An award is of more than nothing.",
            ),
            models.CheckConstraint(
                condition=Q(status="ended", ended_on__isnull=False, ended_on__lte=F("ends_on"))
                | (~Q(status="ended") & Q(ended_on__isnull=True)),
                name="award_ended_on_a_day",
                violation_error_code="ended_when",
                violation_error_message="An award that ended says on which day, by the last day it was given for.",
            ),
            ExclusionConstraint(
                name="award_one_at_a_time",
                expressions=[("institution", "="), ("student", "="), ("scholarship", "="), (DAYS, "&&")],
                condition=~Q(status="ended"),
                violation_error_code="awarded_already",
                violation_error_message="This student has this scholarship in these days.",
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "student", "id"], name="award_by_student"),
            models.Index(fields=["institution", "scholarship", "status"], name="award_by_scholarship"),
            models.Index(fields=["institution", "starts_on", "id"], name="award_by_start"),
        ]

    def __str__(self) -> str:
        return f"{self.scholarship_id} to {self.student_id}"

    def clean(self) -> None:
        # Before the database is asked whether it overlaps another one: it makes no range of days in the wrong order.
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            raise ValidationError({"ends_on": ValidationError(REVERSED_WORDS, code=REVERSED)})


class Tranche(Record):
    """One part of an award: when it is due, how much, and when it was paid.

    What was paid stays; a tranche of the opposite amount reverses it. Triggers see to both.
    """

    personal = Personal(
        means="A part of a scholarship of yours, and when it was paid.",
        about=("award__student",),
        erased={"reason": ""},
        kept=IS_ACCOUNTS,
    )

    unit_paths = ("award__student__department",)

    award = TenantForeignKey(Award, related_name="tranches")
    due_on = models.DateField()
    amount = models.DecimalField(
        max_digits=14, decimal_places=2, help_text="In the currency of the award; below zero where it reverses another."
    )
    paid_on = models.DateField(null=True, blank=True)
    reverses = TenantForeignKey(
        "self", alike=("award",), null=True, blank=True, editable=False, related_name="reversals"
    )
    reason = models.CharField(max_length=300, blank=True, help_text="Why the other one was reversed.")

    class Meta(Record.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(reverses__isnull=True, amount__gt=0)
                | Q(reverses__isnull=False, amount__lt=0, paid_on__isnull=False),
                name="tranche_above_zero",
                violation_error_code="not_above_zero",
                violation_error_message="A tranche is of more than nothing; only one that reverses another is below.",
            ),
            models.UniqueConstraint(
                fields=["institution", "reverses"],
                name="tranche_reversed_once",
                violation_error_code="reversed_already",
                violation_error_message="This tranche was reversed.",
            ),
            # A reversal points to this: it is of the same award.
            models.UniqueConstraint(fields=["institution", "id", "award"], name="tranche_with_its_award"),
        ]
        indexes = [
            models.Index(fields=["institution", "award", "id"], name="tranche_by_award"),
            models.Index(fields=["institution", "due_on", "id"], name="tranche_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} of {self.award_id}"

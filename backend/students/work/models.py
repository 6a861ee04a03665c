"""This file holds work for fees: hours that a student pledged to work, and those that were worked and approved."""

from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from core.currencies import is_currency
from core.personal.declarations import Kept, Personal
from core.records import Record
from core.tenancy.fields import TenantForeignKey

IS_OWED = Kept("It says what was earned towards fees: accounts are kept by law.")


class WorkPledge(Record):
    """Hours that one student is to work in some area of the institution, each at a rate, between two days.

    `hours_worked` is the sum of the approved entries, kept by their rules; it never exceeds what was pledged.
    """

    personal = Personal(means="Work that you pledged towards your fees.", about=("student",), kept=IS_OWED)

    class Status(models.TextChoices):
        OPEN = "open"
        FULFILLED = "fulfilled"
        ENDED = "ended", "ended before it was fulfilled"

    unit_paths: ClassVar[tuple[str, ...]] = ("student__department",)

    student = TenantForeignKey("students.Student", related_name="work_pledges")
    area = models.CharField(max_length=100, help_text="Where the work is done, such as the library.")
    hours_pledged = models.DecimalField(max_digits=6, decimal_places=2, validators=[MinValueValidator(Decimal("0.01"))])
    hours_worked = models.DecimalField(max_digits=6, decimal_places=2, default=Decimal(0), editable=False)
    rate = models.DecimalField(
        max_digits=12, decimal_places=2, validators=[MinValueValidator(0)], help_text="For an hour."
    )
    currency = models.CharField(max_length=3, validators=[is_currency], help_text="ISO 4217 code.")
    starts_on = models.DateField()
    ends_on = models.DateField(help_text="The last day.")
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)

    class Meta(Record.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(hours_worked__gte=0, hours_worked__lte=F("hours_pledged")),
                name="work_pledge_not_exceeded",
                violation_error_code="more_than_pledged",
                violation_error_message="No more hours are worked than were pledged.",
            ),
            models.CheckConstraint(
                condition=Q(hours_pledged__gt=0, rate__gte=0),
                name="work_pledge_of_something",
                violation_error_code="nothing_pledged",
                violation_error_message="A pledge is of more than no hours, at a rate that is not below zero.",
            ),
            models.CheckConstraint(
                condition=~Q(status="fulfilled") | Q(hours_worked=F("hours_pledged")),
                name="work_pledge_fulfilled_when_worked",
                violation_error_code="hours_left",
                violation_error_message="A pledge is fulfilled when all of its hours are worked.",
            ),
            models.CheckConstraint(
                condition=Q(currency__regex="^[A-Z]{3}$"),
                name="work_pledge_currency_is_a_code",
                violation_error_code="not_a_currency",
                violation_error_message="Name the currency by its three letters of ISO 4217, such as USD.",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="work_pledge_ends_after_it_starts",
                violation_error_code="ends_before_it_starts",
                violation_error_message="A pledge ends on or after the day it starts.",
            ),
            # An entry points to this: its days are those of its pledge.
            models.UniqueConstraint(
                fields=["institution", "id", "starts_on", "ends_on"], name="work_pledge_with_its_days"
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "student", "id"], name="work_pledge_by_student"),
            models.Index(fields=["institution", "starts_on", "id"], name="work_pledge_by_start"),
        ]

    def __str__(self) -> str:
        return f"{self.student_id} in {self.area}"


class WorkEntry(Record):
    """Hours worked on one day. One that was approved counts and stays as it is, until it is reversed.

    `starts_on` and `ends_on` are those of the pledge, so that the database can keep the day between them.
    """

    personal = Personal(
        means="Hours that you worked towards your fees.",
        about=("pledge__student",),
        named=("approved_by", "reversed_by"),
        erased={"note": ""},
        kept=IS_OWED,
    )

    class Status(models.TextChoices):
        ENTERED = "entered"
        APPROVED = "approved"
        REVERSED = "reversed"

    unit_paths: ClassVar[tuple[str, ...]] = ("pledge__student__department",)

    pledge = TenantForeignKey(WorkPledge, alike=("starts_on", "ends_on"), related_name="entries")
    starts_on = models.DateField(editable=False)
    ends_on = models.DateField(editable=False)
    worked_on = models.DateField()
    hours = models.DecimalField(max_digits=4, decimal_places=2)
    note = models.CharField(max_length=300, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.ENTERED, editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, editable=False)
    reversed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    reversed_at = models.DateTimeField(null=True, editable=False)

    class Meta(Record.Meta):
        verbose_name_plural = "work entries"
        constraints = [
            models.CheckConstraint(
                condition=Q(hours__gt=0, hours__lte=24),
                name="work_entry_hours_of_a_day",
                violation_error_code="hours_of_a_day",
                violation_error_message="On a day more than 0 and at most 24 hours are worked.",
            ),
            models.CheckConstraint(
                condition=Q(worked_on__gte=F("starts_on"), worked_on__lte=F("ends_on")),
                name="work_entry_within_its_pledge",
                violation_error_code="outside_pledge",
                violation_error_message="Work is done between the first and the last day of its pledge.",
            ),
            models.CheckConstraint(
                condition=Q(status="entered", approved_at__isnull=True, reversed_at__isnull=True)
                | Q(status="approved", approved_at__isnull=False, reversed_at__isnull=True)
                | Q(status="reversed", approved_at__isnull=False, reversed_at__isnull=False),
                name="work_entry_decided_at_some_time",
                violation_error_code="decided_when",
                violation_error_message="What was approved or reversed was so at some time.",
            ),
            models.UniqueConstraint(
                fields=["institution", "pledge", "worked_on"],
                condition=~Q(status="reversed"),
                name="work_entry_once_a_day",
                violation_error_code="day_entered",
                violation_error_message="The hours of this day are entered: change those.",
            ),
        ]
        indexes = [models.Index(fields=["institution", "pledge", "id"], name="work_entry_by_pledge")]

    def __str__(self) -> str:
        return f"{self.hours} h on {self.worked_on}"

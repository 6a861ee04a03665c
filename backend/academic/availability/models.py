"""This file holds what lecturers say of their time: when they can teach, and when they would rather not, or can't."""

from typing import Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from core.actor import Actor
from core.periods import REVERSED, REVERSED_WORDS
from core.personal.declarations import Personal
from core.records import Record, SharedQuerySet
from core.tenancy.fields import TenantForeignKey
from staff.members.models import Member

MONDAY, SUNDAY = 1, 7
NO_WEEKDAY, NO_WEEKDAY_WORDS = "no_weekday", "A weekday is 1 (Monday) to 7 (Sunday)."
NO_DAYS, NO_DAYS_WORDS = "weekday_or_days", "Name a weekday, or a first and a last day."
HOURS_WORDS = "Name a first and a later last hour, or neither."


class AvailabilityQuerySet(SharedQuerySet):
    """What is said of a member of staff lies at their home department too, for whoever changes it."""

    def visible_to(self, actor: Actor, permission: str) -> Self:
        rows, reach = super().visible_to(actor, permission), actor.reach(permission)
        if ".view_" in permission or reach.nation or not reach.units:
            return rows
        members = Member.objects.filter(institution__in=reach.hosts, department__in=reach.units, account__isnull=False)
        return rows | self.filter(institution__in=reach.hosts, account__in=members.values("account"))


class LecturerAvailability(Record):
    """What one lecturer says of some hours: each week on a weekday, on the days of a period, or on such weekdays of it.

    Hours are by the clocks of the institution; without any it is the whole day. With a term it is said of the days of
    that term alone. It has no words of its own: why somebody can't is nobody's matter.
    """

    personal = Personal(means="When you can teach, and when not.", about=("account",), removed=True)

    class Kind(models.TextChoices):
        UNAVAILABLE = "unavailable"
        UNDESIRED = "undesired"
        PREFERRED = "preferred"

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=11, choices=Kind)
    term = TenantForeignKey("academic.Term", null=True, blank=True, related_name="+", help_text="Empty: in any.")
    weekday = models.PositiveSmallIntegerField(null=True, blank=True, help_text="1 is Monday, 7 is Sunday.")
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True, help_text="The last day; both are in it.")
    starts_at = models.TimeField(null=True, blank=True)
    ends_at = models.TimeField(null=True, blank=True, help_text="Empty, as the start: the whole day.")

    objects = AvailabilityQuerySet.as_manager()  # type: ignore[misc]  # a manager is a class variable by nature

    class Meta(Record.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(weekday__isnull=True) | Q(weekday__gte=MONDAY, weekday__lte=SUNDAY),
                name="availability_on_a_weekday",
                violation_error_code=NO_WEEKDAY,
                violation_error_message=NO_WEEKDAY_WORDS,
            ),
            models.CheckConstraint(
                condition=Q(weekday__isnull=False) | Q(starts_on__isnull=False, ends_on__isnull=False),
                name="availability_on_some_days",
                violation_error_code=NO_DAYS,
                violation_error_message=NO_DAYS_WORDS,
            ),
            models.CheckConstraint(
                condition=Q(starts_on__isnull=True) | Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="availability_days_in_order",
                violation_error_code=REVERSED,
                violation_error_message=REVERSED_WORDS,
            ),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True, ends_at__isnull=True)
                | Q(starts_at__isnull=False, ends_at__isnull=False, ends_at__gt=F("starts_at")),
                name="availability_hours_in_order",
                violation_error_code=REVERSED,
                violation_error_message=HOURS_WORDS,
            ),
            models.UniqueConstraint(
                fields=[
                    "institution",
                    "account",
                    "kind",
                    "term",
                    "weekday",
                    "starts_on",
                    "ends_on",
                    "starts_at",
                    "ends_at",
                ],
                name="availability_once",
                nulls_distinct=False,
                violation_error_code="said_already",
                violation_error_message="This is said already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.kind}"

    def clean(self) -> None:
        # The constraints say it too, of no field.
        wrong = {}
        if self.weekday is not None and not MONDAY <= self.weekday <= SUNDAY:
            wrong["weekday"] = ValidationError(NO_WEEKDAY_WORDS, code=NO_WEEKDAY)
        elif self.weekday is None and not (self.starts_on and self.ends_on):
            wrong["starts_on" if self.ends_on else "ends_on" if self.starts_on else "weekday"] = ValidationError(
                NO_DAYS_WORDS, code=NO_DAYS
            )
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            wrong["ends_on"] = ValidationError(REVERSED_WORDS, code=REVERSED)
        if self.starts_at is None and self.ends_at is not None:
            wrong["starts_at"] = ValidationError(HOURS_WORDS, code=REVERSED)
        elif self.starts_at is not None and (self.ends_at is None or self.ends_at <= self.starts_at):
            wrong["ends_at"] = ValidationError(HOURS_WORDS, code=REVERSED)
        if wrong:
            raise ValidationError(wrong)

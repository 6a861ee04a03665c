"""This file holds what grants, memberships and delegations have in common: they hold from a day to a day."""

from datetime import date
from typing import Any, Self

from django.db import models
from django.db.models import F, Q

from core.records import Row
from faculties.institutions.days import DayThere, TodayThere, today_at


class DatedQuerySet(models.QuerySet):
    """Query words of what holds between two days, both included: days at its institution, or for the nation."""

    def in_force(self) -> Self:
        """What holds today."""
        return self.not_over().filter(valid_from__lte=F("today"))

    def not_over(self) -> Self:
        """What holds today, or will."""
        ends_later = Q(valid_until__isnull=True) | Q(valid_until__gte=F("today"))
        return self.alias(today=TodayThere()).filter(ends_later, is_revoked=False)


class Dated(Row):
    """A right that holds from a day to a day, both included; without a last day until it is ended."""

    valid_from = DayThere()
    valid_until = models.DateField(null=True, blank=True)
    is_revoked = models.BooleanField(default=False, help_text="Ended at once, before its last day was over.")

    class Meta(Row.Meta):
        abstract = True

    def end(self, valid_until: date | None = None) -> Self:
        """End it on a day, or at once. It stays in the history."""
        if valid_until:
            return self.change(valid_until=valid_until)
        return self.change(valid_until=ended(self), is_revoked=True)


def ended(row: Any) -> date:
    """The last day of what ends at once."""
    return max(today_at(row.institution_id), row.valid_from)


def ends_after_it_begins(name: str, what: str) -> models.CheckConstraint:
    """The constraint that the last day is not before the first."""
    return models.CheckConstraint(
        condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
        name=name,
        violation_error_code="ends_before_it_begins",
        violation_error_message=f"A {what} ends on or after the day it begins.",
    )

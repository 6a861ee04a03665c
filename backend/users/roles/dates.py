"""This file holds what grants, memberships and delegations have in common: they hold from a day to a day."""

from datetime import date
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now, TruncDate
from django.utils import timezone

from core.records import Row


class DatedQuerySet(models.QuerySet):
    """Query words of what holds between two days, both included."""

    def in_force(self, day: date | None = None) -> Self:
        on = day or TruncDate(Now())
        return self.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=on), valid_from__lte=on, is_revoked=False)

    def not_over(self) -> Self:
        """What holds today, or will."""
        today = TruncDate(Now())
        return self.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=today), is_revoked=False)


class Dated(Row):
    """A right that holds from a day to a day, both included; without a last day until it is ended."""

    valid_from = models.DateField(default=timezone.localdate)
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
    return max(timezone.localdate(), row.valid_from)


def ends_after_it_begins(name: str, what: str) -> models.CheckConstraint:
    """The constraint that the last day is not before the first."""
    return models.CheckConstraint(
        condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
        name=name,
        violation_error_code="ends_before_it_begins",
        violation_error_message=f"A {what} ends on or after the day it begins.",
    )

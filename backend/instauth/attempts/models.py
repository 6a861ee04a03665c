"""This file holds the counts of attempts as the database keeps them, for when Valkey is gone or was emptied."""

from django.db import models
from django.db.models import Q


class AttemptCount(models.Model):
    """One count: how many attempts, from when the next is allowed, and when it is forgotten."""

    no_person = "Keyed digests of login names and networks, kept for a day."

    key = models.CharField(primary_key=True, max_length=64)
    count = models.PositiveIntegerField(default=0)
    open_at = models.FloatField(default=0, help_text="Seconds since 1970, as Valkey keeps them.")
    ends_at = models.FloatField(default=0, db_index=True, help_text="Seconds since 1970.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(open_at__lte=models.F("ends_at")), name="attempt_count_opens_before_end")
        ]

    def __str__(self) -> str:
        return f"{self.count} attempts"

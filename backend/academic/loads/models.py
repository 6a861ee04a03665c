"""This file holds limits of load: how many credits a student may take in a term, and how many they are to take."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from core.limits import Limit
from core.records import Record
from core.tenancy.fields import TenantForeignKey


class LoadLimit(Record):
    """The most and the least credits of one term, its parts included: of one program version, or of every one that has
    no limit of its own.

    Who builds up a load is warned while it is below the least. Whoever has reached it does not leave it again where
    that is refused, unless it is waived.
    """

    class BelowLeast(models.TextChoices):
        WARNED = "warned"
        REFUSED = "refused"

    unit_paths = ("program_version__program__department",)

    program_version = TenantForeignKey(
        "academic.ProgramVersion",
        null=True,
        blank=True,
        related_name="load_limits",
        help_text="Null for the whole institution.",
    )
    most_credits = models.DecimalField(max_digits=5, decimal_places=1, validators=[MinValueValidator(0)])
    least_credits = models.DecimalField(
        max_digits=5,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="Empty where nothing is asked for.",
    )
    below_least = models.CharField(
        max_length=7,
        choices=BelowLeast,
        default=BelowLeast.WARNED,
        db_default=BelowLeast.WARNED,
        help_text="What dropping or withdrawing is that takes a student below the least.",
    )

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "program_version"],
                name="load_limit_once",
                nulls_distinct=False,
                violation_error_code="limit_set",
                violation_error_message="There is a limit of load for this already: change that one.",
            ),
            Limit(
                field="most_credits",
                condition=Q(most_credits__gt=0),
                name="load_limit_positive",
                violation_error_code="not_positive",
                violation_error_message="A limit of load is more than 0 credits.",
            ),
            Limit(
                field="least_credits",
                condition=Q(least_credits__isnull=True) | Q(least_credits__gt=0, least_credits__lte=F("most_credits")),
                name="load_limit_least_within_most",
                violation_error_code="least_above_most",
                violation_error_message="The least is more than 0 credits, and at most as many as may be taken.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.most_credits} credits"

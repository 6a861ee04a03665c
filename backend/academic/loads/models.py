"""This file holds limits of load: how many credits a student may take in a term."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from core.records import Record
from core.tenancy.fields import TenantForeignKey


class LoadLimit(Record):
    """The most credits of one term: of one program version, or of every one that has no limit of its own."""

    unit_paths = ("program_version__program__department",)

    program_version = TenantForeignKey(
        "academic.ProgramVersion",
        null=True,
        blank=True,
        related_name="load_limits",
        help_text="Null for the whole institution.",
    )
    most_credits = models.DecimalField(max_digits=5, decimal_places=1, validators=[MinValueValidator(0)])

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "program_version"],
                name="load_limit_once",
                nulls_distinct=False,
                violation_error_code="limit_set",
                violation_error_message="There is a limit of load for this already: change that one.",
            ),
            models.CheckConstraint(
                condition=Q(most_credits__gt=0),
                name="load_limit_positive",
                violation_error_code="not_positive",
                violation_error_message="A limit of load is more than 0 credits.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.most_credits} credits"

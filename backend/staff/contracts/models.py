"""This file holds contracts: what a member of staff is employed to do, for how much of a full post, and when."""

from decimal import Decimal
from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q

from core.periods import DAYS, Period
from core.personal.declarations import Kept, Personal
from core.tenancy.fields import TenantForeignKey

FULL_POST = Decimal(1)


class Activity(models.TextChoices):
    """What somebody is employed to do. The first two are academic staff."""

    TEACHING = "teaching"
    TEACHING_AND_RESEARCH = "teaching_and_research"
    RESEARCH = "research"
    OTHER = "other"


ACADEMIC = (Activity.TEACHING, Activity.TEACHING_AND_RESEARCH)


class ContractKind(models.TextChoices):
    """How somebody is employed."""

    PERMANENT = "permanent"
    FIXED_TERM = "fixed_term"
    PART_TIME = "part_time"
    VISITING = "visiting"


class Contract(Period):
    """One contract of one member: one activity, and its share of a full post (`fte`, above 0 and at most 1)."""

    personal = Personal(
        means="A contract of yours with an institution.",
        about=("member",),
        kept=Kept("Who was employed when is part of the institution's record; without your name it tells a number."),
    )

    unit_paths: ClassVar[tuple[str, ...]] = ("member__department",)

    member = TenantForeignKey("staff.Member", related_name="contracts")
    kind = models.CharField(max_length=10, choices=ContractKind)
    activity = models.CharField(max_length=25, choices=Activity)
    fte = models.DecimalField(
        max_digits=3,
        decimal_places=2,
        default=FULL_POST,
        validators=[MaxValueValidator(FULL_POST)],
        help_text="Share of a full post, above 0 and at most 1.",
    )

    class Meta(Period.Meta):
        constraints = [
            *Period.Meta.constraints,
            models.CheckConstraint(
                condition=Q(fte__gt=0, fte__lte=FULL_POST),
                name="contract_fte_within_a_post",
                violation_error_code="no_such_share",
                violation_error_message="A contract is for more than none and at most one full post.",
            ),
            models.CheckConstraint(
                condition=~Q(kind=ContractKind.FIXED_TERM) | Q(ends_on__isnull=False),
                name="contract_fixed_term_ends",
                violation_error_code="no_last_day",
                violation_error_message="A contract for a fixed term has a last day.",
            ),
            ExclusionConstraint(
                name="contract_once_at_a_time",
                expressions=[("institution", "="), ("member", "="), ("activity", "="), (DAYS, "&&")],
                violation_error_code="overlaps",
                violation_error_message="This member has a contract for the same activity on some of these days.",
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "member", "id"], name="contract_by_member"),
            models.Index(fields=["institution", "starts_on", "id"], name="contract_by_start"),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.activity} {self.told}"

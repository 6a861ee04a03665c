"""This file holds absences of staff: who is away when, and of which kind."""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models

from core.periods import DAYS, Period
from core.personal.declarations import Personal
from core.tenancy.fields import TenantForeignKey


class Absence(Period):
    """One time in which a member is away. It has no words of its own: what somebody suffers from is nobody's matter."""

    personal = Personal(means="A time in which you were away from work.", about=("member",), removed=True)

    class Kind(models.TextChoices):
        ANNUAL = "annual"
        SICK = "sick"
        STUDY = "study"
        MATERNITY = "maternity"
        SABBATICAL = "sabbatical"
        OTHER = "other"

    unit_paths: ClassVar[tuple[str, ...]] = ("member__department",)

    member = TenantForeignKey("staff.Member", related_name="absences")
    kind = models.CharField(max_length=10, choices=Kind)

    class Meta(Period.Meta):
        constraints = [
            *Period.Meta.constraints,
            ExclusionConstraint(
                name="absence_once_at_a_time",
                expressions=[("institution", "="), ("member", "="), (DAYS, "&&")],
                violation_error_code="overlaps",
                violation_error_message="This member is away already on some of these days.",
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "member", "id"], name="absence_by_member"),
            models.Index(fields=["institution", "starts_on", "id"], name="absence_by_start"),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.kind} {self.told}"

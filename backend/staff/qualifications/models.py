"""This file holds qualifications of staff: what somebody was awarded, at which level, by whom."""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q

from core.personal.declarations import Kept, Personal
from core.records import Record
from core.tenancy.fields import TenantForeignKey


class Qualification(Record):
    """One award that a member of staff holds, at a level of ISCED 2011."""

    personal = Personal(
        means="An award that you hold.",
        about=("member",),
        kept=Kept("How staff was qualified is part of what an accreditation rests on; it tells a number by then."),
    )

    class Level(models.IntegerChoices):
        POST_SECONDARY = 4, "post-secondary non-tertiary"
        SHORT_CYCLE = 5, "short-cycle tertiary"
        BACHELOR = 6, "bachelor's or equivalent"
        MASTER = 7, "master's or equivalent"
        DOCTORATE = 8, "doctoral or equivalent"

    unit_paths: ClassVar[tuple[str, ...]] = ("member__department",)

    member = TenantForeignKey("staff.Member", related_name="qualifications")
    level = models.PositiveSmallIntegerField(choices=Level, help_text="Level of ISCED 2011.")
    title = models.CharField(max_length=120)
    awarded_by = models.CharField(max_length=200, blank=True, help_text="The institution that awarded it.")
    awarded_year = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1900), MaxValueValidator(2200)]
    )
    country = models.CharField(
        max_length=2,
        blank=True,
        validators=[RegexValidator("^[A-Z]{2}$", "Two capitals, such as ZW.")],
        help_text="Where it was awarded: ISO 3166-1 alpha-2 code.",
    )

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "member", "level", "title", "awarded_by"],
                name="qualification_once",
                violation_error_code="already_entered",
                violation_error_message="This award of this member is entered already.",
            ),
            models.CheckConstraint(
                condition=Q(level__gte=4, level__lte=8),
                name="qualification_level_of_isced",
                violation_error_code="no_such_level",
                violation_error_message="A qualification is at a level of ISCED 2011 from 4 to 8.",
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "member", "id"], name="qualification_by_member"),
            models.Index(fields=["institution", "level", "id"], name="qualification_by_level"),
        ]

    def __str__(self) -> str:
        return f"{self.title} of {self.member_id}"

"""This file holds what each institution asks of the people who sign in there."""

from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from core.actor import Actor
from core.records import Row
from core.tenancy.fields import TenantForeignKey
from users.models import Role

SHORTEST_IDLE, LONGEST_IDLE = 5, 12 * 60
SHORTEST_SESSION, LONGEST_SESSION = 60, 14 * 24 * 60


class PolicyQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor, permission: str) -> Self:
        """The policies of institutions where the actor holds the permission."""
        reach = actor.reach(permission)
        return self if reach.nation else self.filter(institution__in=reach.institutions)


class Policy(Row):
    """What one institution asks beyond what the nation asks. It makes things stricter, never looser."""

    class SecondFactor(models.TextChoices):
        """Who needs one here, besides those who need one anywhere."""

        BY_ROLE = "by_role"
        STAFF = "staff"
        ALL = "all"

    no_person = "The settings of an institution."
    outside_the_walls = "People who sign in or sign up have no reach yet."

    institution = models.OneToOneField(
        settings.TENANT_MODEL,
        models.PROTECT,
        related_name="+",
        error_messages={"unique": "This institution has a policy: change that."},
    )
    email_domains = ArrayField(
        models.CharField(max_length=100),
        default=list,
        blank=True,
        help_text="The only domains of people who are invited or sign up; none means any.",
    )
    second_factor = models.CharField(max_length=10, choices=SecondFactor, default=SecondFactor.BY_ROLE)
    idle_minutes = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(SHORTEST_IDLE), MaxValueValidator(LONGEST_IDLE)],
        help_text="How long a session lasts unused, if the nation does not allow less.",
    )
    longest_minutes = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(SHORTEST_SESSION), MaxValueValidator(LONGEST_SESSION)],
        help_text="How long a session lasts at all, if the nation does not allow less.",
    )
    sign_up_role = models.ForeignKey(
        Role,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="What people who sign themselves up ask to be; without one nobody does.",
    )
    sign_up_faculty = TenantForeignKey("faculties.Faculty", null=True, blank=True, related_name="+")
    sign_up_department = TenantForeignKey("faculties.Department", null=True, blank=True, related_name="+")

    objects = PolicyQuerySet.as_manager()

    class Meta(Row.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(sign_up_faculty__isnull=True) | Q(sign_up_department__isnull=True),
                name="policy_has_one_unit",
                violation_error_code="one_unit",
                violation_error_message="People sign up for a faculty or for a department, not for both.",
            ),
            models.CheckConstraint(
                condition=Q(sign_up_role__isnull=False)
                | Q(sign_up_faculty__isnull=True, sign_up_department__isnull=True),
                name="policy_unit_has_a_role",
                violation_error_code="role_needed",
                violation_error_message="Say as what people sign up there.",
            ),
            models.CheckConstraint(
                condition=Q(idle_minutes__gte=SHORTEST_IDLE, idle_minutes__lte=LONGEST_IDLE)
                | Q(idle_minutes__isnull=True),
                name="policy_idle_in_bounds",
                violation_error_code="out_of_bounds",
                violation_error_message=f"A session may be idle for {SHORTEST_IDLE} to {LONGEST_IDLE} minutes.",
            ),
            models.CheckConstraint(
                condition=Q(longest_minutes__gte=SHORTEST_SESSION, longest_minutes__lte=LONGEST_SESSION)
                | Q(longest_minutes__isnull=True),
                name="policy_longest_in_bounds",
                violation_error_code="out_of_bounds",
                violation_error_message=f"A session may last for {SHORTEST_SESSION} to {LONGEST_SESSION} minutes.",
            ),
            models.CheckConstraint(
                condition=Q(idle_minutes__lte=F("longest_minutes"))
                | Q(idle_minutes__isnull=True)
                | Q(longest_minutes__isnull=True),
                name="policy_idle_within_longest",
                violation_error_code="idle_beyond_longest",
                violation_error_message="A session is not idle for longer than it lasts.",
            ),
        ]

    def __str__(self) -> str:
        return f"policy of {self.institution_id}"

    @property
    def sign_up_place(self) -> dict:
        """Where people who sign themselves up ask for the role, as a grant names it."""
        return {
            "institution": self.institution,
            "faculty": self.sign_up_faculty,
            "department": self.sign_up_department,
        }

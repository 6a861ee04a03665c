"""This file holds roles and grants: what a person may do, where, and from when until when."""

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now, TruncDate
from django.utils import timezone

from core.actor import Actor
from core.personal.declarations import Kept, Personal
from core.records import Row
from core.tenancy.fields import TenantForeignKey


class RoleQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor, permission: str) -> Self:
        """Every role, to whoever may see roles anywhere: what a role holds is no secret."""
        return self if actor.may(permission) else self.none()


class Role(Row):
    """A named set of permissions. The shipped ones come from each app's `permissions.py`."""

    no_person = "A set of permissions; who holds it stands in grants."

    class Tier(models.TextChoices):
        """The highest place at which the role may be granted."""

        NATION = "nation"
        INSTITUTION = "institution"
        FACULTY = "faculty"
        DEPARTMENT = "department"

    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=100)
    tier = models.CharField(max_length=20, choices=Tier)
    is_shipped = models.BooleanField(default=False)

    objects = RoleQuerySet.as_manager()

    class Meta(Row.Meta):
        indexes = [models.Index(fields=["name", "id"], name="role_by_name")]

    def __str__(self) -> str:
        return self.name


class RolePermission(models.Model):
    """One permission of a role: over every row at the granted place, or only over rows about the person."""

    class Over(models.TextChoices):
        PLACE = "place"
        RELATED = "related"

    role = models.ForeignKey(Role, models.CASCADE, related_name="permissions")
    permission = models.CharField(max_length=100)
    over = models.CharField(max_length=10, choices=Over, default=Over.PLACE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["role", "permission"], name="role_permission_once")]

    def __str__(self) -> str:
        return f"{self.role_id}: {self.permission}"


class GrantQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor, permission: str) -> Self:
        """Grants at places where the actor holds the permission, and the actor's own."""
        reach = actor.reach(permission)
        if reach.nation:
            return self
        held = Q(institution__in=reach.institutions) | Q(department__in=reach.units) | Q(faculty__in=reach.units)
        return self.filter(held | Q(user=actor.id) if reach.related else held)

    def in_force(self, day: date | None = None) -> Self:
        on = day or TruncDate(Now())
        return self.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=on), valid_from__lte=on, is_revoked=False)


class Grant(Row):
    """One role, held by one person at one place of the tree, between two dates (both included).

    No institution means the nation; then there is no faculty and no department either.
    """

    personal = Personal(
        means="A role that you hold or held: what you may do, where, and when.",
        about=("user",),
        erased={"is_revoked": True, "valid_until": lambda grant: max(timezone.localdate(), grant.valid_from)},
        kept=Kept("Who could do what and when is proof for as long as the audit log is kept.", 10),
    )

    outside_the_walls = "A person may hold grants in several institutions; they are read before any reach is known."

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="grants")
    role = models.ForeignKey(Role, models.PROTECT, related_name="grants")
    institution = models.ForeignKey(settings.TENANT_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    faculty = TenantForeignKey("faculties.Faculty", null=True, blank=True, related_name="+")
    department = TenantForeignKey("faculties.Department", null=True, blank=True, related_name="+")
    valid_from = models.DateField(default=timezone.localdate)
    valid_until = models.DateField(null=True, blank=True)
    is_revoked = models.BooleanField(default=False, help_text="Ended at once, before its last day was over.")

    objects = GrantQuerySet.as_manager()

    class Meta(Row.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(institution__isnull=False) | Q(faculty__isnull=True, department__isnull=True),
                name="grant_unit_has_an_institution",
                violation_error_code="institution_needed",
                violation_error_message="A grant at a faculty or department names its institution.",
            ),
            models.CheckConstraint(
                condition=Q(faculty__isnull=True) | Q(department__isnull=True),
                name="grant_has_one_unit",
                violation_error_code="one_unit",
                violation_error_message="Name a faculty or a department, not both.",
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="grant_ends_after_it_begins",
                violation_error_code="ends_before_it_begins",
                violation_error_message="A grant ends on or after the day it begins.",
            ),
            models.UniqueConstraint(
                fields=["user", "role", "institution", "faculty", "department"],
                condition=Q(valid_until__isnull=True),
                nulls_distinct=False,
                name="grant_open_once",
                violation_error_code="already_granted",
                violation_error_message="This person holds this role at this place.",
            ),
        ]
        indexes = [models.Index(fields=["institution", "user"], name="grant_by_institution")]

    def __str__(self) -> str:
        return f"{self.user_id} as {self.role_id}"

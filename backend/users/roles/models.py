"""This file holds roles and grants: what a person may do, where, and from when until when."""

from typing import Any, Self
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import Q

from core.actor import Actor
from core.personal.declarations import Kept, Personal
from core.records import Row
from core.tenancy.fields import TenantForeignKey
from users.roles.dates import Dated, DatedQuerySet, ended, ends_after_it_begins

VIEW_ROLE = "users.view_role"
NONE = Q(pk__in=())


class RoleQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor, permission: str) -> Self:
        """To see: the shipped roles, and those of institutions where one may see roles at all; what a role holds is no
        secret. To change: only those that institutions composed, where one holds the permission over all of it.
        """
        reach = actor.reach(permission)
        if permission == VIEW_ROLE:
            shipped = Q(institution=None)
            return self if reach.nation else self.filter(shipped | Q(institution__in=reach.touched) if reach else NONE)
        composed = self.filter(institution__isnull=False)
        return composed if reach.nation else composed.filter(institution__in=reach.institutions)

    def shipped(self, code: str) -> "Role":
        """The role with this code that TESC ships."""
        role: Any = self.get(code=code, institution=None)
        return role


class Role(Row):
    """A named set of permissions. The shipped ones come from each app's `permissions.py`; institutions compose more."""

    no_person = "A set of permissions; who holds it stands in grants."
    outside_the_walls = "Shipped roles belong to nobody, and roles are read before any reach is known."
    read_nationally = False  # what it holds stands beside it, in a table without an institution

    class Tier(models.TextChoices):
        """The highest place at which the role may be granted."""

        NATION = "nation"
        INSTITUTION = "institution"
        FACULTY = "faculty"
        DEPARTMENT = "department"

    institution = models.ForeignKey(
        settings.TENANT_MODEL, models.PROTECT, null=True, blank=True, editable=False, related_name="+", db_index=False
    )
    code = models.SlugField(max_length=60, db_index=False)
    name = models.CharField(max_length=100)
    tier = models.CharField(max_length=20, choices=Tier)
    is_shipped = models.BooleanField(default=False)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = RoleQuerySet.as_manager()

    class Meta(Row.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "code"],
                nulls_distinct=False,
                name="role_code_once",
                violation_error_code="code_taken",
                violation_error_message="There is a role with this code.",
            ),
            models.CheckConstraint(
                condition=Q(institution=None) | ~Q(tier="nation") & Q(is_shipped=False),
                name="role_of_an_institution_stays_there",
                violation_error_code="place_too_high",
                violation_error_message="A role of an institution is granted at an institution or below.",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(institution__isnull=False), name="role_shipped_stays_open"
            ),
        ]
        indexes = [
            models.Index(fields=["name", "id"], name="role_by_name"),
            models.Index(fields=["institution", "name", "id"], name="role_by_institution"),
        ]

    def __str__(self) -> str:
        return self.name

    def audited_besides(self) -> dict[str, list[str]]:
        """What the audit log tells of a role beside its columns."""
        held = self.permissions.values_list("permission", "over") if self.pk else ()
        return {"permissions": sorted(f"{permission} over {over}" for permission, over in held)}


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


class GrantQuerySet(DatedQuerySet):
    def visible_to(self, actor: Actor, permission: str) -> Self:
        """Grants at places where the actor holds the permission, and the actor's own."""
        reach = actor.reach(permission)
        if reach.nation:
            return self
        held = Q(institution__in=reach.institutions) | Q(department__in=reach.units) | Q(faculty__in=reach.units)
        return self.filter(held | Q(user=actor.id) if reach.related and actor.id else held)

    def held_by(self, user: UUID) -> Self:
        """The grants in force that a person holds: their own, and those of their groups."""
        memberships: Any = apps.get_model("users.Membership")._default_manager
        groups = memberships.in_force().filter(user=user).values("group")
        return self.in_force().filter(Q(user=user) | Q(group__in=groups))


class Grant(Dated):
    """One role, held by one person or one group at one place of the tree, between two dates (both included).

    No institution means the nation; then there is no faculty and no department either.
    """

    personal = Personal(
        means="A role that you hold or held: what you may do, where, and when.",
        about=("user",),
        erased={"is_revoked": True, "valid_until": ended},
        kept=Kept("Who could do what and when is proof for as long as the audit log is kept.", 10),
    )

    outside_the_walls = "A person may hold grants in several institutions; they are read before any reach is known."

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="grants")
    group = TenantForeignKey("users.Group", null=True, blank=True, related_name="grants")
    role = models.ForeignKey(Role, models.PROTECT, related_name="grants")
    institution = models.ForeignKey(settings.TENANT_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    faculty = TenantForeignKey("faculties.Faculty", null=True, blank=True, related_name="+")
    department = TenantForeignKey("faculties.Department", null=True, blank=True, related_name="+")

    objects = GrantQuerySet.as_manager()

    class Meta(Row.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=True, group__isnull=False) | Q(user__isnull=False, group__isnull=True),
                name="grant_has_one_holder",
                violation_error_code="one_holder",
                violation_error_message="Name a user or a group, not both.",
            ),
            models.CheckConstraint(
                condition=Q(institution__isnull=False)
                | Q(faculty__isnull=True, department__isnull=True, group__isnull=True),
                name="grant_unit_has_an_institution",
                violation_error_code="institution_needed",
                violation_error_message="A grant to a group, or at a faculty or department, names its institution.",
            ),
            models.CheckConstraint(
                condition=Q(faculty__isnull=True) | Q(department__isnull=True),
                name="grant_has_one_unit",
                violation_error_code="one_unit",
                violation_error_message="Name a faculty or a department, not both.",
            ),
            ends_after_it_begins("grant_ends_after_it_begins", "grant"),
            models.UniqueConstraint(
                fields=["user", "group", "role", "institution", "faculty", "department"],
                condition=Q(valid_until__isnull=True),
                nulls_distinct=False,
                name="grant_open_once",
                violation_error_code="already_granted",
                violation_error_message="This person or group holds this role at this place.",
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "user"], name="grant_by_institution"),
            models.Index(fields=["group"], name="grant_by_group"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id or self.group_id} as {self.role_id}"

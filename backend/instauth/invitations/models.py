"""This file holds invitations: who asked whom to come, as what, where, and what became of it."""

from datetime import date
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from core.actor import Actor
from core.personal.declarations import ERASED_NAME, Kept, Personal
from core.records import Row
from core.tenancy.fields import TenantForeignKey
from users.accounts.addresses import as_login
from users.models import Role


class InvitationQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor, permission: str) -> Self:
        """Invitations to places where the actor holds the permission."""
        reach = actor.reach(permission)
        if reach.nation:
            return self
        held = Q(institution__in=reach.institutions) | Q(department__in=reach.units) | Q(faculty__in=reach.units)
        return self.filter(held)

    def open(self) -> Self:
        """Those that nobody has accepted, withdrawn or shut."""
        return self.filter(status=Invitation.Status.OPEN)


class Invitation(Row):
    """One person asked to hold one role at one place. The account comes when they accept, if they have none yet.

    As with a grant, no institution means the nation.
    """

    class Status(models.TextChoices):
        """Where an invitation stands; an open one may have run out, and be sent again."""

        OPEN = "open"
        ACCEPTED = "accepted"
        WITHDRAWN = "withdrawn"

    personal = Personal(
        means="An invitation that you were sent: to which role, where, and by whom.",
        about=("user", "account"),
        named=("invited_by",),
        erased={
            "email": lambda row: f"erased-{row.pk}@erased.invalid",
            "name": ERASED_NAME,
            "status": lambda row: "withdrawn" if row.status == "open" else row.status,
        },
        kept=Kept("Who let whom in is proof for as long as the audit log is kept.", 10),
    )
    outside_the_walls = "Whoever accepts has no reach yet."

    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=200)
    role = models.ForeignKey(Role, models.PROTECT, related_name="+")
    institution = models.ForeignKey(settings.TENANT_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    faculty = TenantForeignKey("faculties.Faculty", null=True, blank=True, related_name="+")
    department = TenantForeignKey("faculties.Department", null=True, blank=True, related_name="+")
    valid_from = models.DateField(null=True, blank=True, help_text="From when the role is held; else from acceptance.")
    valid_until = models.DateField(null=True, blank=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    expires_at = models.DateTimeField(help_text="Until when the letter that was sent last lets its reader in.")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", help_text="Who accepted."
    )
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who has the address; no API shows it, so that it tells nobody of accounts elsewhere.",
    )

    objects = InvitationQuerySet.as_manager()

    class Meta(Row.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(institution__isnull=False) | Q(faculty__isnull=True, department__isnull=True),
                name="invitation_unit_has_place",
                violation_error_code="institution_needed",
                violation_error_message="An invitation to a faculty or department names its institution.",
            ),
            models.CheckConstraint(
                condition=Q(faculty__isnull=True) | Q(department__isnull=True),
                name="invitation_has_one_unit",
                violation_error_code="one_unit",
                violation_error_message="Name a faculty or a department, not both.",
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True)
                | Q(valid_from__isnull=True)
                | Q(valid_until__gte=F("valid_from")),
                name="invitation_ends_after_it_begins",
                violation_error_code="ends_before_it_begins",
                violation_error_message="A role ends on or after the day it begins.",
            ),
            models.CheckConstraint(
                condition=Q(user__isnull=False) | ~Q(status="accepted"),
                name="invitation_accepted_by_somebody",
                violation_error_code="no_account",
                violation_error_message="An accepted invitation has an account.",
            ),
            models.UniqueConstraint(
                fields=["email", "role", "institution", "faculty", "department"],
                condition=Q(status="open"),
                nulls_distinct=False,
                name="invitation_open_once",
                violation_error_code="already_invited",
                violation_error_message="This person is invited to this role here: send that invitation again.",
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "id"], name="invitation_by_institution"),
            models.Index(fields=["invited_by"], condition=Q(status="open"), name="invitation_by_inviter"),
        ]

    def __str__(self) -> str:
        return f"invitation of {self.name}"

    def clean(self) -> None:
        self.email = as_login(self.email)

    @property
    def role_at_place(self) -> dict[str, Any]:
        """What the invitation gives, as a grant names it."""
        dates: dict[str, date] = {"valid_from": self.valid_from} if self.valid_from else {}
        return {
            "role": self.role,
            "institution": self.institution,
            "faculty": self.faculty,
            "department": self.department,
            "valid_until": self.valid_until,
            **dates,
        }

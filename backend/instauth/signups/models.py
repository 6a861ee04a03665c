"""This file holds sign-ups: who asks an institution to be let in, and what became of it."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.actor import Actor
from core.personal.declarations import ERASED_NAME, Kept, Personal
from core.records import Row
from core.tenancy.fields import TenantForeignKey
from instauth.invitations.models import Invitation
from users.accounts.addresses import as_login
from users.models import Role


class SignUpQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor, permission: str) -> Self:
        """Sign-ups for places where the actor holds the permission."""
        reach = actor.reach(permission)
        if reach.nation:
            return self
        held = Q(institution__in=reach.institutions) | Q(department__in=reach.units) | Q(faculty__in=reach.units)
        return self.filter(held)

    def proved(self) -> Self:
        """Those whose address was proved: before that, anybody may have typed it."""
        return self.exclude(status=SignUp.Status.UNPROVED)

    def stale(self) -> Self:
        """Those that nobody confirmed or decided in time."""
        undecided = (SignUp.Status.UNPROVED, SignUp.Status.WAITING)
        return self.filter(status__in=undecided, expires_at__lt=timezone.now())


class SignUp(Row):
    """One person who asks to hold the role that an institution's policy offers. Approved, it becomes an invitation."""

    class Status(models.TextChoices):
        """Where a sign-up stands. One that is not confirmed or decided in time is deleted."""

        UNPROVED = "unproved"
        WAITING = "waiting"
        APPROVED = "approved"
        DECLINED = "declined"

    personal = Personal(
        means="Your sign-up at an institution.",
        about=("invitation__account", "invitation__user"),
        named=("decided_by",),
        erased={"email": lambda row: f"erased-{row.pk}@erased.invalid", "name": ERASED_NAME, "reason": ""},
        kept=Kept("Who let whom in is proof for as long as the audit log is kept.", 10),
    )
    outside_the_walls = "Whoever signs up has no reach yet."

    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=200)
    institution = models.ForeignKey(settings.TENANT_MODEL, models.PROTECT, related_name="+")
    role = models.ForeignKey(Role, models.PROTECT, related_name="+")
    faculty = TenantForeignKey("faculties.Faculty", null=True, blank=True, related_name="+")
    department = TenantForeignKey("faculties.Department", null=True, blank=True, related_name="+")
    status = models.CharField(max_length=10, choices=Status, default=Status.UNPROVED)
    expires_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=500, blank=True, help_text="Why it was declined, as the person reads it.")
    invitation = models.OneToOneField(Invitation, models.PROTECT, null=True, blank=True, related_name="sign_up")

    objects = SignUpQuerySet.as_manager()

    class Meta(Row.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["email", "institution"],
                condition=Q(status__in=["unproved", "waiting"]),
                name="sign_up_open_once",
                violation_error_code="already_asked",
                violation_error_message="This address has signed up here, and it is not decided yet.",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["unproved", "waiting"]) | Q(decided_by__isnull=False),
                name="sign_up_decided_by_somebody",
                violation_error_message="Somebody decides on a sign-up.",
            ),
            models.CheckConstraint(
                condition=Q(invitation__isnull=False) | ~Q(status="approved"),
                name="sign_up_approved_by_invitation",
                violation_error_message="An approved sign-up is an invitation.",
            ),
        ]
        indexes = [models.Index(fields=["institution", "id"], name="sign_up_by_institution")]

    def __str__(self) -> str:
        return f"sign-up of {self.name}"

    def clean(self) -> None:
        self.email = as_login(self.email)

    @property
    def role_at_place(self) -> dict[str, Any]:
        """What the person asks for, as an invitation names it."""
        return {
            "role": self.role,
            "institution": self.institution,
            "faculty": self.faculty,
            "department": self.department,
        }

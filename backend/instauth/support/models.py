"""This file holds support accesses: who acted as whom, why, and until when."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from core.actor import Actor
from core.personal.declarations import Kept, Personal
from core.records import Row
from instauth.sessions.models import Session


class SupportAccessQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor, permission: str) -> Self:
        """Accesses at institutions where the actor holds the permission, and those to the actor's own account."""
        reach = actor.reach(permission)
        if reach.nation:
            return self
        held = Q(institution__in=reach.institutions)
        return self.filter(held | Q(person=actor.id) if reach.related else held)


class SupportAccess(Row):
    """One time that somebody of the staff acted as a person, at one institution, to help them."""

    personal = Personal(
        means="A time that staff acted in your account, to help you.",
        about=("person",),
        named=("staff",),
        kept=Kept("Who acted in whose name is proof for as long as the audit log is kept.", 10),
    )
    outside_the_walls = "Whether a session is one of support is known before its reach is."

    institution = models.ForeignKey(settings.TENANT_MODEL, models.PROTECT, related_name="+")
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    session = models.OneToOneField(Session, models.SET_NULL, null=True, related_name="support")
    reason = models.CharField(max_length=500)
    ends_at = models.DateTimeField()

    access_token: str | None = None  # these two in the answer that begins it, and never again
    refresh_token: str | None = None

    objects = SupportAccessQuerySet.as_manager()

    class Meta(Row.Meta):
        constraints = [
            models.CheckConstraint(
                condition=~Q(staff=F("person")),
                name="support_of_another",
                violation_error_code="own_account",
                violation_error_message="Nobody supports themselves.",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("created_at")),
                name="support_ends_after_it_begins",
                violation_error_code="ends_before_it_begins",
                violation_error_message="A support access ends after it begins.",
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "id"], name="support_by_institution"),
            models.Index(fields=["person", "id"], name="support_by_person"),
        ]

    def __str__(self) -> str:
        return f"{self.staff_id} as {self.person_id}"

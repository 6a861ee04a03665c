"""This file holds recoveries: people who lost their second factor, and the two of the staff who take it away."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from core.actor import Actor
from core.personal.declarations import Kept, Personal
from core.records import Row


class RecoveryQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor, permission: str) -> Self:
        """Those at institutions where the actor holds the permission; those of the nation's people only to the nation.
        One whose letter was not answered yet is nobody's business.
        """
        proved = self.exclude(status=Recovery.Status.ASKED)
        reach = actor.reach(permission)
        return proved if reach.nation else proved.filter(institution__in=reach.institutions)

    def going_on(self) -> Self:
        return self.filter(status__in=Recovery.GOING_ON)


class Recovery(Row):
    """One person's request to have their second factors taken away, because they are lost.

    Asked by password, it is open once a letter was answered; opened by staff at the desk, at once. Two of the staff
    approve it, and a day later it is done, unless the person says no.
    """

    class Status(models.TextChoices):
        ASKED = "asked"
        OPEN = "open"
        APPROVED = "approved"
        DONE = "done"
        CANCELED = "canceled"
        REFUSED = "refused"

    GOING_ON = (Status.ASKED, Status.OPEN, Status.APPROVED)

    personal = Personal(
        means="A time that your second factor was said to be lost.",
        about=("user",),
        named=("opened_by", "first_by", "second_by"),
        erased={"reason": ""},
        kept=Kept(
            "Who let an account be entered without its factor is proof for as long as the audit log is kept.", 10
        ),
    )
    outside_the_walls = "Whoever lost their factor has no reach, and the nation's people lie in no institution."

    institution = models.ForeignKey(settings.TENANT_MODEL, models.PROTECT, null=True, related_name="+", editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500, blank=True, help_text="How staff knew at the desk who it was.")
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN, editable=False)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False)
    first_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False)
    second_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False)
    due_at = models.DateTimeField(null=True, editable=False, help_text="When the factors go.")

    objects = RecoveryQuerySet.as_manager()

    class Meta(Row.Meta):
        verbose_name_plural = "recoveries"
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(status__in=["asked", "open", "approved"]),
                name="recovery_once_at_a_time",
                violation_error_code="already_asked",
                violation_error_message="This was asked for before, and is not decided yet.",
            ),
            models.CheckConstraint(
                condition=~Q(first_by=F("user")) & ~Q(second_by=F("user")) & ~Q(opened_by=F("user")),
                name="recovery_by_others",
                violation_error_code="own_request",
                violation_error_message="Nobody approves their own recovery.",
            ),
            models.CheckConstraint(
                condition=~Q(first_by=F("second_by")),
                name="recovery_by_two",
                violation_error_code="same_person",
                violation_error_message="You approved this already: somebody else gives the second approval.",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["approved", "done"])
                | Q(first_by__isnull=False, second_by__isnull=False, due_at__isnull=False),
                name="recovery_approved_by_two",
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "id"], name="recovery_by_institution"),
            models.Index(fields=["due_at"], condition=Q(status="approved"), name="recovery_due"),
        ]

    def __str__(self) -> str:
        return f"recovery of {self.user_id}"

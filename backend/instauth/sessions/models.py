"""This file holds sessions: where a person is signed in, and the one-use tokens that keep a session alive."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from core.ids import uuid7
from core.personal.declarations import Personal


class SessionQuerySet(models.QuerySet):
    def live(self) -> Self:
        """Sessions that count: not ended, not run out, and begun after their person was last signed out everywhere."""
        now = timezone.now()
        out = Q(user__signed_out_at__isnull=True) | Q(user__signed_out_at__lt=F("created_at"))
        return self.filter(out, revoked_at__isnull=True, idle_until__gt=now, absolute_until__gt=now)

    def over_since(self, moment: datetime) -> Self:
        """Sessions that were ended, or ran out, before then."""
        return self.filter(Q(revoked_at__lt=moment) | Q(idle_until__lt=moment) | Q(absolute_until__lt=moment))


class Session(models.Model):
    """One sign-in of one person on one device, until it is revoked or runs out."""

    personal = Personal(
        means="A device on which you signed in.",
        about=("user",),
        withheld={"page_digest": "The digest of a credential."},
        removed=True,
    )

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="sessions")
    created_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField(auto_now_add=True)
    idle_until = models.DateTimeField()
    absolute_until = models.DateTimeField()
    methods = ArrayField(models.CharField(max_length=10), default=list, help_text="How, in the words of RFC 8176.")
    proved_at = models.DateTimeField(default=timezone.now, help_text="When they last proved who they are.")
    strong_at = models.DateTimeField(null=True, help_text="When they last did so with a second factor.")
    address = models.GenericIPAddressField(null=True)
    device = models.CharField(max_length=200, blank=True)
    page_digest = models.BinaryField(null=True, unique=True, max_length=32, help_text="Of the cookie of our own pages.")
    revoked_at = models.DateTimeField(null=True)
    revoked_because = models.CharField(max_length=30, blank=True)

    objects = SessionQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["user"], condition=Q(revoked_at__isnull=True), name="session_live_by_user")]

    def __str__(self) -> str:
        return f"session of {self.user_id}"


class RefreshToken(models.Model):
    """One link of a session's chain of refresh tokens, known only by its SHA-256. Using one twice ends the session."""

    personal = Personal(
        means="What kept a session of yours alive.",
        about=("session__user",),
        withheld={"digest": "The digest of a credential.", "successor": "A credential, sealed."},
        removed=True,
    )

    digest = models.BinaryField(primary_key=True, max_length=32)
    session = models.ForeignKey(Session, models.CASCADE, related_name="refresh_tokens")
    generation = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)
    successor = models.BinaryField(null=True, help_text="What it was traded for, sealed under it.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "generation"], name="refresh_generation_once")]

    def __str__(self) -> str:
        return f"refresh token {self.generation} of {self.session_id}"

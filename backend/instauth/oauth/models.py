"""This file holds third-party programs, what people let them do, and the digests of what each was given."""

from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.actor import Actor
from core.personal.declarations import Personal
from core.records import Row
from instauth.sessions.models import Session


class ClientQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor, permission: str) -> Self:
        """The clients of institutions where the actor holds the permission; the nation's own are seen by the nation."""
        reach = actor.reach(permission)
        return self if reach.nation else self.filter(institution__in=reach.institutions)


class Client(Row):
    """A program of a third party. It does nothing before the nation has approved it."""

    class Kind(models.TextChoices):
        PUBLIC = "public", "runs on people's devices, and can keep no secret"
        CONFIDENTIAL = "confidential", "runs on a server, for people"
        SYSTEM = "system", "a system of an institution, for itself"

    class Status(models.TextChoices):
        PROPOSED = "proposed"
        ACTIVE = "active"
        SUSPENDED = "suspended"

    no_person = "A program; who registered it stands in the audit log."
    outside_the_walls = "A client is known before its reach is."
    sensitive_fields = ("secret_digest",)

    institution = models.ForeignKey(
        settings.TENANT_MODEL, models.PROTECT, null=True, blank=True, related_name="+", help_text="Null: the nation."
    )
    name = models.CharField(max_length=100, help_text="As people read it when they are asked.")
    kind = models.CharField(max_length=12, choices=Kind)
    redirect_uris = ArrayField(models.CharField(max_length=500), default=list, blank=True)
    scopes = ArrayField(models.CharField(max_length=60), help_text="What it may ask for.")
    secret_digest = models.CharField(max_length=64, blank=True, editable=False)
    status = models.CharField(max_length=10, choices=Status, default=Status.PROPOSED)
    approved_at = models.DateTimeField(null=True, blank=True, editable=False)

    secret: str | None = None  # in the answer that makes it, and never again

    objects = ClientQuerySet.as_manager()

    class Meta(Row.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(status="proposed") | Q(approved_at__isnull=False),
                name="client_is_approved",
                violation_error_code="not_approved",
                violation_error_message="A client is approved before it does anything.",
            ),
            models.CheckConstraint(
                condition=Q(kind="public", secret_digest="") | ~Q(kind="public") & ~Q(secret_digest=""),
                name="client_keeps_a_secret_or_not",
                violation_error_code="secret",
                violation_error_message="A public client has no secret, and any other has one.",
            ),
            models.CheckConstraint(
                condition=Q(kind="system", redirect_uris=[], institution__isnull=False)
                | ~Q(kind="system") & ~Q(redirect_uris=[]),
                name="client_sends_people_back",
                violation_error_code="redirect_uris",
                violation_error_message="A system has an institution and no redirect address; other clients have one.",
            ),
        ]
        indexes = [models.Index(fields=["institution", "id"], name="client_by_institution")]

    def __str__(self) -> str:
        return self.name

    @property
    def client_id(self) -> str:
        """Its id, as OAuth writes it."""
        return str(self.pk)

    @property
    def is_live(self) -> bool:
        """Whether it may do anything just now."""
        shut = self.institution is not None and self.institution.status != "open"
        return self.status == self.Status.ACTIVE and not shut


class Consent(Row):
    """One person's word that a client may do some things for them, until they take it back."""

    personal = Personal(means="What you let a program do in your name.", about=("user",), removed=True)

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="consents")
    client = models.ForeignKey(Client, models.CASCADE, related_name="consents")
    scopes = ArrayField(models.CharField(max_length=60))
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta(Row.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["user", "client"], condition=Q(revoked_at__isnull=True), name="consent_once_in_force"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} to {self.client_id}"


class ClientAccessQuerySet(models.QuerySet):
    def end(self, because: str) -> int:
        """End those that go on, without a word on record; how many there were."""
        return self.filter(ended_at__isnull=True).update(ended_at=timezone.now(), ended_because=because)


class ClientAccess(Row):
    """One time that a client was let in: by a person, or as itself. Every token that follows from it ends with it."""

    personal = Personal(means="A time that a program was let in, in your name.", about=("user",), removed=True)

    client = models.ForeignKey(Client, models.CASCADE, related_name="accesses")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    consent = models.ForeignKey(Consent, models.CASCADE, null=True, related_name="accesses")
    session = models.ForeignKey(Session, models.SET_NULL, null=True, related_name="+")
    scopes = ArrayField(models.CharField(max_length=60))
    is_strong = models.BooleanField(default=False, help_text="Whether the person had shown a second factor.")
    ends_at = models.DateTimeField(db_index=True)
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=30, blank=True)

    objects = ClientAccessQuerySet.as_manager()

    class Meta(Row.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=True, consent__isnull=True) | Q(user__isnull=False, consent__isnull=False),
                name="client_access_by_consent",
            )
        ]

    def __str__(self) -> str:
        return f"{self.client_id} for {self.user_id or 'itself'}"


class AuthorizationCode(models.Model):
    """What a client trades for tokens: once, within a minute, by whoever began. Known only by its SHA-256."""

    personal = Personal(
        means="A program on its way in, in your name.",
        about=("consent__user",),
        withheld={"digest": "The digest of a credential.", "challenge": "The digest of a credential."},
        removed=True,
    )

    digest = models.BinaryField(primary_key=True, max_length=32)
    consent = models.ForeignKey(Consent, models.CASCADE, related_name="+")
    session = models.ForeignKey(Session, models.CASCADE, related_name="+")
    redirect_uri = models.CharField(max_length=500)
    challenge = models.CharField(max_length=43)
    scopes = ArrayField(models.CharField(max_length=60))
    nonce = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)
    access = models.ForeignKey(ClientAccess, models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return f"code for {self.consent_id}"


class ClientToken(models.Model):
    """One link of an access's chain of refresh tokens, known only by its SHA-256. Using one twice ends the access."""

    personal = Personal(
        means="What kept a program's access alive.",
        about=("access__user",),
        withheld={"digest": "The digest of a credential."},
        removed=True,
    )

    digest = models.BinaryField(primary_key=True, max_length=32)
    access = models.ForeignKey(ClientAccess, models.CASCADE, related_name="refresh_tokens")
    generation = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["access", "generation"], name="client_token_generation_once")]

    def __str__(self) -> str:
        return f"refresh token {self.generation} of {self.access_id}"

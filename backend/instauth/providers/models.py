"""This file holds the identity providers that institutions bring, and which of their people are which of ours."""

from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from core.actor import Actor
from core.personal.declarations import Personal
from core.records import Row
from core.secrets.fields import Encrypted


class IdentityProviderQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor, permission: str) -> Self:
        """The providers of institutions where the actor holds the permission."""
        reach = actor.reach(permission)
        return self if reach.nation else self.filter(institution__in=reach.institutions)

    def offered(self) -> Self:
        """Those by which people may sign in just now."""
        return self.filter(status=IdentityProvider.Status.ACTIVE, institution__status="open")


class IdentityProvider(Row):
    """One OpenID Connect provider of one institution: who vouches there for a person's e-mail address."""

    class Status(models.TextChoices):
        PROPOSED = "proposed"
        ACTIVE = "active"
        SUSPENDED = "suspended"

    no_person = "A service of an institution; whom it vouches for stands in FederatedIdentity."
    outside_the_walls = "People who sign in by it have no reach yet."
    sensitive_fields = ("client_secret",)

    institution = models.ForeignKey(settings.TENANT_MODEL, models.PROTECT, related_name="+")
    name = models.CharField(max_length=100, help_text="As people read it on the button.")
    issuer = models.URLField(max_length=300, help_text="https://..., exactly as the provider writes it in its tokens.")
    client_id = models.CharField(max_length=200)
    client_secret = Encrypted(models.CharField(max_length=500), null=True, blank=True)
    email_domains = ArrayField(models.CharField(max_length=100), help_text="For which addresses it vouches.")
    trusts_factors = models.BooleanField(default=False, help_text="Whether its second factor counts as ours.")
    status = models.CharField(max_length=10, choices=Status, default=Status.PROPOSED)
    approved_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = IdentityProviderQuerySet.as_manager()

    class Meta(Row.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "issuer"],
                name="identity_provider_once",
                violation_error_code="already_there",
                violation_error_message="This institution has a provider with this issuer.",
            ),
            models.CheckConstraint(
                condition=Q(status="proposed") | Q(approved_at__isnull=False),
                name="identity_provider_is_approved",
                violation_error_code="not_approved",
                violation_error_message="A provider is approved before people sign in by it.",
            ),
        ]
        indexes = [models.Index(fields=["institution", "id"], name="identity_provider_by_place")]

    def __str__(self) -> str:
        return self.name


class FederatedIdentity(Row):
    """One person as one provider knows them, linked at their first sign-in by a verified address."""

    personal = Personal(
        means="How your institution's own sign-in knows you.",
        about=("user",),
        removed=True,
    )

    provider = models.ForeignKey(IdentityProvider, models.PROTECT, related_name="identities")
    subject = models.CharField(max_length=255, help_text="The provider's `sub`.")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="federated_identities")

    class Meta(Row.Meta):
        constraints = [
            models.UniqueConstraint(fields=["provider", "subject"], name="federated_subject_once"),
            models.UniqueConstraint(fields=["provider", "user"], name="federated_user_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.provider_id}"


class Departure(models.Model):
    """One person on the way to a provider and back: what their return must match. Only digests and what is sealed."""

    no_person = "Who returns is not known before they do; it is gone after ten minutes."

    state_digest = models.BinaryField(primary_key=True, max_length=32)
    binding_digest = models.BinaryField(max_length=32)
    provider = models.ForeignKey(IdentityProvider, models.CASCADE, related_name="+")
    sealed = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"departure to {self.provider_id}"

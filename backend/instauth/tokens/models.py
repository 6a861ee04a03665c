"""This file holds the keys by which this system signs its tokens."""

from django.db import models
from django.db.models import Q

from core.records import Row
from core.secrets.fields import Encrypted


class SigningKey(Row):
    """One key pair: published while pending, signing while active, and trusted for a while after it is retired."""

    class Algorithm(models.TextChoices):
        EDDSA = "EdDSA"
        ES256 = "ES256"

    class State(models.TextChoices):
        PENDING = "pending"
        ACTIVE = "active"
        RETIRED = "retired"

    no_person = "Keys of the system itself."

    kid = models.CharField(max_length=16, unique=True, help_text="The begin of the SHA-256 of the public key.")
    algorithm = models.CharField(max_length=5, choices=Algorithm)
    private_key = Encrypted(models.TextField(), null=True, blank=True)
    public_key = models.TextField(help_text="PEM. What verifies stays readable without any secret.")
    state = models.CharField(max_length=7, choices=State, default=State.PENDING)
    active_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)
    trusted_until = models.DateTimeField(null=True, blank=True, help_text="When its last token has run out.")

    class Meta(Row.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["algorithm", "state"], condition=~Q(state="retired"), name="signing_key_once_a_state"
            ),
            models.CheckConstraint(
                condition=Q(state="retired", private_key__isnull=True, retired_at__isnull=False)
                & Q(trusted_until__isnull=False)
                | ~Q(state="retired")
                & Q(private_key__isnull=False, retired_at__isnull=True, trusted_until__isnull=True),
                name="signing_key_retired_without_secret",
                violation_error_code="retired_without_secret",
                violation_error_message="A key that is retired keeps no private part, and any other does.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.algorithm} {self.kid}"

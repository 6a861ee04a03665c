"""This file holds second factors: what a person shows beside the password, and the codes for the day it is lost."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.actor import Actor
from core.personal.declarations import Personal
from core.personal.oneself import own
from core.records import Row
from core.secrets.fields import Encrypted


class OwnQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor, permission: str) -> Self:
        """One's own, whatever one may do elsewhere: nobody cares for another's factors."""
        return self.filter(own(actor, "user"))


class FactorQuerySet(OwnQuerySet):
    def ready(self) -> Self:
        """Those by which a person proves who they are; one that was begun and never confirmed is none."""
        return self.filter(confirmed_at__isnull=False)


class Factor(Row):
    """One thing that only its person has: an authenticator app (TOTP, RFC 6238), or a passkey (WebAuthn)."""

    class Kind(models.TextChoices):
        TOTP = "totp", "Authenticator app"
        PASSKEY = "passkey", "Passkey"

    personal = Personal(
        means="An authenticator app or a passkey by which you prove that it is you.",
        about=("user",),
        withheld={
            "secret": "It makes the codes of your app, which nobody but the app needs.",
            "credential_id": "It is of use only to your passkey.",
            "public_key": "It is of use only to check what your passkey signs.",
        },
        removed=True,
    )
    sensitive_fields = ("secret", "public_key", "credential_id")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="factors", editable=False)
    kind = models.CharField(max_length=10, choices=Kind, editable=False)
    name = models.CharField(max_length=60, help_text="As its person calls it.")
    confirmed_at = models.DateTimeField(null=True, editable=False, help_text="When it was first shown to work.")
    last_used_at = models.DateTimeField(null=True, editable=False)

    secret = Encrypted(models.CharField(max_length=64), person="user_id", null=True, editable=False)
    last_step = models.BigIntegerField(
        null=True, editable=False, help_text="The newest 30 seconds whose code was used."
    )

    credential_id = models.BinaryField(null=True, unique=True, max_length=1023)
    public_key = models.BinaryField(null=True, max_length=1024, help_text="In the words of COSE.")
    sign_count = models.BigIntegerField(null=True, editable=False, help_text="What the passkey counted last.")

    objects = FactorQuerySet.as_manager()

    class Meta(Row.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="totp", secret__isnull=False, credential_id=None)
                | Q(kind="passkey", secret__isnull=True, credential_id__isnull=False, public_key__isnull=False),
                name="factor_is_whole",
            ),
            models.UniqueConstraint(
                fields=["user", "name"],
                condition=Q(confirmed_at__isnull=False),
                name="factor_name_once",
                violation_error_code="name_taken",
                violation_error_message="You have a factor of this name: give this one another.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RecoveryCode(Row):
    """One of ten codes on paper, each good once. Of 120 random bits, so that its SHA-256 tells nobody what it is."""

    personal = Personal(
        means="A code by which you sign in when your second factor is lost.",
        about=("user",),
        withheld={"digest": "The digest of a credential."},
        removed=True,
    )
    sensitive_fields = ("digest",)

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="recovery_codes", editable=False)
    digest = models.BinaryField(unique=True, max_length=32)
    used_at = models.DateTimeField(null=True, editable=False)

    code: str  # as it is written down: known while it is made, and never again

    objects = OwnQuerySet.as_manager()

    class Meta(Row.Meta):
        indexes = [models.Index(fields=["user"], condition=Q(used_at=None), name="recovery_code_unused")]

    def __str__(self) -> str:
        return f"recovery code of {self.user_id}"


class Guesses(models.Model):
    """How often somebody showed a wrong code for a person lately, over all sign-ins and sessions together."""

    personal = Personal(means="How often a wrong code was shown in your name.", about=("user",), removed=True)

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    wrong = models.PositiveSmallIntegerField(default=0)
    since = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.wrong} for {self.user_id}"


class Question(models.Model):
    """Random bytes that a passkey is asked to sign: known by their SHA-256, for one purpose, and gone once answered."""

    class Purpose(models.TextChoices):
        ADD = "add"
        SIGN_IN = "sign-in"
        SECOND = "second"
        STEP_UP = "step-up"

    personal = Personal(
        means="A moment at which a passkey of yours was asked for.",
        about=("user",),
        withheld={"digest": "The digest of what was to be signed."},
        removed=True,
    )

    digest = models.BinaryField(primary_key=True, max_length=32)
    purpose = models.CharField(max_length=10, choices=Purpose)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+", help_text="Nobody yet, at a sign-in."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(purpose="sign-in", user=None) | (~Q(purpose="sign-in") & Q(user__isnull=False)),
                name="question_to_somebody",
            )
        ]

    def __str__(self) -> str:
        return f"question to {self.purpose}"

"""This file holds challenges: sign-ins that wait for their second step."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from core.personal.declarations import Personal


class Challenge(models.Model):
    """A person who showed the first factor and not yet the second; known only by the SHA-256 of its token."""

    personal = Personal(
        means="A sign-in of yours that waited for its second step.",
        about=("user",),
        withheld={"digest": "The digest of a credential."},
        removed=True,
    )

    digest = models.BinaryField(primary_key=True, max_length=32)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    methods = ArrayField(models.CharField(max_length=10), help_text="How the first step was done (RFC 8176).")
    address = models.GenericIPAddressField(null=True)
    device = models.CharField(max_length=200, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)
    spent_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"challenge to {self.user_id}"

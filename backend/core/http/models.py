"""This file holds the answers that are kept for a day, so that a repeated request has one effect."""

from django.db import models


class IdempotencyKey(models.Model):
    """One POST of one person that changed something, under the key they gave it, with the answer they got."""

    person_id = models.UUIDField()
    key = models.CharField(max_length=200)
    request_digest = models.BinaryField()
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person_id", "key"], name="idempotency_key_of_person")]
        indexes = [models.Index(fields=["created_at"], name="idempotency_key_by_age")]

    def __str__(self) -> str:
        return self.key

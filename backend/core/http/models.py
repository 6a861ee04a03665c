"""This file holds the answers that are kept for a day, so that a repeated request has one effect."""

from django.db import models

from core.personal.declarations import Personal


class IdempotencyKey(models.Model):
    """One POST of one person that changed something, under the key they gave it, with the answer they got."""

    personal = Personal(
        means="The answer to a request of yours, kept for a day.",
        ids=("person_id",),
        withheld={"request_digest": "It serves to recognize the same request."},
        removed=True,
    )

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

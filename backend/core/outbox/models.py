"""This file holds the outbox: what is to be done later, written in the transaction that makes it necessary."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.ids import uuid7


class Message(models.Model):
    """One event on its way to one consumer. The row is the queue; Redis and Celery only wake somebody up."""

    no_person = "Ids on their way to a consumer, for a week."

    outside_the_walls = "The relay hands out the messages of all institutions, and has no place of its own."

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    event_id = models.UUIDField()
    topic = models.CharField(max_length=100)
    consumer = models.CharField(max_length=150)
    payload = models.JSONField()
    institution_id = models.UUIDField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField(default=timezone.now)
    leased_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    dead_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["event_id", "consumer"], name="message_once")]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(done_at=None, dead_at=None), name="message_open"),
            models.Index(fields=["dead_at"], condition=Q(dead_at__isnull=False), name="message_dead"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} to {self.consumer}"

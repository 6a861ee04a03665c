"""This file holds the audit log: an append-only record of what was done, by whom, from where."""

from typing import Self

from django.db import models
from django.db.models import Func, Q

from core.actor import Actor
from core.ids import uuid7
from core.personal.declarations import Kept, Personal
from core.texts import FoldedField


class AuditQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor, permission: str) -> Self:
        """Entries about the institutions where the actor holds the permission; those about none are the nation's."""
        reach = actor.reach(permission)
        return self if reach.nation else self.filter(institution_id__in=reach.institutions)


class OwnQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor, permission: str) -> Self:
        """Entries about the actor's own person, whatever else they may see."""
        return self.filter(person_id=actor.id)


class AuditEntry(models.Model):
    """One thing done, or refused. It keeps plain ids, not foreign keys, so that it outlives its subject.

    `changes` maps a field to [before, after]; sensitive values appear only as a keyed digest. `count` is the number
    of rows of a bulk rule. `person_id` is the account that the subject is about. `transaction` is in the log's own time
    (`audit_time`), which never goes back: the sealer takes entries below the oldest transaction that still runs.
    """

    personal = Personal(
        means="Something that you did, or that somebody did with what is held on you, a look included.",
        ids=("actor_id", "person_id", "subject_id"),
        withheld={
            "changes": "It may hold what belongs to others; your own values stand in their tables.",
            "session_id": "It may be the session of somebody else.",
            "address": "It may be the address of somebody else.",
        },
        kept=Kept("The audit log is proof and is never altered: it keeps ids, and the names that it was told.", 10),
    )

    class Decision(models.TextChoices):
        DONE = "done"
        REFUSED = "refused"

    outside_the_walls = "A log outlives its subject, and has entries of no institution."
    database_privileges = "SELECT, INSERT"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField(auto_now_add=True)
    transaction = models.BigIntegerField(
        db_default=Func(
            Func(function="pg_current_xact_id", output_field=models.TextField()),
            function="audit_time",
        ),
        editable=False,
    )
    rule = models.CharField(max_length=100, db_collation="C")
    decision = models.CharField(max_length=10, choices=Decision, default=Decision.DONE)
    code = models.CharField(max_length=60, blank=True)
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=200)
    actor_text = FoldedField(sources=("actor_name",))
    session_id = models.UUIDField(null=True)
    institution_id = models.UUIDField(null=True)
    person_id = models.UUIDField(null=True)
    subject = models.CharField(max_length=100, blank=True)
    subject_id = models.CharField(max_length=40, blank=True)
    count = models.PositiveIntegerField(default=1)
    changes = models.JSONField(default=dict)
    request_id = models.CharField(max_length=64, blank=True)
    address = models.GenericIPAddressField(null=True)

    objects = AuditQuerySet.as_manager()
    own = OwnQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["subject_id", "id"], name="audit_by_subject"),
            models.Index(fields=["actor_id", "id"], name="audit_by_actor"),
            models.Index(fields=["institution_id", "id"], name="audit_by_institution"),
            models.Index(fields=["transaction", "id"], name="audit_by_transaction"),
            models.Index(fields=["at", "id"], name="audit_by_time"),
            models.Index(fields=["rule", "id"], name="audit_by_rule"),
            models.Index(fields=["actor_text", "id"], name="audit_by_actor_text"),
            models.Index(fields=["request_id", "id"], name="audit_by_request"),
            # Where most entries have none, those that have one are few.
            models.Index(fields=["person_id", "id"], condition=Q(person_id__isnull=False), name="audit_by_person"),
            models.Index(fields=["session_id", "id"], condition=Q(session_id__isnull=False), name="audit_by_session"),
            models.Index(fields=["code", "id"], condition=~Q(code=""), name="audit_by_code"),
            models.Index(fields=["address", "id"], condition=Q(address__isnull=False), name="audit_by_address"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} by {self.actor_name}"

"""This file holds erasures: that a person be erased, who asked, who confirmed, and what was done."""

from typing import Self

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q

from core.actor import Actor
from core.personal.declarations import Kept, Personal
from core.personal.oneself import OWN, own
from core.records import Record, RecordQuerySet


class ErasureQuerySet(RecordQuerySet):
    def visible_to(self, actor: Actor, permission: str) -> Self:
        if permission == OWN:
            return self.filter(own(actor, "account", "requested_by"))
        return super().visible_to(actor, permission)


class ErasureRequest(Record):
    """One person to be erased from one institution: asked for by one, decided by another, and done at once.

    `person_id` is the account or the student. `outcome` is what was done to which tables, what is kept and why, and
    until when backups hold the rest.
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed"
        DONE = "done"
        REFUSED = "refused"

    personal = Personal(
        means="That your data be erased, and what was done.",
        about=("account",),
        ids=("person_id",),
        named=("requested_by", "decided_by"),
        erased={"reason": "", "answer": ""},
        kept=Kept("That the person was erased, and by whom, is proof that the right to it was kept.", 10),
    )

    person_id = models.UUIDField(editable=False)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)
    reason = models.CharField(max_length=1000, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.PROPOSED, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    decided_at = models.DateTimeField(null=True, blank=True, editable=False)
    answer = models.CharField(max_length=1000, blank=True)
    outcome = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder, editable=False)

    objects = ErasureQuerySet.as_manager()  # type: ignore[misc]

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "person_id"],
                condition=Q(status="proposed"),
                name="erasure_proposed_once",
                violation_error_code="already_asked",
                violation_error_message="This was asked for before, and is not decided yet.",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | (~Q(decided_by=F("requested_by")) & ~Q(decided_by=F("person_id"))),
                name="erasure_decided_by_another",
                violation_error_code="own_request",
                violation_error_message="An erasure is decided by somebody else than who asked, and than the person.",
            ),
            models.CheckConstraint(
                condition=Q(status="proposed", decided_at=None)
                | (~Q(status="proposed") & Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="erasure_decided_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "status", "id"], name="erasure_by_status"),
            models.Index(fields=["account"], name="erasure_by_account"),
        ]

    def __str__(self) -> str:
        return f"erasure of {self.person_id}"

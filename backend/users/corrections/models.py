"""This file holds corrections: what a person says is wrong in what is held on them."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.actor import Actor
from core.personal.declarations import Kept, Personal
from core.personal.oneself import OWN, own
from core.records import Record, RecordQuerySet
from core.secrets.fields import Encrypted


class CorrectionQuerySet(RecordQuerySet):
    def visible_to(self, actor: Actor, permission: str) -> Self:
        return self.filter(own(actor, "account")) if permission == OWN else super().visible_to(actor, permission)


class Correction(Record):
    """One field of one row that a person says is wrong, what it should be, and what became of that.

    Accepting it writes nothing else: the row is changed by its own rule first, and `change_id` is the entry on the
    audit log that proves it.
    """

    class Status(models.TextChoices):
        OPEN = "open"
        ACCEPTED = "accepted"
        REFUSED = "refused"

    personal = Personal(
        means="Something that you said is wrong in what is held on you.",
        about=("account",),
        named=("decided_by",),
        erased={"should_be": None, "explanation": "", "answer": ""},
        kept=Kept("That a correction was asked for and decided is proof that the right to it was kept.", 3),
    )

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)
    subject = models.CharField(max_length=100, help_text="The table, as an export names it.")
    subject_id = models.UUIDField(help_text="The row, as an export names it.")
    field = models.CharField(max_length=100, help_text="The column that is wrong.")
    should_be = Encrypted(models.TextField(max_length=1000), person="account_id", null=True)
    explanation = models.CharField(max_length=1000, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    decided_at = models.DateTimeField(null=True, blank=True, editable=False)
    answer = models.CharField(max_length=1000, blank=True)
    change_id = models.UUIDField(null=True, blank=True, help_text="The entry on the audit log that made it right.")

    objects = CorrectionQuerySet.as_manager()  # type: ignore[misc]

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "account", "subject_id", "field"],
                condition=Q(status="open"),
                name="correction_open_once",
                violation_error_code="already_asked",
                violation_error_message="You have said so before, and it is not decided yet.",
            ),
            models.CheckConstraint(
                condition=Q(status="open", decided_at=None) | (~Q(status="open") & Q(decided_at__isnull=False)),
                name="correction_decided_with_an_instant",
            ),
            models.CheckConstraint(
                condition=(Q(status="accepted") & Q(change_id__isnull=False))
                | (~Q(status="accepted") & Q(change_id=None)),
                name="correction_accepted_with_a_change",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=models.F("account")),
                name="correction_decided_by_another",
                violation_error_code="own_request",
                violation_error_message="Nobody decides their own correction.",
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "status", "id"], name="correction_by_status"),
            models.Index(fields=["account"], name="correction_by_account"),
        ]

    def __str__(self) -> str:
        return f"{self.field} of {self.subject} {self.subject_id}"

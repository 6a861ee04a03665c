"""This file holds exports of everything that is held on a person, while they can be fetched."""

from typing import Self

from django.conf import settings
from django.db import models

from core.actor import Actor
from core.ids import uuid7
from core.personal.declarations import Personal
from core.personal.oneself import own
from core.records import Row
from core.secrets.fields import Encrypted


class DataExportQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor, permission: str) -> Self:
        """Exports about the actor, or asked for by the actor; no other reach opens any. A job makes what it is told."""
        if actor.id is None and actor.may(permission):
            return self
        return self.filter(own(actor, "account", "requested_by"))


class DataExport(Row):
    """One copy of everything held on one person: asked for, made by a worker, fetched, and deleted after some days.

    `person_id` is an account or the row of a register; `account` is whoever of the two signs in. Without an institution
    it covers all of them.
    """

    class Status(models.TextChoices):
        WAITING = "waiting"
        READY = "ready"

    outside_the_walls = "A person's own copy spans institutions; it opens to that person and who asked for it."
    personal = Personal(
        means="A copy of what is held on you.",
        about=("account",),
        ids=("person_id",),
        named=("requested_by",),
        removed=True,
    )

    person_id = models.UUIDField()
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    institution = models.ForeignKey(settings.TENANT_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    made_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    objects = DataExportQuerySet.as_manager()

    class Meta(Row.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["person_id", "requested_by"],
                condition=models.Q(status="waiting"),
                name="export_waiting_once",
                violation_error_code="already_asked",
                violation_error_message="This copy was asked for, and is being made.",
            ),
        ]
        indexes = [
            models.Index(fields=["expires_at"], name="export_by_end"),
            models.Index(fields=["account"], name="export_by_account"),
        ]

    def __str__(self) -> str:
        return f"export on {self.person_id}"


class ExportFile(models.Model):
    """One form of an export, encrypted under the key of the person: erasing them takes every copy with it."""

    class Form(models.TextChoices):
        JSON = "json"
        PDF = "pdf"

    personal = Personal(
        means="A file with a copy of what is held on you.",
        about=("export__account",),
        withheld={"content": "It is the copy itself, or an older one."},
        removed=True,
    )

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    export = models.ForeignKey(DataExport, models.CASCADE, related_name="files")
    person_id = models.UUIDField()
    form = models.CharField(max_length=4, choices=Form)
    content = Encrypted(models.TextField(), person="person_id")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["export", "form"], name="export_form_once")]

    def __str__(self) -> str:
        return f"{self.form} of {self.export_id}"

"""This file holds stored files: what is known of each; its content lies in the private store."""

from typing import Any, ClassVar

from django.db import models

from core.files.kinds import FileType
from core.files.scanning import Verdict
from core.files.storing import drop_after_commit
from core.personal.declarations import Personal
from core.records import Record, RecordQuerySet


class StoredFileQuerySet(RecordQuerySet):
    def delete(self) -> tuple[int, dict[str, int]]:
        """The rows, and after the commit their contents: whoever erases a person goes this way too."""
        names = list(self.values_list("storage_name", flat=True))
        done = super().delete()
        drop_after_commit(*names)
        return done


class StoredFile(Record):
    """One file as it was taken in. It is never changed, only replaced: a trigger refuses to alter more than what a
    scanner said of it, and to take back that it is infected.

    `person_id` is the row of the person whom the file is about, and None where it is about nobody. Who sent it is on
    the audit log.
    """

    personal = Personal(means="A file about you.", ids=("person_id",), removed=True)

    kind = models.CharField(max_length=40, editable=False)
    name = models.CharField(max_length=120, editable=False, help_text="As it was sent, with the ending of what it is.")
    type = models.CharField(max_length=80, choices=FileType, editable=False, help_text="Found by its content.")
    size = models.PositiveIntegerField(editable=False, help_text="Bytes.")
    sha256 = models.CharField(max_length=64, editable=False)
    storage_name = models.CharField(max_length=40, editable=False)
    verdict = models.CharField(max_length=10, choices=Verdict, default=Verdict.UNSCANNED, editable=False)
    scanned_at = models.DateTimeField(null=True, editable=False, help_text="When a scanner was last asked about it.")
    person_id = models.UUIDField(null=True, editable=False)

    objects: ClassVar[Any] = StoredFileQuerySet.as_manager()

    class Meta(Record.Meta):
        base_manager_name = "objects"
        constraints = [
            models.UniqueConstraint(fields=["institution", "storage_name"], name="stored_file_content_once"),
            models.CheckConstraint(condition=models.Q(size__gt=0), name="stored_file_is_not_empty"),
            models.CheckConstraint(
                condition=models.Q(verdict=Verdict.UNSCANNED) | models.Q(scanned_at__isnull=False),
                name="stored_file_judged_at_some_time",
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "person_id", "id"], name="stored_file_by_person"),
            models.Index(fields=["institution", "verdict", "id"], name="stored_file_by_verdict"),
        ]

    def __str__(self) -> str:
        return self.name

    def delete(self, *args: Any, **options: Any) -> tuple[int, dict[str, int]]:
        done = super().delete(*args, **options)
        drop_after_commit(self.storage_name)
        return done


class StoredBytes(Record):
    """How many bytes of files an institution keeps. Triggers on the files count, so that nobody has to add them up."""

    no_person = "A sum over an institution."

    bytes = models.PositiveBigIntegerField(default=0, editable=False)

    class Meta(Record.Meta):
        constraints = [models.UniqueConstraint(fields=["institution"], name="stored_bytes_once")]

    def __str__(self) -> str:
        return f"{self.bytes} bytes of {self.institution_id}"

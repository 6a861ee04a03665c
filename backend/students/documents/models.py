"""This file holds documents of students: which paper it is, and who saw that it is true."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.files.models import StoredFile
from core.personal.declarations import Personal
from core.records import Record
from core.tenancy.fields import TenantForeignKey


class StudentDocument(Record):
    """One paper of one student, kept as a file."""

    personal = Personal(
        means="A document of yours that your institution keeps.",
        about=("student",),
        named=("uploaded_by", "verified_by"),
        removed=True,
    )

    class Kind(models.TextChoices):
        NATIONAL_ID = "national_id", "copy of the national id"
        CERTIFICATE = "certificate"
        TRANSCRIPT = "transcript"
        PHOTO = "photo"
        MEDICAL = "medical"
        OTHER = "other"

    unit_paths: ClassVar[tuple[str, ...]] = ("student__department",)

    student = TenantForeignKey("students.Student", related_name="documents")
    file = TenantForeignKey(StoredFile, related_name="+", editable=False)
    kind = models.CharField(max_length=20, choices=Kind)
    title = models.CharField(max_length=120)
    issued_on = models.DateField(null=True, blank=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    verified_at = models.DateTimeField(null=True, editable=False)

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "file"], name="student_document_file_once"),
            models.CheckConstraint(
                condition=Q(verified_by__isnull=True) | Q(verified_at__isnull=False),
                name="student_document_verified_at_some_time",
                violation_error_code="verified_when",
                violation_error_message="A document that somebody verified was verified at some time.",
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "id"], name="student_document_by_inst"),
            models.Index(fields=["institution", "student", "id"], name="student_document_by_student"),
            models.Index(fields=["institution", "kind", "id"], name="student_document_by_kind"),
        ]

    def __str__(self) -> str:
        return self.title

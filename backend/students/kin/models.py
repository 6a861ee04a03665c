"""This file holds whom to turn to about a student: next of kin, guardians, and whom to call in an emergency."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.personal.declarations import Personal
from core.records import Record
from core.secrets.fields import Encrypted
from core.tenancy.fields import TenantForeignKey


class Kin(Record):
    """One person whom a student named. Who that is, is encrypted under the student's key and goes with it."""

    personal = Personal(
        means="Somebody whom you named as your next of kin, guardian, or for an emergency.",
        about=("student",),
        removed=True,
    )

    class Kind(models.TextChoices):
        NEXT_OF_KIN = "next_of_kin", "next of kin"
        GUARDIAN = "guardian"
        EMERGENCY = "emergency", "to call in an emergency"

    unit_paths: ClassVar[tuple[str, ...]] = ("student__department",)

    student = TenantForeignKey("students.Student", related_name="kin")
    kind = models.CharField(max_length=12, choices=Kind)
    is_guardian_of_minor = models.BooleanField(default=False, help_text="Signs for the student, who is not of age.")
    name = Encrypted(models.CharField(max_length=200), person="student_id")
    relation = Encrypted(models.CharField(max_length=60), person="student_id", null=True, blank=True)
    phone = Encrypted(models.CharField(max_length=30), person="student_id", null=True, blank=True)
    address = Encrypted(models.CharField(max_length=300), person="student_id", null=True, blank=True)
    email = Encrypted(models.EmailField(), person="student_id", null=True, blank=True)

    class Meta(Record.Meta):
        verbose_name_plural = "kin"
        constraints = [
            models.CheckConstraint(
                condition=Q(is_guardian_of_minor=False) | Q(kind="guardian"),
                name="kin_who_signs_is_guardian",
                violation_error_code="not_a_guardian",
                violation_error_message="Who signs for a student who is not of age is of the kind `guardian`.",
            ),
        ]
        indexes = [models.Index(fields=["institution", "student", "id"], name="kin_by_student")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.student_id}"

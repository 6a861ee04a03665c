"""This file holds the history of students' status: what each became, from which day, and why."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.personal.declarations import Kept, Personal
from core.records import Record
from core.tenancy.fields import TenantForeignKey
from students.statuses.moves import Status


class StudentStatus(Record):
    """One step in the history of a student: the status taken, from which day, and why.

    A reason is one of a list, for statistics; blank says that none was asked for, which is not "not stated".
    """

    personal = Personal(
        means="One step of your time at an institution, such as when you deferred or graduated.",
        about=("student",),
        erased={"note": "", "reason": lambda step: step.reason and StudentStatus.Reason.NOT_STATED},
        kept=Kept("The register of who studied when is kept by law; without your name it tells who by number alone."),
    )

    class Reason(models.TextChoices):
        FINANCIAL = "financial"
        ACADEMIC = "academic"
        HEALTH = "health"
        FAMILY = "family"
        WORK = "work"
        RELOCATION = "relocation"
        DISCIPLINE = "discipline"
        EXCLUDED = "excluded", "excluded by the institution"
        OTHER = "other"
        NOT_STATED = "not_stated", "not stated"

    unit_paths: ClassVar[tuple[str, ...]] = ("student__department",)

    student = TenantForeignKey("students.Student", related_name="statuses")
    status = models.CharField(max_length=20, choices=Status)
    starts_on = models.DateField()
    reason = models.CharField(max_length=20, choices=Reason, blank=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta(Record.Meta):
        verbose_name_plural = "student statuses"
        constraints = [
            models.CheckConstraint(
                condition=~Q(status=Status.DROPPED_OUT) | ~Q(reason=""),
                name="student_status_says_why_dropped_out",
                violation_error_code="reason_needed",
                violation_error_message="Say why the student dropped out; `not_stated` where nobody knows.",
            ),
        ]
        indexes = [models.Index(fields=["institution", "student", "id"], name="student_status_history")]

    def __str__(self) -> str:
        return f"{self.student_id} {self.status}"

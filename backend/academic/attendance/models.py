"""This file holds attendance: a register of each class that was held, and who was there."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from core.personal.declarations import Kept, Personal
from core.records import Record
from core.secrets.fields import Encrypted
from core.tenancy.constraints import HeldByTrigger
from core.tenancy.fields import TenantForeignKey

LEAST_PERCENT = 75


class AttendanceRegister(Record):
    """The register of one occurrence. What counts stands in closed ones; one that was taken wrongly is reopened."""

    personal = Personal(
        means="A register of a class that you closed.",
        ids=("closed_by",),
        erased={"closed_by": None},
        kept=Kept("Who was in class is part of the record of a course."),
    )

    class Status(models.TextChoices):
        OPEN = "open"
        CLOSED = "closed"

    unit_paths = ("occurrence__section__course__program__department",)

    occurrence = TenantForeignKey("academic.Occurrence", related_name="registers")
    status = models.CharField(max_length=6, choices=Status, default=Status.OPEN, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)
    closed_by = models.UUIDField(null=True, editable=False, help_text="The account that closed it.")
    reopened_because = models.CharField(max_length=300, blank=True, editable=False)

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "occurrence"],
                name="attendance_register_once",
                violation_error_code="register_open",
                violation_error_message="There is a register of this class already.",
            ),
            models.CheckConstraint(
                condition=Q(status="open", closed_at__isnull=True) | Q(status="closed", closed_at__isnull=False),
                name="attendance_register_closed_some_time",
            ),
            HeldByTrigger(
                name="attendance_register_of_what_was_held",
                violation_error_code="not_held",
                violation_error_message="A register is of a class that was not canceled and has begun.",
            ),
            HeldByTrigger(
                name="attendance_register_all_marked",
                violation_error_code="not_all_marked",
                violation_error_message="A closed register says of everybody whether they were there.",
            ),
        ]

    def __str__(self) -> str:
        return f"register of {self.occurrence_id}"

    def audited_besides(self) -> dict[str, str]:
        """Who was there, for the audit log."""
        return {f"of {key}": status for key, status in self.marks.values_list("registration", "status")}


class Attendance(Record):
    """Whether one student was in one class. Blank is "not stated", which a closed register has of nobody."""

    personal = Personal(
        means="Whether you were in a class.",
        about=("student",),
        erased={"reason": None},
        kept=Kept("Who was in class is part of the record of a course."),
    )

    class Status(models.TextChoices):
        PRESENT = "present"
        LATE = "late"
        ABSENT = "absent"
        EXCUSED = "excused"

    unit_paths = ("register__occurrence__section__course__program__department",)

    register = TenantForeignKey(AttendanceRegister, related_name="marks", editable=False)
    registration = TenantForeignKey("academic.Registration", related_name="attendance", editable=False)
    student = TenantForeignKey("students.Student", related_name="attendance", editable=False)
    status = models.CharField(max_length=7, choices=Status, blank=True)
    # It may be about somebody's health.
    reason = Encrypted(models.CharField(max_length=300), person="student_id", null=True, blank=True)

    class Meta(Record.Meta):
        verbose_name_plural = "attendance"
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "register", "registration"],
                name="attendance_once",
                violation_error_code="already_there",
                violation_error_message="This student is in this register already.",
            ),
            HeldByTrigger(
                name="attendance_of_who_comes",
                violation_error_code="not_in_section",
                violation_error_message="This student is in no section that meets then.",
            ),
            HeldByTrigger(
                name="attendance_of_open_registers",
                violation_error_code="register_closed",
                violation_error_message="A register that is closed is marked no more: reopen it with a reason first.",
            ),
        ]
        indexes = [models.Index(fields=["institution", "registration", "id"], name="attendance_by_registration")]

    def __str__(self) -> str:
        return f"{self.registration_id} {self.status}"


class AttendancePolicy(Record):
    """How much of the classes a student is to attend at an institution: below that they are listed."""

    no_person = "A rule of an institution."

    least_percent = models.PositiveSmallIntegerField(
        default=LEAST_PERCENT, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )

    class Meta(Record.Meta):
        verbose_name_plural = "attendance policies"
        constraints = [
            models.UniqueConstraint(
                fields=["institution"],
                name="attendance_policy_once",
                violation_error_code="policy_there",
                violation_error_message="This institution has a policy of attendance: change that one.",
            ),
            models.CheckConstraint(
                condition=Q(least_percent__gte=1, least_percent__lte=100), name="attendance_policy_percent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.least_percent} %"
